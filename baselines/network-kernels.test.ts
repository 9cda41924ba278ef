import { expect, it } from 'vitest'
import { openGpujsNetwork } from '../src/networks/gpujs-network.ts'
import { readImageModel } from '../src/networks/image-model.ts'
import { openOnnxRuntime } from '../src/networks/onnx-runtime.ts'
import { normalVector, relativeError } from '../src/testing/dot-test.ts'

it.each(['red-cnn', 'unet', 'wgan', 'noise2inverse'])('the weights of %s run as gpu.js kernels, and equal ONNX Runtime', async id => {
  const { bytes, path, graph, metadata } = readImageModel(new URL(`./${id}/model.onnx`, import.meta.url))
  const dims = [1, 1, 32, 40]
  const image = { data: normalVector(32 * 40, 'image').map(value => 0.1 * value + 0.5), dims }
  const noise = { data: new Float32Array(32 * 40).fill(0.1), dims }
  const inputs = metadata.input.noise ? { image, noise } : { image }
  const [kernels, onnx] = [await openGpujsNetwork(graph, { backend: 'gpujs-webasm', threads: 1 }), await openOnnxRuntime({ bytes, path, threads: 1, provider: 'cpu' })]
  const [found, expected] = [await kernels.run(inputs), await onnx.run(inputs)]
  expect(found.dims).toEqual(dims)
  // What the network changes, without the image, which alone would pass for much of the result.
  const changed = (values: Float32Array): Float32Array => values.map((value, i) => value - image.data[i]!)
  expect(relativeError(changed(found.data), changed(expected.data))).toBeLessThan(1e-4)
  await kernels.dispose()
  await onnx.dispose()
})

import { afterEach, describe, expect, it, vi } from 'vitest'
import { normalVector, relativeError } from '../testing/dot-test.ts'
import { testableKernelBackends } from '../testing/gpujs-backends.ts'
import { floats } from '../testing/onnx-bytes.ts'
import { GraphBuilder, randomRedCnn, randomUnet } from '../testing/random-networks.ts'
import { openGpujsNetwork, type GpujsNetwork } from './gpujs-network.ts'
import type { Tensor } from './network.ts'
import { UnsupportedOperatorError } from './network-steps.ts'
import { parseOnnxModel } from './onnx-model.ts'
import { openOnnxRuntime } from './onnx-runtime.ts'

const backends = await testableKernelBackends('networks as kernels')

/** The result of ONNX Runtime. */
async function expected(bytes: Uint8Array, inputs: Readonly<Record<string, Tensor>>): Promise<Tensor> {
  const network = await openOnnxRuntime({ bytes, path: 'model.onnx', threads: 1, provider: 'cpu' })
  const output = await network.run(inputs)
  await network.dispose()
  return output
}

function noiseImage(batch: number, rows: number, columns: number, seed = 'image'): Tensor {
  return { data: normalVector(batch * rows * columns, seed), dims: [batch, 1, rows, columns] }
}

/** Everything that red-cnn and unet do not do: three joined, sums and ReLUs on their own, odd pads, odd taps, no bias. */
function oddities(): Uint8Array {
  const graph = new GraphBuilder()
  const taps = graph.constant('taps', floats([3, 1, 2, 3], normalVector(18, 'taps')))
  const bare = graph.node('Conv', ['image', taps], { pads: [2, 0, 1, 3] })
  const lower = graph.node('MaxPool', [graph.node('Identity', [bare])], { kernel_shape: [2, 2], strides: [2, 2], ceil_mode: 0 })
  const twice = graph.constant('twice', floats([4], [1, 1, 2, 2]))
  const upper = graph.node('Resize', [lower, '', twice], { mode: 'nearest' })
  const joined = graph.node('Concat', [upper, graph.rectified(upper), graph.node('Add', [upper, upper])], { axis: -3 })
  return graph.bytes(graph.convolution(joined, 9, 1, 1, 0), ['image'])
}

describe.each(backends)('a network on %s', backend => {
  const open: GpujsNetwork[] = []
  const load = async (bytes: Uint8Array, threads = 1): Promise<GpujsNetwork> => {
    open.push(await openGpujsNetwork(parseOnnxModel(bytes, 'model.onnx'), { backend, threads }))
    return open.at(-1)!
  }
  afterEach(async () => {
    for (const network of open.splice(0)) await network.dispose()
  })

  // Sums of some hundred products in single precision; ONNX Runtime adds them in another order.
  const tolerance = 1e-5

  it('of red-cnn equals ONNX Runtime', async () => {
    const network = await load(randomRedCnn())
    const image = noiseImage(1, 28, 32)
    const result = await network.run({ image })
    const reference = await expected(randomRedCnn(), { image })
    expect(network.runtime).toBe(`gpu.js ${backend.replace('gpujs-', '')}`)
    expect(result.dims).toEqual(reference.dims)
    expect(relativeError(result.data, reference.data)).toBeLessThan(tolerance)
    // What the network adds to the image, without the image, which alone would pass for much of it.
    const added = (values: Float32Array): Float32Array => values.map((value, i) => value - image.data[i]!)
    expect(relativeError(added(result.data), added(reference.data))).toBeLessThan(tolerance)
  })

  it('of unet equals ONNX Runtime, in batches too, and sees the noise level', async () => {
    const network = await load(randomUnet())
    const inputs = { image: noiseImage(2, 16, 24), noise: { data: new Float32Array(2 * 16 * 24).fill(0.3), dims: [2, 1, 16, 24] } }
    const result = await network.run(inputs)
    const reference = await expected(randomUnet(), inputs)
    expect(result.dims).toEqual([2, 1, 16, 24])
    expect(relativeError(result.data, reference.data)).toBeLessThan(tolerance)
    const louder = await network.run({ ...inputs, noise: { ...inputs.noise, data: inputs.noise.data.map(() => 0.6) } })
    expect(relativeError(louder.data, result.data)).toBeGreaterThan(0.01)
  })

  it('does all else of the subset as ONNX Runtime does, at odd sizes', async () => {
    const network = await load(oddities())
    for (const [rows, columns] of [
      [12, 14],
      [9, 23],
      [12, 14],
    ] as const) {
      const image = noiseImage(1, rows, columns)
      const result = await network.run({ image })
      const reference = await expected(oddities(), { image })
      expect(result.dims).toEqual(reference.dims)
      expect(relativeError(result.data, reference.data)).toBeLessThan(tolerance)
    }
  })

  it('gives the same bits again, and on more threads, and leaves its input alone', async () => {
    // gpu.js splits what has 4096 results or more, counted in fours.
    const side = backend === 'gpujs-webasm' ? 64 : 24
    const image = noiseImage(1, side, side)
    const before = image.data.slice()
    const network = await load(randomRedCnn())
    const first = await network.run({ image })
    expect(await network.run({ image })).toEqual(first)
    expect(image.data).toEqual(before)
    expect(await (await load(randomRedCnn(), 2)).run({ image })).toEqual(first)
  })

  it('frees all that it made but the result, and keeps what it was given', async () => {
    const network = await load(randomRedCnn())
    const { kernels } = network
    const image = await kernels.upload(noiseImage(1, 24, 24).data, 24, 24)
    const compile = vi.spyOn(kernels, 'compile')
    const free = vi.spyOn(kernels, 'free')
    const result = await network.runMatrices({ image }, { rows: 24, columns: 24 })
    expect([result.width, result.height]).toEqual([24, 24])
    const freed = free.mock.calls.map(([matrix]) => matrix)
    expect(new Set(freed).size).toBe(compile.mock.calls.length - 1)
    expect(freed).not.toContain(image)
    expect(freed).not.toContain(result)
    kernels.free(result)
    kernels.free(image)
  })

  it('refuses other inputs than its own', async () => {
    const network = await load(randomUnet())
    const image = noiseImage(1, 16, 16)
    await expect(network.run({ image })).rejects.toThrow('The network has the inputs image, noise, got image.')
    const noise = noiseImage(1, 8, 16)
    await expect(network.run({ image, noise })).rejects.toThrow('input "noise" is 1 × 1 × 8 × 16 with 128 values, expected 1 × 1 × 16 × 16')
  })
})

it('a model with an operator that has no kernel is refused before anything is opened', async () => {
  const graph = new GraphBuilder()
  const model = parseOnnxModel(graph.bytes(graph.node('Sigmoid', [graph.convolution('image', 1, 1, 3, 1)]), ['image']), 'model.onnx')
  await expect(openGpujsNetwork(model, { backend: 'gpujs-cpu', threads: 1 })).rejects.toThrow(UnsupportedOperatorError)
  await expect(openGpujsNetwork(model, { backend: 'gpujs-cpu', threads: 1 })).rejects.toThrow(/^The gpu.js kernels cannot run Sigmoid "sigmoid1": .*ONNX Runtime\.$/)
})

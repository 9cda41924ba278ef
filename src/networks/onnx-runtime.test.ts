import { createRequire } from 'node:module'
import { describe, expect, it } from 'vitest'
import { floats, onnxBytes, type OnnxSource } from '../testing/onnx-bytes.ts'
import { affine, identity, networkSource } from '../testing/tiny-networks.ts'
import { openOnnxRuntime, runtimeMissing, type OnnxProvider } from './onnx-runtime.ts'

const open = (source: OnnxSource, provider: OnnxProvider = 'cpu') =>
  openOnnxRuntime({ bytes: onnxBytes(source), path: 'my.onnx', threads: 1, provider })
const image = (...values: number[]) => ({ image: { data: Float32Array.from(values), dims: [1, 1, 1, values.length] } })

describe('a network on ONNX Runtime', () => {
  it('computes what its graph says and names what ran', async () => {
    const network = await open(affine(2, -1))
    const inputs = image(0, 1, 2.5)
    expect(await network.run(inputs)).toEqual({ data: Float32Array.of(-1, 1, 4), dims: [1, 1, 1, 3] })
    expect(inputs).toEqual(image(0, 1, 2.5))
    expect(network.runtime).toMatch(/^onnxruntime \d+\.\d+\.\d+ cpu$/)
    await network.dispose()
  })

  it('shares a session among those that open the same bytes, until the last lets go', async () => {
    const request = { bytes: onnxBytes(affine(3, 0)), path: 'my.onnx', threads: 1, provider: 'cpu' as const }
    const [first, second] = [await openOnnxRuntime(request), await openOnnxRuntime(request)]
    await first.dispose()
    await first.dispose() // twice is once
    expect((await second.run(image(2))).data).toEqual(Float32Array.of(6))
    await second.dispose()
    const third = await openOnnxRuntime(request)
    expect((await third.run(image(1))).data).toEqual(Float32Array.of(3))
    await third.dispose()
  })

  it.each<[string, OnnxSource, RegExp]>([
    [
      'an operator that it lacks',
      networkSource([{ op: 'Frobnicate', inputs: ['image'], output: 'output' }]),
      /^my\.onnx: ONNX Runtime [\d.]+ lacks the operator Frobnicate\. Export the model with operators of ONNX's own set, opset 17\.$/,
    ],
    [
      'an operator set that it does not know',
      { ...networkSource(identity), opset: 99 },
      /^my\.onnx is refused by ONNX Runtime [\d.]+: ONNX Runtime only .*Opset 99 .*\. Export the model again, with opset 17\.$/,
    ],
    [
      'a value that nothing makes',
      networkSource([{ op: 'Add', inputs: ['image', 'nobody'], output: 'output' }]),
      /^my\.onnx is refused by ONNX Runtime [\d.]+: .*'nobody' is not a graph input.*\. Export the model again, with opset 17\.$/,
    ],
  ])('refuses %s in one line', async (_, source, message) => {
    await expect(open(source)).rejects.toThrow(message)
  })

  it('says on which image it failed', async () => {
    const network = await open(networkSource([{ op: 'Conv', inputs: ['image', 'w'], output: 'output' }], { w: floats([4, 3, 3, 3], new Float32Array(108)) }))
    await expect(network.run(image(1, 2, 3))).rejects.toThrow(
      /^my\.onnx: ONNX Runtime [\d.]+ failed on image 1 × 1 × 1 × 3: .*\. Check the shapes inside the model and export it again\.$/,
    )
    await network.dispose()
  })

  it('refuses a provider that is not here instead of taking another', async () => {
    const provider = process.platform === 'win32' ? 'coreml' : 'dml'
    await expect(open(affine(1, 0), provider)).rejects.toThrow(
      new RegExp(`^my\\.onnx does not run on ONNX Runtime [\\d.]+'s provider "${provider}" here: .*\\. Leave the parameter runtime at auto for the CPU\\.$`),
    )
  })
})

function errorOf(run: () => unknown): Error {
  try {
    run()
  } catch (error) {
    return error as Error
  }
  throw new Error('Nothing was thrown.')
}

describe('without the package', () => {
  const request = { bytes: onnxBytes(affine(1, 0)), path: 'my.onnx', threads: 1, provider: 'cpu' as const }
  const failing = (error: Error) =>
    openOnnxRuntime(request, () => {
      throw runtimeMissing(error)
    })

  it('a learned method says how to install it', async () => {
    await expect(failing(errorOf(() => createRequire(import.meta.url)('no-such-package')))).rejects.toThrow(
      /^Learned methods run on the package onnxruntime-node, which is not installed\. Install it with: npm install --ignore-scripts onnxruntime-node@[\d.]+$/,
    )
  })

  it('or that this machine has no build, or that it does not load', async () => {
    const code = 'MODULE_NOT_FOUND'
    await expect(failing(Object.assign(new Error("Cannot find module '../bin/napi-v6/sunos/x64/onnxruntime_binding.node'"), { code }))).rejects.toThrow(
      `has no build for ${process.platform} ${process.arch}.`,
    )
    await expect(failing(new Error('libstdc++.so.6: version GLIBCXX_3.4.32 not found'))).rejects.toThrow(
      /does not load: libstdc\+\+\.so\.6: version GLIBCXX_3\.4\.32 not found\. Install it anew with: npm install/,
    )
  })
})

it('the version that errors name is the one in package.json', async () => {
  const { default: manifest } = (await import('../../package.json', { with: { type: 'json' } })) as { default: { optionalDependencies: Record<string, string> } }
  expect(runtimeMissing(Object.assign(new Error(''), { code: 'MODULE_NOT_FOUND' })).message).toContain(`onnxruntime-node@${manifest.optionalDependencies['onnxruntime-node']}`)
})

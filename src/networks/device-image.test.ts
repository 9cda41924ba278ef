import { afterAll, afterEach, describe, expect, it, vi } from 'vitest'
import { createProjector } from '../ct/create-projector.ts'
import { evenAngles, imageGrid, parallelBeam } from '../ct/geometry.ts'
import type { Method, PreparedMethod, Problem } from '../ct/method.ts'
import { PhiloxRandom, seedKey } from '../ct/random.ts'
import { huImage, lodopabScale } from '../ct/units.ts'
import { KernelBackend } from '../kernels/backend.ts'
import { normalVector, relativeError } from '../testing/dot-test.ts'
import { testableKernelBackends } from '../testing/gpujs-backends.ts'
import { affine, modelFolder, networkSource, tinyMetadata, tinyUNet } from '../testing/tiny-networks.ts'
import { defineLearnedDenoiser, type LearnedDefinition, type LearnedParameters } from './learned-denoiser.ts'
import { defineNoise2Inverse } from './noise2inverse.ts'

const backends = await testableKernelBackends('learned denoisers')
const folder = modelFolder()
afterAll(() => folder.remove())

const geometry = parallelBeam({ anglesRad: evenAngles(24, Math.PI), bins: 61, pitchMm: 1.5 })
const disc = (bin: number): number => Math.sqrt(Math.max(0, 22 ** 2 - (bin - 30) ** 2)) * 0.06
const noise = normalVector(24 * 61, 'noise')
const sinogram = { geometry, data: Float32Array.from(noise, (value, i) => disc(i % 61) + 0.02 * value) }
// Neither side is a multiple of what the network asks for, and tiles of 20 pixels cut both.
const grid = imageGrid(43, 37, 2)
const inTiles = { tile: 20 }
const context = (signal = new AbortController().signal) => ({ signal, random: new PhiloxRandom(seedKey('test')), report: () => {} })

describe.each(backends)('a learned denoiser on %s', backend => {
  const open: { dispose?(): Promise<void> }[] = []
  afterEach(async () => {
    vi.restoreAllMocks()
    for (const one of open.splice(0)) await one.dispose?.()
  })

  async function prepared(make: (definition: LearnedDefinition) => Method<LearnedParameters>, model: string, parameters: object): Promise<PreparedMethod> {
    const projector = await createProjector({ geometry, grid, backend, threads: 1 })
    open.push(projector)
    const problem: Problem = { geometry, grid, noise: null, scale: lodopabScale, projector }
    const method = make({ model })
    open.push(await method.prepare(problem, method.parameters.parse(parameters)))
    return open.at(-1) as PreparedMethod
  }

  it.each([
    ['in tiles', inTiles],
    ['in one piece', {}],
  ])('equals ONNX Runtime %s, says that kernels ran, and uploads no image', async (_, parameters) => {
    const model = folder.write('model.onnx', tinyUNet())
    const onnx = await prepared(defineLearnedDenoiser, model, { ...parameters, runtime: 'cpu' })
    const expected = await onnx.reconstruct(sinogram, context())
    expect(onnx.network?.runtime).toMatch(/^onnxruntime /)

    const kernels = await prepared(defineLearnedDenoiser, model, parameters)
    expect(kernels.network).toEqual({ runtime: `gpu.js ${backend.replace('gpujs-', '')}`, note: null })
    const upload = vi.spyOn(KernelBackend.prototype, 'upload')
    const image = await kernels.reconstruct(sinogram, context())
    // No image: under webgpu the ramp of the filter, [lag], and always the sinogram.
    const [bins, lines] = [geometry.bins, sinogram.data.length]
    expect(upload.mock.calls.map(([values]) => values.length)).toEqual(backend === 'webgpu' ? expect.arrayContaining([bins, lines]) : [lines])
    expect(upload.mock.calls.every(([values]) => values.length === bins || values.length === lines)).toBe(true)
    expect(relativeError(image.data, expected.data)).toBeLessThan(1e-5)
    const hu = (data: Float32Array): Float32Array => huImage(data, lodopabScale)
    expect(relativeError(hu(image.data), hu(expected.data))).toBeLessThan(1e-5)
  })

  it('falls back to ONNX Runtime where an operator has no kernel, and says so', async () => {
    const { network } = await prepared(defineLearnedDenoiser, folder.write('affine.onnx', affine(2, 0)), {})
    expect(network?.runtime).toMatch(/^onnxruntime [\d.]+ cpu$/)
    expect(network?.note).toBe('gpu.js kernels cannot run Mul "product": there is no kernel for it')
  })

  it('falls back where layers do not fit each other at the size of the image, before anything runs', async () => {
    // Metadata that say nothing of the multiple of two that the pooling asks for; what halves and doubles 43 rows has 42.
    const source = tinyUNet({ ...tinyMetadata, input: { ...tinyMetadata.input, noise: true } })
    const halfPixel = { mode: 'nearest', coordinate_transformation_mode: 'half_pixel' }
    const nodes = source.nodes.map(node => (node.op === 'Resize' ? { ...node, attributes: halfPixel } : node))
    const { network } = await prepared(defineLearnedDenoiser, folder.write('odd.onnx', { ...source, nodes }), {})
    expect(network?.runtime).toMatch(/^onnxruntime /)
    expect(network?.note).toBe('gpu.js kernels cannot run Concat "joined": its inputs are 43 × 37 and 42 × 36')
  })

  it('of Noise2Inverse runs its network on kernels too', async () => {
    const metadata = { ...tinyMetadata, splits: 3 }
    const relu = networkSource([{ op: 'Relu', inputs: ['image'], output: 'output' }], {}, metadata)
    const model = folder.write('splits.onnx', relu)
    const expected = await (await prepared(defineNoise2Inverse, model, { runtime: 'cpu' })).reconstruct(sinogram, context())
    const kernels = await prepared(defineNoise2Inverse, model, {})
    expect(kernels.network).toEqual({ runtime: `gpu.js ${backend.replace('gpujs-', '')}`, note: null })
    expect(relativeError((await kernels.reconstruct(sinogram, context())).data, expected.data)).toBeLessThan(1e-5)
  })

  it('stops when it is told to', async () => {
    const kernels = await prepared(defineLearnedDenoiser, folder.write('model.onnx', tinyUNet()), inTiles)
    await expect(kernels.reconstruct(sinogram, context(AbortSignal.abort(new Error('time is up'))))).rejects.toThrow('time is up')
  })
})

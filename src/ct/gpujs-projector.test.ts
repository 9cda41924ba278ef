import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { normalVector } from '../testing/dot-test.ts'
import { exhaustGpu, loseGpu } from '../testing/injected-faults.ts'
import { leastSquares } from '../testing/least-squares.ts'
import { useSoftwareGpu } from '../testing/software-gpu.ts'
import { fbp } from './fbp.ts'
import { evenAngles, imageGrid, parallelBeam } from './geometry.ts'
import { GpujsProjector } from './gpujs-projector.ts'
import { sinogram } from './image.ts'
import { BackendError, BackendLostError } from './projector.ts'

const available = await useSoftwareGpu('data that stay on the GPU, and GPUs that fail')

const geometry = parallelBeam({ anglesRad: evenAngles(40, Math.PI), bins: 61, pitchMm: 1.1 })
const grid = imageGrid(45, 53, 1.1)
const lines = sinogram(geometry, normalVector(40 * 61, 'lines'))
const open = (backend: 'webgpu' | 'gpujs-cpu' = 'webgpu'): Promise<GpujsProjector> => GpujsProjector.open({ geometry, grid, backend, threads: 1 })
const image = (projector: GpujsProjector): Promise<unknown> => fbp(projector, lines, { name: 'ram-lak', cutoff: 1 })

describe.skipIf(!available)('webgpu', () => {
  const projectors: GpujsProjector[] = []
  const opened = async (): Promise<GpujsProjector> => {
    projectors.push(await open())
    return projectors.at(-1)!
  }
  let expected: unknown
  beforeEach(async () => {
    expected ??= await image(await opened())
  })
  afterEach(async () => {
    vi.restoreAllMocks()
    for (const projector of projectors.splice(0)) await projector.dispose()
  })

  it('keeps every array on the device: of an iteration only the sums of its dots come back', async () => {
    const projector = await opened()
    const [measured, x] = [projector.allocate('sinogram'), projector.allocate('image')]
    await projector.upload(lines.data, measured)
    const solve = (iterations: number): Promise<Float32Array> =>
      leastSquares(projector, measured, {
        ...{ rounds: 1, iterations, lambda: 1 },
        normal: async (from, to) => {
          const between = projector.allocate('sinogram')
          await projector.forward(from, between)
          await projector.adjoint(between, to)
          projector.release(between)
        },
      })
    await solve(1) // compiles
    const [few, many] = [await transferred(() => solve(1)), await transferred(() => solve(11))]
    // Two dots an iteration, of one sum a row; and their kernels' few scalars.
    expect(many.down - few.down).toBe(10 * 2 * grid.rows * 4)
    expect((many.up - few.up) / 10).toBeLessThan(0.2 * x.length * 4)
    expect(few.down).toBeGreaterThanOrEqual(x.length * 4)
  })

  it('uploads a filter and zeros once, however often they are used', async () => {
    const projector = await opened()
    const [zeros, result] = [projector.allocate('sinogram'), projector.allocate('image')]
    const work = async (): Promise<void> => {
      await projector.filter(zeros, { name: 'hann', cutoff: 1 }, zeros)
      await projector.backproject(zeros, result)
      await projector.axpby(1, result, 1, result)
    }
    const first = await transferred(work)
    const second = await transferred(work)
    expect(first.up).toBeGreaterThan(zeros.length * 4)
    expect(second).toMatchObject({ up: expect.toSatisfy((bytes: number) => bytes < geometry.bins * 4), down: 0 })
  })

  it('a batch is one run of a kernel, and its slices are those that come one by one', async () => {
    const projector = await opened()
    const [images, sinograms] = [projector.allocate('image', 5), projector.allocate('sinogram', 5)]
    await projector.upload(normalVector(images.length, 'five'), images)
    await projector.forward(images, sinograms) // compiles
    const { up, down, runs } = await transferred(() => projector.forward(images, sinograms))
    expect([down, runs]).toEqual([0, 2]) // into a frame of zeros, and through it
    expect(up).toBeLessThan(1000)
    const whole = await projector.download(sinograms)
    const [one, alone] = [projector.allocate('image'), projector.allocate('sinogram')]
    for (let item = 0; item < 5; item++) {
      await projector.upload(normalVector(images.length, 'five').subarray(item * one.length, (item + 1) * one.length), one)
      await projector.forward(one, alone)
      expect(await projector.download(alone)).toEqual(whole.slice(item * alone.length, (item + 1) * alone.length))
    }
  })

  it('that loses its device says so instead of giving zeros, and the next projector has a new one', async () => {
    const projector = await opened()
    await image(projector)
    loseGpu()
    await expect(image(projector)).rejects.toThrow(BackendLostError)
    await expect(image(projector)).rejects.toThrow(/^The GPU SwiftShader.* was lost \(.*\): .*destroyed\.$/)
    expect(await image(await opened())).toEqual(expected)
  })

  it('that loses its device between two calls says so when the result is read', async () => {
    const projector = await opened()
    const array = projector.allocate('image')
    await projector.upload(normalVector(array.length, 'pixels'), array)
    loseGpu()
    await expect(projector.download(array)).rejects.toThrow(BackendLostError)
  })

  it('whose device reports an error gives no image, then or later', async () => {
    const complaints = vi.spyOn(console, 'error').mockImplementation(() => {})
    const projector = await opened()
    await image(projector)
    exhaustGpu()
    await expect(image(projector)).rejects.toThrow(/^The GPU SwiftShader.* failed \(.*\): Buffer size \(70368744177664\) exceeds/)
    await expect(image(projector)).rejects.toThrow(BackendError)
    expect(complaints).not.toHaveBeenCalled()
  })

  it('refuses an image that no buffer of the device can hold, and works on', async () => {
    const large = await GpujsProjector.open({ geometry, grid: imageGrid(60_000, 60_000, 0.001), backend: 'webgpu', threads: 1 })
    projectors.push(large)
    expect(() => large.allocate('image')).toThrow(/^The GPU SwiftShader.* holds at most 1024 MiB in one buffer; .* 13733 MiB\. Pass --backend wasm\.$/)
    expect(await image(await opened())).toEqual(expected)
  })
})

it('memory that JavaScript does not give is a BackendError, and the projector works on', async () => {
  const projector = await open('gpujs-cpu')
  const before = await image(projector)
  const huge = await GpujsProjector.open({ geometry, grid: imageGrid(100_000, 100_000, 0.001), backend: 'gpujs-cpu', threads: 1 })
  expect(() => huge.allocate('image')).toThrow(BackendError)
  expect(() => huge.allocate('image')).toThrow(/^No memory for 1 image\(s\), 10000000000 values in all: .* Release arrays/)
  expect(await image(projector)).toEqual(before)
  await projector.dispose()
  await huge.dispose()
})

it('a batch too large for one matrix is several, and its slices are those that come one by one', async () => {
  const geometry = parallelBeam({ anglesRad: evenAngles(600_000, Math.PI), bins: 2, pitchMm: 1 })
  const projector = await GpujsProjector.open({ geometry, grid: imageGrid(2, 2, 1), backend: 'gpujs-webasm', threads: 1 })
  const [sinograms, images] = [projector.allocate('sinogram', 5), projector.allocate('image', 5)]
  expect(projector.matrices(images).map(({ height }) => height / 2)).toEqual([2, 2, 1])
  const values = normalVector(images.length, 'five')
  await projector.upload(values, images)
  await projector.forward(images, sinograms)
  const whole = await projector.download(sinograms)
  const [alone, one] = [projector.allocate('sinogram'), projector.allocate('image')]
  for (let item = 0; item < 5; item++) {
    await projector.upload(values.subarray(item * 4, (item + 1) * 4), one)
    await projector.forward(one, alone)
    const slice = whole.subarray(item * alone.length, (item + 1) * alone.length)
    expect((await projector.download(alone)).every((value, i) => value === slice[i])).toBe(true)
  }
  expect((await projector.dot(sinograms, sinograms)) / whole.reduce((sum, value) => sum + value * value, 0)).toBeCloseTo(1, 9)
  await projector.dispose()
})

/** Bytes that `work` writes to the device and reads back, whoever asks for it, and the kernels that it runs. */
async function transferred(work: () => Promise<unknown>): Promise<{ up: number; down: number; runs: number }> {
  const { GPUQueue, GPUBuffer, GPUDevice, GPUComputePassEncoder } = globalThis as unknown as Record<string, { prototype: Record<string, (...args: never[]) => unknown> }>
  const bytes = { up: 0, down: 0, runs: 0 }
  const spies = [
    spyOn(GPUQueue!.prototype, 'writeBuffer', (_buffer: unknown, _offset: number, data: ArrayBufferLike) => (bytes.up += data.byteLength)),
    spyOn(GPUBuffer!.prototype, 'mapAsync', (_mode: number, _offset: number, length: number) => (bytes.down += length)),
    spyOn(GPUDevice!.prototype, 'createBuffer', (settings: { size: number; mappedAtCreation?: boolean }) => (bytes.up += settings.mappedAtCreation ? settings.size : 0)),
    spyOn(GPUComputePassEncoder!.prototype, 'dispatchWorkgroups', () => (bytes.runs += 1)),
  ]
  await work()
  for (const restore of spies) restore()
  return bytes
}

function spyOn(prototype: Record<string, (...args: never[]) => unknown>, name: string, note: (...args: never[]) => void): () => void {
  const original = prototype[name]!
  prototype[name] = function (this: unknown, ...args: never[]) {
    note(...args)
    return original.apply(this, args)
  }
  return () => void (prototype[name] = original)
}

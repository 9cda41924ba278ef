import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { reflectedIndex } from '../ct/reflected-index.ts'
import { normalVector, relativeError } from '../testing/dot-test.ts'
import { testableKernelBackends } from '../testing/gpujs-backends.ts'
import { KernelBackend, type KernelSettings, type Matrix } from './backend.ts'
import { convolve } from './convolve.ts'
import { cutTile } from './cut-tile.ts'
import { join, rectifiedSum, rectify } from './elementwise.ts'
import { maxPool } from './max-pool.ts'
import { pad } from './pad.ts'
import { upsample } from './upsample.ts'

const backends = await testableKernelBackends('kernels of networks')

describe.each(backends)('network kernels on %s', id => {
  let backend: KernelBackend
  beforeAll(async () => void (backend = await KernelBackend.open(id, 1)))
  afterAll(() => backend.close())

  /** Runs one kernel on host matrices [values, width]; the result as [values, width, height]. */
  async function run(
    source: Parameters<KernelBackend['compile']>[0],
    settings: Omit<KernelSettings, 'name'>,
    ...inputs: (number | [values: Float32Array, width: number])[]
  ): Promise<[values: Float32Array, width: number, height: number]> {
    const kernel = backend.compile(source, { name: 'kernel', ...settings })
    const uploaded: (Matrix | number)[] = []
    for (const one of inputs)
      uploaded.push(typeof one === 'number' ? one : await backend.upload(one[0], one[1], one[0].length / one[1]))
    const result = await kernel(...uploaded)
    const values = await backend.download(result)
    for (const one of [...uploaded, result]) if (typeof one !== 'number') backend.free(one)
    kernel.destroy()
    return [values, result.width, result.height]
  }

  it.each([
    ['3 × 3', 3, 3, 0],
    ['5 × 5, rectified', 5, 5, 1],
    ['1 × 1', 1, 1, 0],
    ['1 × 3', 1, 3, 1],
  ])('convolve: %s, as the sum says', async (_, tapRows, tapColumns, rectified) => {
    const [channels, results, rows, width] = [3, 2, 9, 16]
    const [outRows, outWidth] = [rows - tapRows + 1, 12]
    const source = normalVector(channels * rows * width, 'source')
    const bias = channels * tapRows * tapColumns
    const weights = normalVector(results * (bias + 1), 'weights')
    const expected = new Float32Array(results * outRows * outWidth)
    for (let z = 0; z < results; z++)
      for (let y = 0; y < outRows; y++)
        for (let x = 0; x < outWidth; x++) {
          let sum = weights[z * (bias + 1) + bias]!
          for (let c = 0; c < channels; c++)
            for (let i = 0; i < tapRows; i++)
              for (let j = 0; j < tapColumns; j++)
                sum += source[(c * rows + y + i) * width + x + j]! * weights[z * (bias + 1) + (c * tapRows + i) * tapColumns + j]!
          expected[(z * outRows + y) * outWidth + x] = rectified ? Math.max(sum, 0) : sum
        }
    const settings = {
      width: outWidth,
      height: outRows,
      planes: results,
      fours: true,
      counts: { channels, rows, tapRows, tapColumns, bias, rectify: rectified },
      tables: { weights: { values: weights, height: results } },
    }
    const [values, gotWidth, gotHeight] = await run(convolve, settings, [source, width])
    expect([gotWidth, gotHeight]).toEqual([outWidth, results * outRows])
    expect(relativeError(values, expected)).toBeLessThan(1e-6)
  })

  it.runIf(id === 'webgpu')('a freed result is gone from the device, although the kernel may run again', async () => {
    const kernel = backend.compile(upsample, { name: 'upsample', width: 4, height: 2, counts: { rows: 1 } })
    const source = await backend.upload(Float32Array.of(1, 2), 2, 1)
    const first = await kernel(source)
    const { buffer } = first.values as unknown as { buffer: { _refs: number } }
    backend.free(first)
    expect(buffer._refs).toBe(0)
    const second = await kernel(source)
    expect(await backend.download(second)).toEqual(Float32Array.of(1, 1, 2, 2, 1, 1, 2, 2))
    for (const one of [source, second]) backend.free(one)
  })

  it.runIf(id === 'webgpu')('the host waits for the device before more than 256 MB are freed that it may still be busy with', async () => {
    const settings = { width: 2048, height: 2048, planes: 4, counts: { rows: 1024 } }
    const kernel = backend.compile(upsample, { name: 'upsample', ...settings })
    const source = await backend.upload(new Float32Array(1024 * 4096), 1024, 4096)
    const first = await kernel(source)
    const { queue } = (first.values as Exclude<Matrix['values'], Float32Array>).context.device
    const wait = vi.spyOn(queue, 'onSubmittedWorkDone')
    backend.free(first)
    for (let run = 0; run < 8; run++) backend.free(await kernel(source))
    expect(wait).toHaveBeenCalledTimes(2)
    backend.free(source)
    kernel.destroy()
  })

  it('maxPool takes the largest of four, plane by plane', async () => {
    // prettier-ignore
    const source = Float32Array.of(
      1, -2, 3, 0,
      0, -1, 5, -4,
      -7, -9, 0.5, 0.25,
      -8, -6, 0, 0.75,
    )
    const settings = { width: 2, height: 1, planes: 2, counts: { rows: 2, width: 4 } }
    expect(await run(maxPool, settings, [source, 4])).toEqual([Float32Array.of(1, 5, -6, 0.75), 2, 2])
  })

  it('upsample repeats every pixel, plane by plane', async () => {
    const settings = { width: 4, height: 2, planes: 2, counts: { rows: 1 } }
    const [values] = await run(upsample, settings, [Float32Array.of(1, 2, 3, 4), 2])
    expect(values).toEqual(Float32Array.of(1, 1, 2, 2, 1, 1, 2, 2, 3, 3, 4, 4, 3, 3, 4, 4))
  })

  it('pad puts every plane into a frame of zeros', async () => {
    const settings = { width: 5, height: 3, planes: 2, counts: { width: 2, height: 1, left: 2, top: 1 } }
    const [values] = await run(pad, settings, [Float32Array.of(1, 2, 9, 3, 4, 9), 3])
    // prettier-ignore
    expect(values).toEqual(Float32Array.of(
      0, 0, 0, 0, 0,
      0, 0, 1, 2, 0,
      0, 0, 0, 0, 0,
      0, 0, 0, 0, 0,
      0, 0, 3, 4, 0,
      0, 0, 0, 0, 0,
    ))
  })

  it('rectify, rectifiedSum and join are what their names say', async () => {
    const x = Float32Array.of(1, -2, 3, -4)
    const y = Float32Array.of(-3, 5)
    expect((await run(rectify, { width: 2, height: 2 }, [x, 2]))[0]).toEqual(Float32Array.of(1, 0, 3, 0))
    expect((await run(rectifiedSum, { width: 2, height: 1 }, [x.slice(0, 2), 2], [y, 2]))[0]).toEqual(Float32Array.of(0, 3))
    expect((await run(join, { width: 2, height: 3, counts: { rows: 2 } }, [x, 2], [y, 2]))[0]).toEqual(Float32Array.of(1, -2, 3, -4, -3, 5))
  })

  it('cutTile mirrors the image at its border', async () => {
    const [rows, columns, top, left] = [3, 5, -7, -2]
    const image = Float32Array.from({ length: rows * columns }, (_, i) => i)
    const expected = Float32Array.from({ length: 14 * 12 }, (_, i) => {
      const y = reflectedIndex(Math.floor(i / 12) + top, rows)
      const x = reflectedIndex((i % 12) + left, columns)
      return 2 * image[y * columns + x]! - 1
    })
    const settings = { width: 12, height: 14 }
    expect((await run(cutTile, settings, [image, columns], rows, columns, top, left, 2, -1))[0]).toEqual(expected)
  })
})

import ndarray from 'ndarray'
import fft from 'ndarray-fft'
import { describe, expect, it } from 'vitest'
import { normalVector, relativeError } from '../testing/dot-test.ts'
import { ellipseImage } from '../testing/exact-ellipse.ts'
import { evenAngles, fanBeam, imageGrid, parallelBeam, type ImageGrid, type ParallelBeam } from './geometry.ts'
import { convolutionError, normalResponse, paddedAxes } from './normal-response.ts'
import type { Projector, ProjectorArray } from './projector.ts'
import { ReferenceProjector } from './reference-projector.ts'
import { createWasmProjector } from './wasm-projector.ts'

type Case = readonly [name: string, geometry: ParallelBeam, grid: ImageGrid]
const cases: readonly Case[] = [
  ['square', parallelBeam({ anglesRad: evenAngles(300, Math.PI), bins: 140, pitchMm: 1 }), imageGrid(96, 96, 1)],
  [
    'odd, off centre',
    parallelBeam({ anglesRad: evenAngles(400, Math.PI, 0.01), bins: 111, pitchMm: 0.9, offsetMm: 1.1 }),
    imageGrid(53, 53, 1.3),
  ],
  ['rectangle, a full turn', parallelBeam({ anglesRad: evenAngles(400, 2 * Math.PI), bins: 160, pitchMm: 0.8 }), imageGrid(90, 67, 1)],
  ['a limited angle', parallelBeam({ anglesRad: evenAngles(301, 2, 0.4), bins: 100, pitchMm: 1 }), imageGrid(17, 70, 1)],
]

const wasm = (geometry: ParallelBeam, grid: ImageGrid, threads = 1): Promise<Projector> =>
  createWasmProjector({ geometry, grid, backend: 'wasm', threads })

describe.each(cases)('AᵀA as a convolution: %s', (_, geometry, grid) => {
  it('keeps the error that it declares on a smooth image, at most 5e-3', async () => {
    const projector = await wasm(geometry, grid)
    const image = projector.allocate('image')
    const result = projector.allocate('image')
    await projector.upload(body(grid), image)
    await exactNormal(projector, image, result)
    const exact = await projector.download(result)
    await projector.normal!(image, result)
    const error = relativeError(await projector.download(result), exact)
    expect(error).toBeLessThan(projector.normalError!)
    expect(error).toBeGreaterThan(projector.normalError! / 4) // declared, not merely bounded
    expect(projector.normalError).toBeLessThanOrEqual(5e-3)
    await projector.dispose()
  })

  it('is symmetric and positive, does not depend on threads, and takes batches in place', async () => {
    const [one, two] = [await wasm(geometry, grid), await wasm(geometry, grid, 2)]
    const length = grid.rows * grid.columns
    const both = normalVector(2 * length, 'two images')
    const results: Float32Array[] = []
    for (const projector of [one, two]) {
      const images = projector.allocate('image', 2)
      await projector.upload(both, images)
      await projector.normal!(images, images)
      results.push(await projector.download(images))
    }
    expect(results[1]).toEqual(results[0])
    const [x, y] = [both.subarray(0, length), both.subarray(length)]
    const [nx, ny] = [results[0]!.subarray(0, length), results[0]!.subarray(length)]
    expect(Math.abs(inner(nx, y) - inner(x, ny))).toBeLessThan(1e-6 * Math.sqrt(inner(nx, nx) * inner(y, y)))
    expect(inner(nx, x)).toBeGreaterThan(0)
    await Promise.all([one.dispose(), two.dispose()])
  })
})

it('the kernel is the response of the reference to a point, averaged over the places of the bins', async () => {
  const grid = imageGrid(9, 9, 1.2)
  const anglesRad = [0, 0.2, 0.9, Math.PI / 2, 2.2, 3]
  const bins = 31
  const pitchMm = 0.7
  const places = 64
  const mean = new Float64Array(81)
  for (let place = 0; place < places; place++) {
    const geometry = parallelBeam({ anglesRad, bins, pitchMm, offsetMm: (place / places - 0.5) * pitchMm })
    const projector = new ReferenceProjector(geometry, grid)
    const image = projector.allocate('image')
    await projector.upload(Float32Array.from({ length: 81 }, (_, i) => (i === 40 ? 1 : 0)), image)
    await exactNormal(projector, image, image)
    const response = await projector.download(image)
    for (let i = 0; i < 81; i++) mean[i]! += response[i]! / places
  }
  const [height, width] = paddedAxes(grid)
  const kernel = ndarray(normalResponse(parallelBeam({ anglesRad, bins, pitchMm }), grid), [height, width])
  fft(-1, kernel, ndarray(new Float64Array(height * width), [height, width]))
  const at = (row: number, column: number): number => kernel.get((row + height) % height, (column + width) % width)
  for (let row = -4; row <= 4; row++)
    for (let column = -4; column <= 4; column++)
      // 64 steps a bin for an integral over a function with kinks: 4e-5 of the centre are left.
      expect(Math.abs(at(row, column) - mean[(row + 4) * 9 + column + 4]!)).toBeLessThan(1e-4 * mean[40]!)
})

describe('there is no convolution', () => {
  const [, geometry, grid] = cases[0]!
  it.each([
    ['for fans', fanBeam({ ...geometry, detector: 'flat', bins: 300, sourceToIsocentreMm: 300, sourceToDetectorMm: 400 })],
    ['where a corner of the image is not seen', parallelBeam({ ...geometry, bins: 134 })],
    ['where an offset hides it', parallelBeam({ ...geometry, offsetMm: 4 })],
    ['of few views', parallelBeam({ ...geometry, anglesRad: evenAngles(60, Math.PI) })],
  ])('%s', async (_, other) => {
    const projector = await createWasmProjector({ geometry: other, grid, backend: 'wasm', threads: 1 })
    expect(projector.normal).toBeUndefined()
    expect(projector.normalError).toBeUndefined()
    expect(convolutionError(other, grid)).toBeNull()
    await projector.dispose()
  })
})

async function exactNormal(projector: Projector, image: ProjectorArray, result: ProjectorArray): Promise<void> {
  const sinogram = projector.allocate('sinogram', image.batch)
  await projector.forward(image, sinogram)
  await projector.adjoint(sinogram, result)
  projector.release(sinogram)
}

/** An ellipse that fills most of the image. */
function body(grid: ImageGrid): Float32Array {
  const [width, height] = [grid.columns * grid.pixelMm, grid.rows * grid.pixelMm]
  return ellipseImage(grid, {
    ...{ xMm: 0.05 * width, yMm: -0.05 * height, halfWidthMm: 0.35 * width, halfHeightMm: 0.25 * height },
    ...{ rotationRad: 0.2, attenuation: 0.02 },
  })
}

function inner(a: Float32Array, b: Float32Array): number {
  return a.reduce((sum, value, i) => sum + value * b[i]!, 0)
}

import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { describe, expect, it } from 'vitest'
import { dotTest, normalVector, relativeError } from '../testing/dot-test.ts'
import { evenAngles, fanBeam, imageGrid, parallelBeam, viewCount, type Geometry, type ImageGrid } from './geometry.ts'
import { BackendError, type Projector } from './projector.ts'
import { ReferenceProjector } from './reference-projector.ts'
import { planFrames } from './wasm-frames.ts'
import { createWasmProjector } from './wasm-projector.ts'
import { planRuns } from './wasm-runs.ts'

const fan = { bins: 61, pitchMm: 1.5, sourceToIsocentreMm: 150, sourceToDetectorMm: 260 }
/** The source passes the grid's corners at 2 mm: tiles where no series holds. */
const nearFan = { bins: 61, sourceToIsocentreMm: 42, sourceToDetectorMm: 60 }
const turn = 2 * Math.PI

// Each has other symmetries, or breaks one.
const geometries: Record<string, Geometry> = {
  'parallel over π': parallelBeam({ anglesRad: evenAngles(36, Math.PI), bins: 61, pitchMm: 1.1 }),
  'parallel, half-step start, even bins': parallelBeam({ anglesRad: evenAngles(40, Math.PI, Math.PI / 80), bins: 60, pitchMm: 1.1 }),
  'parallel, odd number of views': parallelBeam({ anglesRad: evenAngles(31, Math.PI), bins: 61, pitchMm: 0.7 }),
  'parallel off centre': parallelBeam({ anglesRad: evenAngles(36, Math.PI), bins: 61, pitchMm: 1.1, offsetMm: 2.3 }),
  'parallel over 2π off centre': parallelBeam({ anglesRad: evenAngles(40, turn), bins: 45, pitchMm: 1.1, offsetMm: 2.3 }),
  'parallel, any views, one twice': parallelBeam({ anglesRad: [0.1, 0.7, 1.3, 0.7, 3, -4.4], bins: 30, pitchMm: 1.9 }),
  'flat fan': fanBeam({ ...fan, detector: 'flat', anglesRad: evenAngles(40, turn) }),
  'flat fan, no quarter turns, off centre': fanBeam({ ...fan, detector: 'flat', anglesRad: evenAngles(37, turn), offsetMm: 3.1 }),
  'flat fan near the source': fanBeam({ ...nearFan, detector: 'flat', anglesRad: evenAngles(24, turn), pitchMm: 3 }),
  'curved fan': fanBeam({ ...fan, detector: 'curved', anglesRad: evenAngles(40, turn) }),
  'curved fan off centre': fanBeam({ ...fan, detector: 'curved', anglesRad: evenAngles(40, turn, 0.01), offsetMm: 0.4 }),
  'curved fan near the source': fanBeam({ ...nearFan, detector: 'curved', anglesRad: evenAngles(25, turn), pitchMm: 2.4 }),
}

const grids: Record<string, ImageGrid> = {
  'even square': imageGrid(40, 40, 1.3),
  'odd square': imageGrid(37, 37, 1.3),
  rectangle: imageGrid(40, 33, 1.2),
}

const wasm = (geometry: Geometry, grid: ImageGrid, threads = 1): Promise<Projector> =>
  createWasmProjector({ geometry, grid, backend: 'wasm', threads })

describe.each(Object.entries(geometries))('%s', (_, geometry) => {
  it.each(Object.entries(grids))('agrees with the reference and does not depend on threads: %s', async (_, grid) => {
    const expected = await bothWays(new ReferenceProjector(geometry, grid))
    const one = await bothWays(await wasm(geometry, grid))
    const two = await bothWays(await wasm(geometry, grid, 2))
    for (const name of Object.keys(expected)) {
      // Positions are rounded to 2⁻¹⁸ of a sample or less; on noise that is the relative error.
      expect(relativeError(one[name]!, expected[name]!), name).toBeLessThan(5e-6)
      expect(two[name], name).toEqual(one[name])
    }
  })

  it.each([138, 137])('back-projects onto several tiles, some of which serve their mirror images: %i²', async size => {
    const grid = imageGrid(size, size, 0.37)
    const images = [new ReferenceProjector(geometry, grid), await wasm(geometry, grid), await wasm(geometry, grid, 2)].map(backprojection)
    const [expected, one, two] = (await Promise.all(images)) as [Float32Array, Float32Array, Float32Array]
    expect(relativeError(one, expected)).toBeLessThan(5e-6)
    expect(two).toEqual(one)
  })

  it('passes the dot test', async () => {
    expect(await dotTest(await wasm(geometry, grids['rectangle']!), 'wasm')).toBeLessThan(1e-7)
  })
})

async function backprojection(projector: Projector): Promise<Float32Array> {
  const [sinogram, image] = [projector.allocate('sinogram'), projector.allocate('image')]
  await projector.upload(normalVector(sinogram.length, 'lines'), sinogram)
  await projector.backproject(sinogram, image)
  const result = await projector.download(image)
  await projector.dispose()
  return result
}

/** Two different images and sinograms, as one batch, through every operator. */
async function bothWays(projector: Projector): Promise<Record<string, Float32Array>> {
  const image = projector.allocate('image', 2)
  const sinogram = projector.allocate('sinogram', 2)
  const lines = normalVector(sinogram.length, 'lines')
  const results: Record<string, Float32Array> = {}
  await projector.upload(normalVector(image.length, 'pixels'), image)
  await projector.forward(image, sinogram)
  results['forward'] = await projector.download(sinogram)
  await projector.upload(lines, sinogram)
  await projector.adjoint(sinogram, image)
  results['adjoint'] = await projector.download(image)
  await projector.backproject(sinogram, image)
  results['backproject'] = await projector.download(image)
  await projector.dispose()
  return results
}

describe('symmetry', () => {
  const square = imageGrid(64, 64, 1)
  const parallel = parallelBeam({ anglesRad: evenAngles(720, Math.PI), bins: 90, pitchMm: 1 })
  const lodopab = parallelBeam({ anglesRad: evenAngles(1000, Math.PI, Math.PI / 2000), bins: 91, pitchMm: 1 })
  const offCentreFan = fanBeam({ ...fan, detector: 'curved', anglesRad: evenAngles(1000, turn), offsetMm: 0.3 })

  it.each([parallel, lodopab, offCentreFan])('one quarter of the image stands for all of it', geometry => {
    const plan = planFrames(geometry, square)
    // A view at 45° whose mirror image is itself seen from behind stands twice, each time for one half.
    expect([plan.lanes.length, Math.floor(plan.frames.length / 2) * 2, plan.rows, plan.columns]).toEqual([4, viewCount(geometry), 32, 32])
    for (let lane = 0; lane < 4; lane++) {
      const shares = new Array<number>(viewCount(geometry)).fill(0)
      for (const frame of plan.frames) shares[frame.lanes[lane]!.view]! += frame.share
      expect(shares.every(share => share === 1)).toBe(true)
    }
  })

  it.each([parallel, lodopab, offCentreFan])('one ray stands for four', geometry => {
    const rays = planRuns(geometry, square).flatMap(family => family.runs).reduce((sum, run) => sum + run.bins, 0)
    // 45°, where the choice of axis is not symmetric, and the views on the axes of the mirrors stand alone.
    expect(rays).toBeLessThanOrEqual((viewCount(geometry) / 4 + 2) * geometry.bins)
  })

  it('every ray of every view is in exactly one run', () => {
    const seen = new Uint8Array(viewCount(offCentreFan) * offCentreFan.bins)
    for (const { runs } of planRuns(offCentreFan, square))
      for (const run of runs)
        run.views.forEach((view, lane) => {
          for (let i = 0; view >= 0 && i < run.bins; i++)
            seen[view * offCentreFan.bins + (run.reversed[lane] ? offCentreFan.bins - 1 - run.firstBin - i : run.firstBin + i)]! += 1
        })
    expect(seen.every(count => count === 1)).toBe(true)
  })
})

it.each([1, 2, 3, 5, 9, 17, 33, 65, 129])('filters rows of %i bins as the reference does', async bins => {
  const geometry = parallelBeam({ anglesRad: evenAngles(11, Math.PI), bins, pitchMm: 1.3 })
  const grid = imageGrid(8, 8, 1)
  const filtered: Float32Array[] = []
  for (const projector of [new ReferenceProjector(geometry, grid), await wasm(geometry, grid)]) {
    const sinogram = projector.allocate('sinogram')
    await projector.upload(normalVector(sinogram.length, 'rows'), sinogram)
    await projector.filter(sinogram, { name: 'shepp-logan', cutoff: 0.9 }, sinogram)
    filtered.push(await projector.download(sinogram))
  }
  // A float32 transform and its inverse.
  expect(relativeError(filtered[1]!, filtered[0]!)).toBeLessThan(3e-7)
})

it.each([
  ['tall', 2048, 16],
  ['wide', 16, 2048],
])('far from the middle of a %s image of 2048 pixels it is as exact as near it', async (_, rows, columns) => {
  const geometry = parallelBeam({ anglesRad: [0.3, 1.2, 2.5], bins: 2901, pitchMm: 1 })
  const grid = imageGrid(rows, columns, 1)
  const expected = await bothWays(new ReferenceProjector(geometry, grid))
  const got = await bothWays(await wasm(geometry, grid, 2))
  for (const name of Object.keys(expected)) expect(relativeError(got[name]!, expected[name]!), name).toBeLessThan(5e-6)
})

it('an allocation that cannot be had is a BackendError, and the projector works on', async () => {
  const geometry = geometries['parallel over π']!
  const grid = grids['odd square']!
  const projector = await wasm(geometry, grid)
  for (const batch of [1e6, 1e12]) expect(() => projector.allocate('image', batch)).toThrow(BackendError)
  expect(() => projector.allocate('image', 1e6)).toThrow(/could not get 5222 MiB.*Release arrays/)
  expect(await bothWays(projector)).toEqual(await bothWays(await wasm(geometry, grid)))
})

it('refuses a request for another engine', async () => {
  const request = { geometry: geometries['flat fan']!, grid: grids['rectangle']!, backend: 'reference', threads: 1 } as const
  await expect(createWasmProjector(request)).rejects.toThrow('Asked the wasm engine for a projector of reference.')
})

it('a process with idle threads ends by itself', async () => {
  const script = `
    const { createWasmProjector } = await import('./src/ct/wasm-projector.ts')
    const { evenAngles, imageGrid, parallelBeam } = await import('./src/ct/geometry.ts')
    const geometry = parallelBeam({ anglesRad: evenAngles(90, Math.PI), bins: 90, pitchMm: 1 })
    const projector = await createWasmProjector({ geometry, grid: imageGrid(64, 64, 1), backend: 'wasm', threads: 2 })
    await projector.backproject(projector.allocate('sinogram'), projector.allocate('image'))
    console.log('projected')`
  const { stdout } = await promisify(execFile)(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', script])
  expect(stdout).toBe('projected\n')
})

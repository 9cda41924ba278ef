// What every engine must satisfy, on every geometry: measured here as numbers with
// limits, so that tests assert them and a command can print them.

import { createProjector } from '../ct/create-projector.ts'
import { fbp } from '../ct/fbp.ts'
import { evenAngles, fanBeam, imageGrid, parallelBeam, type Geometry, type ImageGrid } from '../ct/geometry.ts'
import type { BackendId, Projector, ProjectorArray } from '../ct/projector.ts'
import { ReferenceProjector } from '../ct/reference-projector.ts'
import { dotTest, normalVector, relativeError } from './dot-test.ts'
import { disc, ellipseImage, ellipseSinogram } from './exact-ellipse.ts'

export interface Measurement {
  /** What was measured, in few words (src/cli/check.ts prints them beside its numbers). */
  readonly check: string
  readonly geometry: string
  readonly value: number
  /** The value must not exceed it. */
  readonly limit: number
}

/** Relative L2 against the float64 reference on noise, the hardest image there is. */
const agreementLimit: Readonly<Record<BackendId, number>> = {
  reference: 0,
  wasm: 1e-5,
  'gpujs-webasm': 1e-5,
  'gpujs-cpu': 1e-5,
  webgpu: 1e-4, // a GPU may divide with an error of 2.5 ulp
}

type Beam = 'parallel' | 'flat fan' | 'curved fan' | 'short flat fan' | 'short curved fan'
const beams: readonly Beam[] = ['parallel', 'flat fan', 'curved fan', 'short flat fan', 'short curved fan']

interface BeamSize {
  readonly views: number
  readonly bins: number
  readonly offsetMm: number
  /** Radius that the detector sees, mm. */
  readonly radiusMm: number
}

/** A beam whose detector covers ± radiusMm at the isocentre; fans at 3.5 and 6 times that. */
function makeBeam(beam: Beam, { views, bins, offsetMm, radiusMm }: BeamSize): Geometry {
  const startRad = 0.3
  if (beam === 'parallel')
    return parallelBeam({ anglesRad: evenAngles(views, Math.PI, startRad), bins, pitchMm: (2 * radiusMm) / bins, offsetMm })
  const fanRad = 2 * Math.asin(1 / 3.5)
  const short = beam.startsWith('short')
  const detector = beam.endsWith('flat fan') ? 'flat' : 'curved'
  const sourceToDetectorMm = 6 * radiusMm
  const widthMm = detector === 'flat' ? 2 * sourceToDetectorMm * Math.tan(fanRad / 2) : sourceToDetectorMm * fanRad
  return fanBeam({
    detector,
    scan: short ? 'short' : 'full',
    anglesRad: evenAngles(views, short ? Math.PI + fanRad + 0.1 : 2 * Math.PI, startRad),
    bins,
    pitchMm: widthMm / bins,
    offsetMm,
    sourceToIsocentreMm: 3.5 * radiusMm,
    sourceToDetectorMm,
  })
}

/** Every measurement of one engine, as it is made. */
export async function* measureEngine(backend: BackendId): AsyncGenerator<Measurement> {
  for (const beam of beams) {
    yield* measureAgreement(backend, beam)
    yield* measureMatrix(backend, beam)
    yield* measureForward(backend, beam)
    yield* measureDisc(backend, beam)
  }
  yield* measureNormal(backend)
}

/** Dot test, agreement and threads, at odd sizes, off centre, with an image that reaches beyond the field of view. */
async function* measureAgreement(backend: BackendId, beam: Beam): AsyncGenerator<Measurement> {
  const geometry = makeBeam(beam, { views: 47, bins: 61, offsetMm: 2.7, radiusMm: 30 })
  const grid = imageGrid(45, 53, 1.3)
  const expected = await everyOperation(new ReferenceProjector(geometry, grid))
  const one = await withProjector(backend, geometry, grid, 1, async projector => ({
    dot: await dotTest(projector, beam),
    results: await everyOperation(projector),
  }))
  yield { check: 'dot test', geometry: beam, value: one.dot, limit: 1e-6 }
  for (const [name, values] of Object.entries(expected))
    yield {
      check: `${name}, against the reference`,
      geometry: beam,
      value: relativeError(one.results[name]!, values),
      limit: agreementLimit[backend],
    }
  const two = await withProjector(backend, geometry, grid, 2, everyOperation)
  const different = Object.keys(expected).filter(name => !sameBits(two[name]!, one.results[name]!))
  yield { check: 'not bit-equal on 2 threads', geometry: beam, value: different.length, limit: 0 }
}

/** Every operation on a batch of two noise images or sinograms, each from its own input, by name. */
async function everyOperation(projector: Projector): Promise<Record<string, Float32Array>> {
  const image = projector.allocate('image', 2)
  const second = projector.allocate('image', 2)
  const sinogram = projector.allocate('sinogram', 2)
  const pixels = normalVector(image.length, 'pixels')
  const lines = normalVector(sinogram.length, 'lines')
  const results: Record<string, Float32Array> = {}
  const keep = async (name: string, array: ProjectorArray): Promise<void> => {
    results[name] = await projector.download(array)
  }

  await projector.upload(pixels, image)
  await projector.forward(image, sinogram)
  await keep('forward', sinogram)
  await projector.upload(lines, sinogram)
  await projector.adjoint(sinogram, second)
  await keep('adjoint', second)
  await projector.axpby(1.5, image, -0.25, second)
  await keep('axpby', second)
  await projector.multiply(image, second)
  await keep('multiply', second)
  results['dot'] = Float32Array.of(await projector.dot(image, second))
  await projector.backproject(sinogram, image)
  await keep('backproject', image)
  await projector.filter(sinogram, { name: 'hann', cutoff: 0.8 }, sinogram)
  await keep('filter', sinogram)
  return results
}

/** Every entry of both operators on a tiny grid; all unit vectors go through as one batch. */
async function* measureMatrix(backend: BackendId, beam: Beam): AsyncGenerator<Measurement> {
  const geometry = makeBeam(beam, { views: 7, bins: 9, offsetMm: 0.4, radiusMm: 5 })
  const grid = imageGrid(8, 8, 1.1)
  const measure = async (projector: Projector): Promise<{ forward: Float32Array; adjoint: Float32Array }> => {
    const pixels = grid.rows * grid.columns
    const rays = geometry.anglesRad.length * geometry.bins
    const columns = await applyToUnitVectors(projector, 'image', pixels)
    const rows = await applyToUnitVectors(projector, 'sinogram', rays)
    // columns holds entry (ray, pixel) at pixel·rays + ray; rows at ray·pixels + pixel.
    const forward = new Float32Array(rays * pixels)
    for (let pixel = 0; pixel < pixels; pixel++)
      for (let ray = 0; ray < rays; ray++) forward[ray * pixels + pixel] = columns[pixel * rays + ray]!
    return { forward, adjoint: rows }
  }
  const expected = await measure(new ReferenceProjector(geometry, grid))
  const got = await withProjector(backend, geometry, grid, 1, measure)
  // Entries are up to √2 pixels; positions are rounded to float32, about 1e-6 of a pixel on this grid.
  const limit = 1e-5
  yield { check: 'matrix entries: largest error, mm', geometry: beam, value: largestDifference(got.forward, expected.forward), limit }
  yield { check: 'matrix: forward minus adjoint, mm', geometry: beam, value: largestDifference(got.forward, got.adjoint), limit }
}

async function applyToUnitVectors(projector: Projector, space: 'image' | 'sinogram', values: number): Promise<Float32Array> {
  const unit = projector.allocate(space, values)
  const result = projector.allocate(space === 'image' ? 'sinogram' : 'image', values)
  const identity = new Float32Array(values * values)
  for (let i = 0; i < values; i++) identity[i * values + i] = 1
  await projector.upload(identity, unit)
  if (space === 'image') await projector.forward(unit, result)
  else await projector.adjoint(unit, result)
  return projector.download(result)
}

/**
 * Forward projection of a rasterised ellipse against its exact integrals. What is left
 * is the staircase of pixels at the edge, first order in the pixel size: it must halve
 * with the pixels, which the error of a wrong projector would not.
 */
async function* measureForward(backend: BackendId, beam: Beam): AsyncGenerator<Measurement> {
  const geometry = makeBeam(beam, { views: 60, bins: 90, offsetMm: 1, radiusMm: 120 })
  const exact = ellipseSinogram(geometry, testEllipse)
  const errors: number[] = []
  for (const { grid, image: values } of testImages()) {
    const projected = await withProjector(backend, geometry, grid, 1, async projector => {
      const image = projector.allocate('image')
      const sinogram = projector.allocate('sinogram')
      await projector.upload(values, image)
      await projector.forward(image, sinogram)
      return projector.download(sinogram)
    })
    errors.push(relativeError(projected, exact))
  }
  yield { check: 'ellipse, against exact integrals', geometry: beam, value: errors[1]!, limit: 0.005 }
  yield { check: 'the same, pixels halved: ratio', geometry: beam, value: errors[1]! / errors[0]!, limit: 0.6 }
}

const testEllipse = { xMm: 14, yMm: -23, halfWidthMm: 75, halfHeightMm: 45, rotationRad: 0.6, attenuation: 0.02 }
let rasters: { grid: ImageGrid; image: Float32Array }[] | null = null

/** The test ellipse at 1.8 and 0.9 mm, drawn once. */
function testImages(): { grid: ImageGrid; image: Float32Array }[] {
  rasters ??= [imageGrid(128, 128, 1.8), imageGrid(256, 256, 0.9)].map(grid => ({ grid, image: ellipseImage(grid, testEllipse) }))
  return rasters
}

/** The normal operator, where an engine offers one, against adjoint∘forward on an ellipse. */
async function* measureNormal(backend: BackendId): AsyncGenerator<Measurement> {
  const geometry = parallelBeam({ anglesRad: evenAngles(300, Math.PI), bins: 200, pitchMm: 1.8 })
  const { grid, image: values } = testImages()[0]!
  const measured = await withProjector(backend, geometry, grid, 1, async projector => {
    if (!projector.normal) return null
    const [image, result, sinogram] = [projector.allocate('image'), projector.allocate('image'), projector.allocate('sinogram')]
    await projector.upload(values, image)
    await projector.forward(image, sinogram)
    await projector.adjoint(sinogram, result)
    const exact = await projector.download(result)
    await projector.normal(image, result)
    return { value: relativeError(await projector.download(result), exact), limit: Math.min(5e-3, projector.normalError ?? 0) }
  })
  if (measured) yield { check: 'normal, against adjoint∘forward', geometry: 'parallel', ...measured }
}

/** FBP of the exact sinogram of a 200 mm disc: right attenuation and no shading, at two pixel sizes. */
async function* measureDisc(backend: BackendId, beam: Beam): AsyncGenerator<Measurement> {
  const geometry = makeBeam(beam, { views: 180, bins: 160, offsetMm: 0.3, radiusMm: 125 })
  const attenuation = 0.02
  const exact = { geometry, data: ellipseSinogram(geometry, disc(0, 0, 100, attenuation)) }
  for (const [size, pixelMm] of [
    [96, 2.4],
    [72, 3.2],
  ] as const) {
    const grid = imageGrid(size, size, pixelMm)
    const { data } = await withProjector(backend, geometry, grid, 1, projector => fbp(projector, exact, { name: 'ram-lak', cutoff: 1 }))
    const { mean, shading } = radialProfile(data, grid, 92)
    const name = `disc, ${pixelMm} mm pixels`
    yield { check: `${name}: mean`, geometry: beam, value: Math.abs(mean / attenuation - 1), limit: 0.005 }
    yield { check: `${name}: shading`, geometry: beam, value: shading / attenuation, limit: 0.005 }
  }
}

/** Mean within radiusMm, and the largest deviation from it of the mean of one of eight rings of equal width. */
function radialProfile(data: Float32Array, grid: ImageGrid, radiusMm: number): { mean: number; shading: number } {
  const rings = 8
  const sums = new Float64Array(rings)
  const counts = new Float64Array(rings)
  for (let row = 0; row < grid.rows; row++) {
    for (let column = 0; column < grid.columns; column++) {
      const distanceMm = Math.hypot(row - (grid.rows - 1) / 2, column - (grid.columns - 1) / 2) * grid.pixelMm
      if (distanceMm >= radiusMm) continue
      const ring = Math.floor((distanceMm / radiusMm) * rings)
      sums[ring]! += data[row * grid.columns + column]!
      counts[ring]! += 1
    }
  }
  const total = (values: Float64Array): number => values.reduce((sum, value) => sum + value, 0)
  const mean = total(sums) / total(counts)
  return { mean, shading: Math.max(...Array.from(sums, (sum, ring) => Math.abs(sum / counts[ring]! - mean))) }
}

function sameBits(a: Float32Array, b: Float32Array): boolean {
  return Buffer.from(a.buffer, a.byteOffset, a.byteLength).equals(Buffer.from(b.buffer, b.byteOffset, b.byteLength))
}

function largestDifference(a: Float32Array, b: Float32Array): number {
  let largest = 0
  // Written so that a NaN stays, and fails.
  for (let i = 0; i < a.length; i++) if (!(Math.abs(a[i]! - b[i]!) <= largest)) largest = Math.abs(a[i]! - b[i]!)
  return largest
}

async function withProjector<T>(
  backend: BackendId,
  geometry: Geometry,
  grid: ImageGrid,
  threads: number,
  use: (projector: Projector) => Promise<T>,
): Promise<T> {
  const projector = await createProjector({ geometry, grid, backend, threads })
  try {
    return await use(projector)
  } finally {
    await projector.dispose()
  }
}

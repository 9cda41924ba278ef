import { describe, expect, it } from 'vitest'
import { filteredBackProjection } from './filtered-back-projection.ts'
import { evenAngles, fanBeam, imageGrid, parallelBeam, viewCount, type Geometry } from './geometry.ts'
import { leftOutFactors } from './left-out-views.ts'
import { PhiloxRandom, seedKey } from './random.ts'
import { ReferenceProjector } from './reference-projector.ts'
import { sinogramLength } from './geometry.ts'

const grid = imageGrid(20, 20, 1.3)
const filter = { name: 'ram-lak', cutoff: 1 } as const
const fan = { bins: 31, pitchMm: 1.5, sourceToIsocentreMm: 150, sourceToDetectorMm: 260 }
const geometries: [string, Geometry][] = [
  ['a parallel beam, K dividing the views', parallelBeam({ anglesRad: evenAngles(24, Math.PI), bins: 31, pitchMm: 1.1 })],
  ['a parallel beam, K not dividing them', parallelBeam({ anglesRad: evenAngles(27, Math.PI), bins: 31, pitchMm: 1.1 })],
  ['a full fan scan, K not dividing them', fanBeam({ ...fan, detector: 'flat', anglesRad: evenAngles(38, 2 * Math.PI) })],
  ['views at uneven angles', parallelBeam({ anglesRad: evenAngles(25, Math.PI).map((angle, view) => angle + 0.02 * Math.sin(9 * view)), bins: 31, pitchMm: 1.1 })],
]

describe('the FBP of all views but one split', () => {
  it.each(geometries)('is the mean of the FBPs of the other splits: %s', async (_, geometry) => {
    const splits = 4
    const random = new PhiloxRandom(seedKey('left out'))
    const data = Float32Array.from({ length: sinogramLength(geometry) }, () => random.normal())
    const { bins } = geometry
    const alone: Float32Array[] = []
    for (let split = 0; split < splits; split++) {
      const views = geometry.anglesRad.flatMap((_, view) => (view % splits === split ? [view] : []))
      const part = { ...geometry, anglesRad: views.map(view => geometry.anglesRad[view]!) }
      const rows = Float32Array.from(views.flatMap(view => [...data.subarray(view * bins, (view + 1) * bins)]))
      alone.push(await filteredBackProjection(new ReferenceProjector(part, grid), { geometry: part, data: rows }, filter))
    }
    const projector = new ReferenceProjector(geometry, grid)
    const [lines, image] = [projector.allocate('sinogram'), projector.allocate('image')]
    await projector.upload(data, lines)
    await projector.filter(lines, filter, lines)
    const filtered = await projector.download(lines)
    const largest = Math.max(...alone[0]!.map(Math.abs))
    for (const [left, factors] of leftOutFactors(geometry, splits).entries()) {
      await projector.upload(filtered.map((value, i) => value * factors[Math.floor(i / bins)]!), lines)
      await projector.backproject(lines, image)
      const found = await projector.download(image)
      const others = alone.filter((_, split) => split !== left)
      found.forEach((value, i) => {
        const mean = others.reduce((sum, one) => sum + one[i]!, 0) / (splits - 1)
        expect(Math.abs(value - mean)).toBeLessThan(1e-5 * largest) // float32 of the filtered rows
      })
    }
  })
})

it('where K divides even views, every view that is kept counts K/(K − 1)', () => {
  const [, ...rest] = leftOutFactors(geometries[0]![1], 4)
  for (const [i, factors] of rest.entries()) factors.forEach((factor, view) => expect(factor).toBeCloseTo(view % 4 === i + 1 ? 0 : 4 / 3, 12))
})

it('a short scan keeps its redundancy weights: all views that are kept count alike', () => {
  const geometry = fanBeam({ ...fan, detector: 'curved', scan: 'short', anglesRad: evenAngles(60, (250 / 180) * Math.PI) })
  for (const [left, factors] of leftOutFactors(geometry, 4).entries())
    factors.forEach((factor, view) => expect(factor).toBeCloseTo(view % 4 === left ? 0 : 4 / 3, 12))
})

it('fewer views than splits are refused', () => {
  const geometry = parallelBeam({ anglesRad: [0, 1, 2], bins: 3, pitchMm: 1 })
  expect(viewCount(geometry)).toBe(3)
  expect(() => leftOutFactors(geometry, 4)).toThrow('3 views cannot be shared out among 4 splits.')
})

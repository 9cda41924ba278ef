import { describe, expect, it } from 'vitest'
import { filteredBackProjection } from './filtered-back-projection.ts'
import { evenAngles, fanBeam, imageGrid, parallelBeam, sinogramLength, type Geometry } from './geometry.ts'
import { sinogram } from './image.ts'
import { ReferenceProjector } from './reference-projector.ts'
import { PhiloxRandom, seedKey } from './random.ts'
import { splitGeometry, splitSinogram } from './split-views.ts'

const fan = { bins: 41, pitchMm: 1.5, sourceToIsocentreMm: 150, sourceToDetectorMm: 260, anglesRad: evenAngles(48, 2 * Math.PI) }
const geometries: Record<string, Geometry> = {
  parallel: parallelBeam({ anglesRad: evenAngles(36, Math.PI, 0.04), bins: 41, pitchMm: 1.1 }),
  'flat fan': fanBeam({ ...fan, detector: 'flat' }),
  'curved fan off centre': fanBeam({ ...fan, detector: 'curved', offsetMm: 0.4 }),
}
const grid = imageGrid(24, 24, 1.3)

function noise(geometry: Geometry): Float32Array {
  const random = new PhiloxRandom(seedKey('split views'))
  return Float32Array.from({ length: sinogramLength(geometry) }, () => random.normal())
}

describe('splitting a scan by views', () => {
  it('gives part k the views k, k + K, k + 2K …', () => {
    const geometry = parallelBeam({ anglesRad: [0, 0.1, 0.2, 0.3, 0.4, 0.5], bins: 2, pitchMm: 1 })
    const parts = splitGeometry(geometry, 3)
    expect(parts.map(({ anglesRad }) => anglesRad)).toEqual([[0, 0.3], [0.1, 0.4], [0.2, 0.5]])
    const whole = sinogram(geometry, Float32Array.from({ length: 12 }, (_, ray) => ray))
    expect(splitSinogram(whole, parts).map(({ data }) => [...data])).toEqual([[0, 1, 6, 7], [2, 3, 8, 9], [4, 5, 10, 11]])
  })

  it.each(Object.entries(geometries))('has the mean of the parts’ FBPs equal the FBP of all views: %s', async (_, geometry) => {
    const whole = sinogram(geometry, noise(geometry))
    const fbp = await filteredBackProjection(new ReferenceProjector(geometry, grid), whole, { name: 'ram-lak', cutoff: 1 })
    const parts = splitGeometry(geometry, 4)
    const mean = new Float64Array(fbp.length)
    for (const part of splitSinogram(whole, parts)) {
      const image = await filteredBackProjection(new ReferenceProjector(part.geometry, grid), part, { name: 'ram-lak', cutoff: 1 })
      image.forEach((value, i) => (mean[i]! += value / 4))
    }
    const largest = Math.max(...fbp.map(Math.abs))
    for (let i = 0; i < mean.length; i++) expect(Math.abs(mean[i]! - fbp[i]!)).toBeLessThan(1e-5 * largest) // float32 of four images
  })

  it('keeps the kind of geometry and refuses parts of unequal size', () => {
    const geometry = geometries['curved fan off centre']!
    expect(splitGeometry(geometry, 2)[0]).toEqual({ ...geometry, anglesRad: evenAngles(24, 2 * Math.PI) })
    for (const splits of [5, 0, 1.5, 49]) expect(() => splitGeometry(geometry, splits)).toThrow(`48 views cannot be split into ${splits} parts`)
  })
})

import { describe, expect, it } from 'vitest'
import { evenAngles, fanBeam, parallelBeam, type Geometry } from './geometry.ts'
import { rasterIntegrator, type AttenuationRaster } from './raster-integrals.ts'
import { forEachView } from './ray-lines.ts'

const fan = { anglesRad: evenAngles(16, 2 * Math.PI), bins: 101, pitchMm: 1, offsetMm: 0.25, sourceToIsocentreMm: 150, sourceToDetectorMm: 260 }
const geometries: [string, Geometry][] = [
  ['parallel', parallelBeam({ anglesRad: evenAngles(16, Math.PI), bins: 101, pitchMm: 0.9, offsetMm: 0.25 })],
  ['flat fan', fanBeam({ ...fan, detector: 'flat' })],
  ['curved fan', fanBeam({ ...fan, detector: 'curved' })],
]

const rasterLineIntegrals = (raster: AttenuationRaster, geometry: Geometry): Float64Array => rasterIntegrator(raster)(geometry)

/** A disc of attenuation 1 with its edge smoothed over a pixel. */
function discRaster(side: number, pixelMm: number, x: number, y: number, radius: number) {
  const data = new Float32Array(side * side)
  const middle = (side - 1) / 2
  for (let row = 0; row < side; row++)
    for (let column = 0; column < side; column++) {
      const distance = Math.hypot((column - middle) * pixelMm - x, (middle - row) * pixelMm - y)
      data[row * side + column] = Math.min(1, Math.max(0, (radius - distance) / pixelMm + 0.5))
    }
  return { side, pixelMm, data }
}

describe.each(geometries)('integrals of a raster, %s', (_, geometry) => {
  it('are those of the disc that it holds, off centre and the right way up', () => {
    const [x, y, radius] = [8, 13, 14]
    const integrals = rasterLineIntegrals(discRaster(600, 0.1, x, y, radius), geometry)
    let worst = 0
    let sum = 0
    let counted = 0
    forEachView(geometry, (view, { normalX, normalY, distanceMm }) => {
      for (let bin = 0; bin < geometry.bins; bin++) {
        const s = distanceMm[bin]! - x * normalX[bin]! - y * normalY[bin]!
        // The chord bends too sharply within a pixel of the edge for any raster.
        if (Math.abs(Math.abs(s) - radius) < 0.5) continue
        const exact = 2 * Math.sqrt(Math.max(0, radius * radius - s * s))
        const error = integrals[view * geometry.bins + bin]! - exact
        worst = Math.max(worst, Math.abs(error))
        sum += error
        counted++
      }
    })
    // Steps of up to 1.4 pixels meet each end of a chord anywhere in its smoothed edge: up to a third of a pixel at either end, none on average.
    expect(worst).toBeLessThan(0.7 * 0.1)
    expect(Math.abs(sum / counted)).toBeLessThan(0.02 * 0.1)
  })

  it('are linear in the raster and bit-equal from call to call', () => {
    const raster = discRaster(40, 1, -5, 3, 9)
    const doubled = { ...raster, data: raster.data.map(value => 2 * value) }
    const once = rasterLineIntegrals(raster, geometry)
    expect(rasterLineIntegrals(doubled, geometry)).toEqual(once.map(value => 2 * value))
    expect(rasterLineIntegrals(raster, geometry)).toEqual(once)
  })
})

describe('integrals of a raster', () => {
  it('sum rows and columns exactly along the axes, up to its corners', () => {
    const data = Float32Array.from({ length: 16 }, (_, i) => 1 << i)
    const geometry = parallelBeam({ anglesRad: [0, Math.PI / 2], bins: 4, pitchMm: 2 })
    const integrals = rasterLineIntegrals({ side: 4, pixelMm: 2, data }, geometry)
    const column = (c: number) => 2 * [0, 4, 8, 12].reduce((sum, start) => sum + data[start + c]!, 0)
    const row = (r: number) => 2 * data.subarray(4 * r, 4 * r + 4).reduce((sum, value) => sum + value, 0)
    // View 0 looks up: bin = column. View π/2: s runs up, so bin 0 is the bottom row. cos(π/2) is 6e-17, not 0.
    const expected = [0, 1, 2, 3].map(column).concat([3, 2, 1, 0].map(row))
    integrals.forEach((value, ray) => expect(value / expected[ray]!).toBeCloseTo(1, 9))
  })

  it('hold the mass of a full square in every view, corners included', () => {
    const side = 101
    const raster = { side, pixelMm: 0.5, data: new Float32Array(side * side).fill(1) }
    const geometry = parallelBeam({ anglesRad: evenAngles(12, Math.PI, 0.05), bins: 801, pitchMm: 0.1 })
    const integrals = rasterLineIntegrals(raster, geometry)
    for (let view = 0; view < 12; view++) {
      const mass = 0.1 * integrals.subarray(view * 801, (view + 1) * 801).reduce((sum, value) => sum + value, 0)
      expect(mass / (side * 0.5) ** 2).toBeCloseTo(1, 3)
    }
  })

  it('are zero for an empty raster and for rays beside the object', () => {
    const [, geometry] = geometries[0]!
    const empty = rasterLineIntegrals({ side: 5, pixelMm: 1, data: new Float32Array(25) }, geometry)
    expect(empty.every(value => value === 0)).toBe(true)
    const one = rasterLineIntegrals({ side: 5, pixelMm: 1, data: new Float32Array(25).fill(1) }, geometry)
    expect([one[0], one[100]]).toEqual([0, 0])
  })
})

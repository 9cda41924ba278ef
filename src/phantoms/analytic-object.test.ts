import { describe, expect, it } from 'vitest'
import { exactExp } from '../ct/exact-math.ts'
import { evenAngles, fanBeam, imageGrid, parallelBeam, type Geometry } from '../ct/geometry.ts'
import { analyticObject } from './analytic-object.ts'
import { compileShapes } from './compiled-shapes.ts'
import { integralsAlong } from './line-integrals.ts'
import { raysOf } from './rays.ts'
import { attenuationAt, blob, disc, ellipse, rectangle, type Shape } from './shapes.ts'
import { wasmLineIntegrals } from './wasm-line-integrals.ts'

const views = evenAngles(7, 2 * Math.PI, 0.21)
const geometries: Record<string, Geometry> = {
  parallel: parallelBeam({ anglesRad: views, bins: 41, pitchMm: 2.3, offsetMm: 0.7 }),
  'flat fan': fanBeam({
    detector: 'flat',
    anglesRad: views,
    bins: 41,
    pitchMm: 4.9,
    offsetMm: -1.1,
    sourceToIsocentreMm: 200,
    sourceToDetectorMm: 400,
  }),
  'curved fan': fanBeam({
    detector: 'curved',
    anglesRad: views,
    bins: 41,
    pitchMm: 4.9,
    offsetMm: 1.3,
    sourceToIsocentreMm: 200,
    sourceToDetectorMm: 400,
  }),
}

const cut = { normalX: 0.6, normalY: 0.8, offsetMm: 9 }
/** What is scanned below: every kind of shape, and their overlaps. */
const scenes: Record<string, Shape[]> = {
  'an ellipse': [ellipse(6, -11, 23, 9, 0.02, { x: 2, y: 1 })],
  'an ellipse cut by two half-planes': [
    ellipse(3, 4, 20, 12, 0.03, { x: 1, y: -1 }, [cut, { normalX: -1, normalY: 0, offsetMm: 6 }]),
  ],
  'a rectangle': [rectangle(-7, 5, 26, 3, 0.04, { x: 3, y: -1 })],
  'a round and a drawn-out blob': [blob(5, 8, 3.1, 0.004), blob(-9, -2, 4.4, 0.006, 1.3, { x: 1, y: 2 })],
  'paint over paint, with a hole, under blobs': [
    ellipse(0, 0, 36, 30, 0.02),
    ellipse(-8, 5, 18, 20, 0.005, { x: 1, y: 1 }),
    ellipse(6, 3, 16, 12, 0.03),
    disc(4, 4, 4, 0),
    ellipse(20, 0, 25, 3, 0.05, { x: 1, y: 0.3 }),
    blob(-12, 4, 2, -0.002),
  ],
}

/** The ray of a bin as written in the conventions: a point on it and its direction. */
function ray(geometry: Geometry, view: number, bin: number): { x: number; y: number; dx: number; dy: number } {
  const theta = geometry.anglesRad[view]!
  const s = (bin - (geometry.bins - 1) / 2) * geometry.pitchMm + geometry.offsetMm
  const u = [Math.cos(theta), Math.sin(theta)] as const
  if (geometry.kind === 'parallel') return { x: s * u[0], y: s * u[1], dx: -u[1], dy: u[0] }
  const { sourceToIsocentreMm: near, sourceToDetectorMm: far } = geometry
  const x = near * Math.sin(theta)
  const y = -near * Math.cos(theta)
  // From the source to the bin's centre: along the central ray (−sin θ, cos θ), and along u.
  const along = geometry.detector === 'flat' ? far : far * Math.cos(s / far)
  const across = geometry.detector === 'flat' ? s : far * Math.sin(s / far)
  const dx = -along * u[1] + across * u[0]
  const dy = along * u[0] + across * u[1]
  const length = Math.hypot(dx, dy)
  return { x, y, dx: dx / length, dy: dy / length }
}

/** Midpoint sums of the density along the part of the ray within 60 mm of the isocentre. */
function numericIntegral(shapes: Shape[], { x, y, dx, dy }: ReturnType<typeof ray>, stepMm: number): number {
  const middle = -(x * dx + y * dy)
  let sum = 0
  for (let t = middle - 60 + stepMm / 2; t < middle + 60; t += stepMm)
    sum += attenuationAt(shapes, x + t * dx, y + t * dy, Math.exp)
  return sum * stepMm
}

describe.each(Object.entries(scenes))('%s', (_scene, shapes) => {
  const object = analyticObject(shapes)

  it.each(Object.entries(geometries))('has the numeric integrals of its density in a %s', (_name, geometry) => {
    const exact = object.lineIntegrals(geometry)
    const stepMm = 0.02
    // Each edge on the ray (two a painted shape) is misplaced by up to half a step, times an attenuation of at most
    // 0.05; a blob's midpoint sum errs by its cut at 6σ only.
    const edges = 2 * shapes.filter(shape => shape.kind === 'painted').length
    const tolerance = edges * 0.5 * stepMm * 0.05 + 1e-9
    let worst = 0
    for (let view = 0; view < views.length; view += 2)
      for (let bin = 0; bin < geometry.bins; bin++) {
        const numeric = numericIntegral(shapes, ray(geometry, view, bin), stepMm)
        worst = Math.max(worst, Math.abs(numeric - exact[view * geometry.bins + bin]!))
      }
    expect(worst).toBeLessThan(tolerance)
    expect(Math.max(...exact)).toBeGreaterThan(20 * tolerance)
  })

  it('has the same mass in every parallel view and in the raster', () => {
    const anglesRad = evenAngles(5, Math.PI, 0.1)
    const geometry = parallelBeam({ anglesRad, bins: 4001, pitchMm: 0.03 })
    const integrals = object.lineIntegrals(geometry)
    const masses = anglesRad.map(
      (_, view) => integrals.subarray(view * 4001, (view + 1) * 4001).reduce((sum, value) => sum + value, 0) * 0.03,
    )
    const raster = object.rasterise(imageGrid(600, 600, 0.2)).reduce((sum, value) => sum + value, 0) * 0.04
    // Rectangle sums at 0.03 mm of a function with jumps; scanlines at 0.0125 mm.
    for (const mass of masses) expect(Math.abs(mass / raster - 1)).toBeLessThan(5e-4)
  })

  it('holds pixel means that equal dense averages of the density', () => {
    const grid = imageGrid(40, 36, 2.5)
    const raster = object.rasterise(grid)
    const dense = 40
    let worst = 0
    for (let row = 3; row < 40; row += 5)
      for (let column = 0; column < 36; column++) {
        let sum = 0
        for (let i = 0; i < dense; i++)
          for (let j = 0; j < dense; j++)
            sum += attenuationAt(
              shapes,
              (column - 18 + (j + 0.5) / dense) * 2.5,
              (20 - row - (i + 0.5) / dense) * 2.5,
              exactExp,
            )
        worst = Math.max(worst, Math.abs(sum / dense ** 2 - raster[row * 36 + column]!))
      }
    // Two edges of at most 0.05 in a pixel, each crossing about 2·40 of the 1600 samples and 1 of 16 scanlines.
    expect(worst).toBeLessThan(0.05 * 2 * (1 / 40 + 1 / 16) * 0.5)
  })

  it('scales to the same attenuation on a scaled grid and to longer paths', () => {
    const twice = object.scaled(2)
    expect(twice.radiusMm).toBeCloseTo(2 * object.radiusMm, 10)
    const raster = object.rasterise(imageGrid(50, 50, 1.7))
    const scaled = twice.rasterise(imageGrid(50, 50, 3.4))
    for (let i = 0; i < raster.length; i++) expect(Math.abs(scaled[i]! - raster[i]!)).toBeLessThan(1e-8)
    const one = object.lineIntegrals(parallelBeam({ anglesRad: views, bins: 41, pitchMm: 2 }))
    const two = twice.lineIntegrals(parallelBeam({ anglesRad: views, bins: 41, pitchMm: 4 }))
    for (let i = 0; i < one.length; i++) expect(Math.abs(two[i]! - 2 * one[i]!)).toBeLessThan(1e-13)
  })
})

describe('closed forms', () => {
  it('a disc has chords 2µ√(r² − s²), to rounding', () => {
    const geometry = parallelBeam({ anglesRad: views, bins: 31, pitchMm: 3 })
    const integrals = analyticObject([disc(10, -5, 20, 0.0192)]).lineIntegrals(geometry)
    views.forEach((theta, view) => {
      for (let bin = 0; bin < 31; bin++) {
        const s = (bin - 15) * 3 - (10 * Math.cos(theta) - 5 * Math.sin(theta))
        const chord = 2 * 0.0192 * Math.sqrt(Math.max(0, 400 - s * s))
        expect(Math.abs(integrals[view * 31 + bin]! - chord)).toBeLessThan(1e-14)
      }
    })
  })

  it('a round blob integrates to peak·√(2π)·σ·exp(−d²/2σ²) in every geometry, to rounding', () => {
    const object = analyticObject([blob(4, -7, 5, 0.01)])
    for (const geometry of Object.values(geometries)) {
      const integrals = object.lineIntegrals(geometry)
      views.forEach((_, view) => {
        for (let bin = 0; bin < geometry.bins; bin++) {
          const { x, y, dx, dy } = ray(geometry, view, bin)
          const d = (4 - x) * dy - (-7 - y) * dx
          const expected = Math.abs(d) > 30 ? 0 : 0.01 * Math.sqrt(2 * Math.PI) * 5 * Math.exp((-d * d) / 50)
          expect(Math.abs(integrals[view * geometry.bins + bin]! - expected)).toBeLessThan(1e-15)
        }
      })
    }
  })

  it('a square seen face on is a box, and 0 beside it', () => {
    const integrals = analyticObject([rectangle(2, 1, 10, 10, 0.5)]).lineIntegrals(
      parallelBeam({ anglesRad: [0, Math.PI / 2], bins: 21, pitchMm: 1 }),
    )
    for (let bin = 0; bin < 21; bin++) {
      const inFirst = Math.abs(bin - 10 - 2) < 5 ? 5 : 0
      const inSecond = Math.abs(bin - 10 - 1) < 5 ? 5 : 0
      if (Math.abs(bin - 12) !== 5) expect(integrals[bin]!).toBeCloseTo(inFirst, 12)
      if (Math.abs(bin - 11) !== 5) expect(integrals[21 + bin]!).toBeCloseTo(inSecond, 12)
    }
  })

  it('whatever is painted over leaves no trace', () => {
    const geometry = geometries['curved fan']!
    const clean = [disc(0, 0, 30, 0.02), disc(0, 3, 12, 0.05)]
    const hidden = [disc(0, 0, 30, 0.02), ellipse(1, 4, 8, 2, 0.3), disc(-3, 3, 2, 0), disc(0, 3, 12, 0.05)]
    const expected = analyticObject(clean).lineIntegrals(geometry)
    const got = analyticObject(hidden).lineIntegrals(geometry)
    for (let i = 0; i < got.length; i++) expect(Math.abs(got[i]! - expected[i]!)).toBeLessThan(1e-14)
  })

  it('an interior pixel holds the attenuation to the last bit of float32', () => {
    const raster = analyticObject([disc(0, 0, 30, 0.0192)]).rasterise(imageGrid(32, 32, 1))
    expect(raster[16 * 32 + 16]).toBe(Math.fround(0.0192))
  })
})

describe('what is refused', () => {
  it('names the wrong number', () => {
    expect(() => analyticObject([])).toThrow(/no shapes/)
    expect(() => ellipse(0, 0, -1, 2, 0.02)).toThrow(/-1 × 2 mm/)
    expect(() => ellipse(0, 0, 1, 2, 0.02, { x: 0, y: 0 })).toThrow(/direction is \(0, 0\)/)
    expect(() => analyticObject([disc(NaN, 0, 1, 0.02)])).toThrow(/not finite/)
    expect(() => analyticObject([disc(0, 0, 1, 0.02)]).scaled(0)).toThrow(/scale factor is 0/)
    expect(() => analyticObject([disc(0, 0, 250, 0.02)]).lineIntegrals(geometries['flat fan']!)).toThrow(/reaches 250.0 mm/)
  })
})

describe.each(Object.entries(geometries))('WebAssembly and JavaScript give the same bits, %s', (_, geometry) => {
  it.each(Object.entries({ ...scenes, everything: Object.values(scenes).flat() }))('of %s', (__, shapes) => {
    const compiled = compileShapes(shapes)
    const expected = integralsAlong(raysOf(geometry), views.length, compiled)
    expect(expected.some(value => value > 0)).toBe(true)
    expect(wasmLineIntegrals(compiled, raysOf(geometry), views.length)).toEqual(expected)
  })
})

import { describe, expect, it } from 'vitest'
import type { AnalyticObject } from '../ct/case.ts'
import { evenAngles, fanBeam, fieldOfViewRadiusMm, gridRadiusMm, imageGrid, parallelBeam } from '../ct/geometry.ts'
import { huFromAttenuation } from '../ct/units.ts'
import { abdomenPhantom } from './abdomen.ts'
import { headPhantom } from './head.ts'
import { qualityPhantom } from './quality.ts'
import { thoraxPhantom } from './thorax.ts'

const phantoms: Record<string, (seed: number) => AnalyticObject> = {
  thorax: thoraxPhantom,
  abdomen: abdomenPhantom,
  head: headPhantom,
  quality: seed => qualityPhantom(seed).object,
}

describe.each(Object.entries(phantoms))('phantom-%s', (_name, build) => {
  const seeds = [1, 24, 101, 1001]
  const objects = seeds.map(build)

  it('fits the grid and the field of view of the presets', () => {
    const mayo = fanBeam({
      detector: 'curved',
      anglesRad: [0],
      bins: 736,
      pitchMm: 1.2858,
      sourceToIsocentreMm: 595,
      sourceToDetectorMm: 1085.6,
    })
    for (const { radiusMm } of objects) {
      expect(radiusMm).toBeLessThan(gridRadiusMm(imageGrid(256, 256, 1.5)) - 5)
      expect(radiusMm).toBeLessThan(fieldOfViewRadiusMm(mayo) - 5)
      expect(radiusMm).toBeGreaterThan(80)
    }
  })

  it('has attenuation of at least 0 everywhere, and 0 outside its radius', () => {
    for (const object of objects) {
      const raster = object.rasterise(imageGrid(256, 256, 1.5))
      for (let row = 0; row < 256; row++)
        for (let column = 0; column < 256; column++) {
          const value = raster[row * 256 + column]!
          if (value < 0) expect.fail(`attenuation ${value} at row ${row}, column ${column}`)
          const distanceMm = 1.5 * Math.sqrt((column - 127.5) ** 2 + (row - 127.5) ** 2)
          if (distanceMm > object.radiusMm + 1.1 && value !== 0) expect.fail(`attenuation ${value} at ${distanceMm} mm`)
        }
    }
  })

  it('has the mass of its raster in every parallel view', () => {
    const object = objects[0]!
    const anglesRad = evenAngles(3, Math.PI, 0.3)
    const bins = 10000
    const integrals = object.lineIntegrals(parallelBeam({ anglesRad, bins, pitchMm: 0.04 }))
    const mass = object.rasterise(imageGrid(800, 800, 0.5)).reduce((sum, value) => sum + value, 0) / 4
    for (let view = 0; view < 3; view++) {
      let sum = 0
      for (let bin = 0; bin < bins; bin++) sum += integrals[view * bins + bin]! * 0.04
      // Both are sums over steps of h ≈ 0.03 mm of chords, which end like a square root: an ellipse errs by
      // less than (h/b)^1.5 of its mass, and among hundreds the errors average out.
      expect(Math.abs(sum / mass - 1)).toBeLessThan(1e-5)
    }
  })

  it('depends on its seed alone, not on what was made before', () => {
    const grid = imageGrid(64, 64, 6)
    const geometry = parallelBeam({ anglesRad: [0.4], bins: 64, pitchMm: 6 })
    for (const i of [3, 0]) {
      const again = build(seeds[i]!)
      expect(again.rasterise(grid)).toEqual(objects[i]!.rasterise(grid))
      expect(again.lineIntegrals(geometry)).toEqual(objects[i]!.lineIntegrals(geometry))
    }
    expect(objects[0]!.rasterise(grid)).not.toEqual(objects[1]!.rasterise(grid))
  })
})

describe('phantom-quality', () => {
  it('holds what its layout says, away from every edge', () => {
    const { object, quality } = qualityPhantom(7)
    const n = 500
    const raster = object.rasterise(imageGrid(n, n, 0.5))
    /** Smallest and largest HU of the pixels whose distance from the disc's centre is in [from, to] mm. */
    const extremes = (disc: { xMm: number; yMm: number }, from: number, to: number): [number, number] => {
      let low = Infinity
      let high = -Infinity
      for (let i = 0; i < raster.length; i++) {
        const x = ((i % n) - (n - 1) / 2) * 0.5 - disc.xMm
        const y = ((n - 1) / 2 - Math.floor(i / n)) * 0.5 - disc.yMm
        const distance = Math.hypot(x, y)
        if (distance < from || distance > to) continue
        low = Math.min(low, huFromAttenuation(raster[i]!))
        high = Math.max(high, huFromAttenuation(raster[i]!))
      }
      return [low, high]
    }
    const holds = ([low, high]: [number, number], hu: number): void => {
      expect(Math.abs(low - hu)).toBeLessThan(1e-3)
      expect(Math.abs(high - hu)).toBeLessThan(1e-3)
    }
    for (const insert of quality.inserts) holds(extremes(insert, 0, insert.radiusMm - 0.5), insert.hu)
    for (const region of quality.uniform) holds(extremes(region, 0, region.radiusMm), 0)
    const { edge } = quality
    holds(extremes(edge, 0, edge.radiusMm - 0.5), edge.insideHu)
    // Plain water around the edge as far as half its radius.
    holds(extremes(edge, edge.radiusMm + 0.5, 1.5 * edge.radiusMm), edge.outsideHu)
    expect(quality.inserts.map(insert => insert.hu)).toEqual(expect.arrayContaining([-1000, -90, 120, 800]))
  })
})

describe('anatomy', () => {
  it('has lungs, muscle and bone at plausible CT numbers in the chest, and texture in the lung', () => {
    const raster = thoraxPhantom(3).rasterise(imageGrid(400, 400, 1))
    const hu = Array.from(raster, value => huFromAttenuation(value))
    const share = (low: number, high: number): number => hu.filter(value => value > low && value < high).length / 160000
    // A chest of about 330 × 230 mm covers a third of the field, the lungs a tenth of it.
    expect(share(-990, 3000)).toBeGreaterThan(0.3)
    expect(share(-960, -700)).toBeGreaterThan(0.1)
    expect(share(0, 150)).toBeGreaterThan(0.07)
    expect(share(300, 1300)).toBeGreaterThan(0.004)
    const lung = hu.filter(value => value > -990 && value < -700)
    const mean = lung.reduce((sum, value) => sum + value, 0) / lung.length
    const deviation = Math.sqrt(lung.reduce((sum, value) => sum + (value - mean) ** 2, 0) / lung.length)
    expect(mean).toBeGreaterThan(-880)
    expect(mean).toBeLessThan(-800)
    expect(deviation).toBeGreaterThan(25)
    expect(deviation).toBeLessThan(80)
  })
})

import { describe, expect, it } from 'vitest'
import { acquire } from './acquisition.ts'
import { parallelBeam } from './geometry.ts'
import { seedKey } from './random.ts'
import { lowerDose } from './yu-noise.ts'

const geometry = parallelBeam({ anglesRad: Array.from({ length: 300 }, (_, view) => view), bins: 300, pitchMm: 1 })
const rays = 90_000

function variance(values: Float32Array): number {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length
  return values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (values.length - 1)
}

describe('noise added to a scan that is already noisy', () => {
  it.each([2, 4])('gives the variance of a scan at the lower dose, electronic noise included (p = %s)', p => {
    const scan = { photonsPerRay: 1e5, electronicNoise: 10 }
    const full = acquire(new Float64Array(rays).fill(p), geometry, { ...scan, bowtie: null, floor: 1 }, seedKey('full'))
    const quarter = lowerDose(full, geometry, scan, 0.25, seedKey('quarter'))
    const lambda = 0.25 * 1e5 * Math.exp(-p)
    const ratio = variance(quarter) / ((1 + 100 / lambda) / lambda)
    // The estimate strays by 0.5 %; the formula neglects terms of 1/λ (0.2 %).
    expect(ratio).toBeGreaterThan(0.98)
    expect(ratio).toBeLessThan(1.02)
  })

  it('adds nothing at full dose and refuses what does not fit', () => {
    const scan = { photonsPerRay: 1e4, electronicNoise: 3 }
    const measured = new Float32Array(rays).fill(1)
    expect(lowerDose(measured, geometry, scan, 1, seedKey(1)).every(value => value === 1)).toBe(true)
    expect(() => lowerDose(measured, geometry, scan, 0, seedKey(1))).toThrow('Dose is 0')
    expect(() => lowerDose(new Float32Array(3), geometry, scan, 0.5, seedKey(1))).toThrow('needs 90000')
  })
})

import { describe, expect, it } from 'vitest'
import type { RasterObject } from './case.ts'
import { placeObject } from './place-object.ts'
import { prepareScan } from './prepare-scan.ts'
import { presets } from './presets.ts'

const hu = Float32Array.from({ length: 1024 }, (_, i) => (Math.hypot(Math.floor(i / 32) - 15.5, (i % 32) - 15.5) > 16 ? -1000 : -800))
const object: RasterObject = { kind: 'raster', rows: 32, columns: 32, pixelMm: 10, hu }
const seed = { suiteSeed: 1, dataset: 'phantom-x', caseId: 'test-000' }
const preset = presets['parallel-256']

function sameBits(a: Float32Array, b: Float32Array): boolean {
  return Buffer.from(a.buffer).equals(Buffer.from(b.buffer))
}

describe('a prepared scan', () => {
  const scan = prepareScan({ object, preset, seed })

  it('measures the same whatever was measured before', () => {
    const first = scan.measure(0.25).sinogram.data
    scan.measure(1, 3)
    expect(sameBits(scan.measure(0.25).sinogram.data, first)).toBe(true)
    expect(sameBits(prepareScan({ object, preset, seed }).measure(0.25).sinogram.data, first)).toBe(true)
    expect(sameBits(scan.measure(0.25, 1).sinogram.data, first)).toBe(false)
  })

  it('gives independent noise to every dose, realisation, case, dataset, suite seed and preset', () => {
    const exact = scan.exact()
    const residual = (data: Float32Array) => data.map((value, ray) => value - exact[ray]!)
    const correlation = (a: Float32Array, b: Float32Array) => {
      let [ab, aa, bb] = [0, 0, 0]
      for (let i = 0; i < a.length; i++) {
        ab += a[i]! * b[i]!
        aa += a[i]! * a[i]!
        bb += b[i]! * b[i]!
      }
      return ab / Math.sqrt(aa * bb)
    }
    const base = residual(scan.measure(0.5).sinogram.data)
    const others = [
      scan.measure(0.25),
      scan.measure(0.5, 1),
      prepareScan({ object, preset, seed: { ...seed, caseId: 'test-001' } }).measure(0.5),
      prepareScan({ object, preset, seed: { ...seed, dataset: 'phantom-y' } }).measure(0.5),
      prepareScan({ object, preset, seed: { ...seed, suiteSeed: 2 } }).measure(0.5),
      prepareScan({ object, preset: { ...preset, id: 'lodopab' }, seed }).measure(0.5),
    ]
    // The object is thin, so all 132,120 rays weigh nearly the same and the correlation of independent noise strays by 0.003.
    for (const { sinogram } of others) expect(Math.abs(correlation(base, residual(sinogram.data)))).toBeLessThan(0.012)
  })

  it('tells methods the noise at the dose, overrides included', () => {
    expect(scan.measure(0.1).noise.photonsPerRay).toBeCloseTo(0.1 * preset.acquisition.photonsPerRay, 9)
    const overrides = { photonsPerRay: 500, electronicNoise: 0 }
    expect(prepareScan({ object, preset, seed, overrides }).measure(0.5).noise).toEqual({
      photonsPerRay: 250,
      bowtie: null,
      electronicNoise: 0,
      floor: 1,
    })
  })

  it.each(['parallel-256', 'xcist-ge'] as const)('computes the exact integrals once, in parts that are bit for bit the whole: %s', id => {
    const prepared = prepareScan({ object, preset: presets[id], seed })
    const steps = prepared.integrate()
    let parts = 0
    while (!steps.next().done) parts++
    expect(parts).toBe(presets[id].geometry.anglesRad.length / 40)
    expect(prepared.exact()).toBe(prepared.exact())
    expect(prepared.exact()).toEqual(placeObject(object, presets[id], 'whole').exactLineIntegrals())
  })

  it('names an object that does not fit by dataset and case', () => {
    const huge = { ...object, pixelMm: 20 }
    expect(() => prepareScan({ object: huge, preset, seed })).toThrow('Slice "phantom-x/test-000" of 640.0 mm')
  })
})

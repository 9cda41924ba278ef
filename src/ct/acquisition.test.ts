import { describe, expect, it } from 'vitest'
import { acquire, count, noiseModelAt, requireDose } from './acquisition.ts'
import { exactLog } from './exact-math.ts'
import { parallelBeam, type Geometry } from './geometry.ts'
import type { NoiseModel } from './method.ts'
import { presets } from './presets.ts'
import { PhiloxRandom, seedKey } from './random.ts'
import { wasmCount } from './wasm-count.ts'

const key = seedKey('acquisition test')

function strip(views: number, bins: number): Geometry {
  return parallelBeam({ anglesRad: Array.from({ length: views }, (_, view) => view / views), bins, pitchMm: 1 })
}

function moments(values: Float32Array): { mean: number; variance: number } {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (values.length - 1)
  return { mean, variance }
}

describe('measured line integrals', () => {
  const rays = 160_000
  const geometry = strip(400, 400)
  for (const dose of [1, 0.25])
    for (const p of [1, 3, 5])
      it(`have the variance and bias of theory at p = ${p}, dose ${dose}`, () => {
        const noise = noiseModelAt(presets['mayo-siemens'], dose)
        const lambda = noise.photonsPerRay * Math.exp(-p)
        const electronic = 1 + 10 / lambda
        const { mean, variance } = moments(acquire(new Float64Array(rays).fill(p), geometry, noise, key))
        expect(lambda).toBeGreaterThan(200)
        // Theory holds within 2 %; the estimate itself strays by sqrt(2/rays) = 0.35 %, three of which are 1 %.
        expect(variance / (electronic / lambda)).toBeGreaterThan(0.97)
        expect(variance / (electronic / lambda)).toBeLessThan(1.03)
        const standardError = Math.sqrt(electronic / lambda / rays)
        expect(Math.abs(mean - p - electronic / (2 * lambda))).toBeLessThan(3.5 * standardError)
      })

  it('show the bias of few photons, of the right sign and size', () => {
    const noise: NoiseModel = { photonsPerRay: 200, bowtie: null, electronicNoise: 5, floor: 1 }
    const { mean } = moments(acquire(new Float64Array(rays), geometry, noise, key))
    const bias = (1 + 25 / 200) / (2 * 200)
    // Its standard error is 0.00019, 7 % of it; four of them, and 2 % of the theory.
    expect(Math.abs(mean - bias)).toBeLessThan(0.3 * bias)
  })

  it('of starved rays follow the Poisson law with zero counts raised to the floor', () => {
    const lambda = 0.7
    const noise: NoiseModel = { photonsPerRay: 4096, bowtie: null, electronicNoise: 0, floor: 0.1 }
    const p = Math.log(4096 / lambda)
    const measured = acquire(new Float64Array(rays).fill(p), geometry, noise, key)
    let chance = Math.exp(-lambda)
    for (let counts = 0; counts < 5; counts++) {
      const expected = Math.log(4096 / Math.max(counts, 0.1))
      const share = measured.filter(value => Math.abs(value - expected) < 1e-5).length / rays
      expect(Math.abs(share - chance)).toBeLessThan(4 * Math.sqrt((chance * (1 - chance)) / rays))
      chance *= lambda / (counts + 1)
    }
  })

  it('never exceed what the floor allows, however thick the object', () => {
    const noise = noiseModelAt(presets['mayo-siemens'], 0.1)
    const measured = acquire(new Float64Array(rays).fill(60), geometry, noise, key)
    const ceiling = Math.fround(Math.log(noise.photonsPerRay))
    expect(Math.max(...measured.subarray(0, 1000))).toBeCloseTo(ceiling, 5)
    expect(measured.every(value => value <= ceiling + 1e-5)).toBe(true)
    // Electronic noise of 3.2 photons exceeds the floor of 1 in 37.6 % of the rays.
    const above = measured.filter(value => value < ceiling - 1e-5).length / rays
    expect(above).toBeGreaterThan(0.365)
    expect(above).toBeLessThan(0.387)
  })

  it('depend on nothing but their own ray', () => {
    const wide = strip(6, 40)
    const exact = Float64Array.from({ length: 240 }, (_, ray) => (ray % 40) / 8)
    const noise = noiseModelAt(presets['mayo-siemens'], 0.5)
    const before = acquire(exact, wide, noise, key)
    const changed = exact.slice()
    changed[85] = 12
    const after = acquire(changed, wide, noise, key)
    expect(after[85]).not.toBe(before[85])
    after[85] = before[85]!
    expect(after).toEqual(before)
    // The first views alone give the same first views.
    const short = acquire(exact.subarray(0, 80), strip(2, 40), noise, key)
    expect(short).toEqual(before.slice(0, 80))
  })

  it('are the same bits for the same key and others for another', () => {
    const small = strip(10, 10)
    const noise = noiseModelAt(presets.lodopab, 1)
    const exact = new Float64Array(100).fill(2)
    expect(acquire(exact, small, noise, key)).toEqual(acquire(exact, small, noise, key))
    const other = acquire(exact, small, noise, seedKey('another'))
    expect(acquire(exact, small, noise, key).filter((value, ray) => value === other[ray]).length).toBeLessThan(20)
  })

  it('keep their mean behind a bowtie and take its noise', () => {
    const bowtie = Array.from({ length: 400 }, (_, bin) => (bin < 200 ? 1 : 0.25))
    const noise: NoiseModel = { photonsPerRay: 1e5, bowtie, electronicNoise: 0, floor: 1 }
    const measured = acquire(new Float64Array(rays).fill(2), geometry, noise, key)
    const inner = moments(measured.filter((_, ray) => ray % 400 < 200))
    const outer = moments(measured.filter((_, ray) => ray % 400 >= 200))
    expect(inner.mean).toBeCloseTo(2, 3)
    expect(outer.mean).toBeCloseTo(2, 3)
    expect(outer.variance / inner.variance).toBeGreaterThan(3.9)
    expect(outer.variance / inner.variance).toBeLessThan(4.1)
  })
})

describe('what does not fit', () => {
  const noise = noiseModelAt(presets.lodopab, 1)
  it.each([0, -0.1, 1.0001, 2, NaN, Infinity])('refuses a dose of %s', dose => {
    expect(() => requireDose(dose)).toThrow(/Dose is .*above 0, at most 1/)
  })
  it.each([0, -5, NaN, Infinity])('refuses %s photons', photonsPerRay => {
    expect(() => noiseModelAt(presets.lodopab, 1, { photonsPerRay })).toThrow(/Photons per ray is/)
  })
  it.each([-1, NaN, Infinity])('refuses an electronic noise of %s', electronicNoise => {
    expect(() => noiseModelAt(presets.lodopab, 1, { electronicNoise })).toThrow(/Electronic noise is/)
  })
  it('refuses a dose that leaves less than one photon per ray', () => {
    expect(() => noiseModelAt(presets.lodopab, 1e-300)).toThrow(
      'Dose 1e-300 of 4096 photons per ray leaves 4.096e-297 (preset lodopab), expected at least 1. Raise the dose or the photons.',
    )
    expect(() => noiseModelAt(presets.lodopab, 0.5, { photonsPerRay: 1.9 })).toThrow('expected at least 1')
    expect(noiseModelAt(presets.lodopab, 1 / 4096).photonsPerRay).toBe(1)
  })
  it('scales photons by dose and takes overrides', () => {
    expect(noiseModelAt(presets.lodopab, 0.25)).toEqual({ photonsPerRay: 1024, bowtie: null, electronicNoise: 0, floor: 0.1 })
    const changed = noiseModelAt(presets.lodopab, 0.5, { photonsPerRay: 100, electronicNoise: 2 })
    expect(changed).toMatchObject({ photonsPerRay: 50, electronicNoise: 2 })
  })
  it('refuses integrals of another shape, or not finite, and a bowtie that does not fit', () => {
    const geometry = strip(2, 3)
    expect(() => acquire(new Float64Array(5), geometry, noise, key)).toThrow('2 views × 3 bins needs 6')
    expect(() => acquire([0, 0, 0, 0, NaN, 0], geometry, noise, key)).toThrow('view 1, bin 1 is NaN')
    expect(() => acquire(new Float64Array(6), geometry, { ...noise, bowtie: [1, 1] }, key)).toThrow('2 values, the detector 3')
    expect(() => acquire(new Float64Array(6), geometry, { ...noise, bowtie: [1, 0, 1] }, key)).toThrow('passes 0 at bin 1')
  })
})

describe('counting in WebAssembly', () => {
  const random = new PhiloxRandom(seedKey('counting'))
  const bins = 37
  const exact = Float64Array.from({ length: 1000 * bins }, () => 16 * random.uniform() * random.uniform() - 0.5)
  exact.set([700, 710, 744, 746, 1e300, -0, 0], 7)
  // From no photon to a trillion a ray: every branch of the Poisson and normal draws; blocks of views that do not divide.
  it.each([0.5, 20, 4096, 321_000, 1e12])('has the bits of JavaScript at about %d photons a ray', photonsPerRay => {
    for (const [electronicNoise, floor] of [[0, 0.1], [3.2, 1]] as const) {
      const photons = Float64Array.from({ length: bins }, () => photonsPerRay * (0.2 + random.uniform()))
      const request = { exact, bins, photons, logPhotons: photons.map(exactLog), electronicNoise, floor, key: seedKey('counting', photonsPerRay) }
      expect(wasmCount(request)).toEqual(count(request))
    }
  })
})

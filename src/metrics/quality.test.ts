import { describe, expect, it } from 'vitest'
import type { QualityLayout } from '../ct/case.ts'
import { imageGrid, type ImageGrid } from '../ct/geometry.ts'
import { PhiloxRandom, seedKey } from '../ct/random.ts'
import { UserError } from '../ct/user-error.ts'
import { insertStatistics } from './insert-statistics.ts'
import { edgeMtf } from './mtf.ts'
import { noisePower, peakFrequency, radialPower } from './nps.ts'
import { measureQuality } from './quality.ts'

type Pair = readonly [Float32Array, Float32Array]

function normal(grid: ImageGrid, name: string, sigma: number): Float32Array {
  const random = new PhiloxRandom(seedKey('quality.test', name))
  return Float32Array.from({ length: grid.rows * grid.columns }, () => sigma * random.normal())
}

const white = (grid: ImageGrid, sigma: number): Pair => [normal(grid, 'first', sigma), normal(grid, 'second', sigma)]

/** A disc convolved with a Gaussian, on the grid: one chord after another has a closed form, the sum over chords is a fine trapezium rule. */
function blurredDisc(grid: ImageGrid, disc: QualityLayout['edge'], sigmaMm: number): Float32Array {
  const stepMm = 0.05
  const profile = Array.from({ length: Math.ceil((2 * disc.radiusMm) / stepMm) }, (_, i) => {
    const r = i * stepMm
    let sum = 0
    const chords = 800
    const low = Math.max(-disc.radiusMm, r - 6 * sigmaMm)
    const high = Math.min(disc.radiusMm, r + 6 * sigmaMm)
    const width = Math.max(0, high - low) / chords
    if (width === 0) return disc.outsideHu
    for (let k = 0; k < chords; k++) {
      const x = low + (k + 0.5) * width
      const halfChord = Math.sqrt(disc.radiusMm ** 2 - x * x)
      sum += Math.exp(-((x - r) ** 2) / (2 * sigmaMm ** 2)) * erf(halfChord / (sigmaMm * Math.SQRT2)) * width
    }
    return disc.outsideHu + ((disc.insideHu - disc.outsideHu) * sum) / (sigmaMm * Math.sqrt(2 * Math.PI))
  })
  return Float32Array.from({ length: grid.rows * grid.columns }, (_, pixel) => {
    const x = ((pixel % grid.columns) - (grid.columns - 1) / 2) * grid.pixelMm - disc.xMm
    const y = ((grid.rows - 1) / 2 - Math.floor(pixel / grid.columns)) * grid.pixelMm - disc.yMm
    const at = Math.hypot(x, y) / stepMm
    const i = Math.floor(at)
    if (i + 1 >= profile.length) return disc.outsideHu
    return profile[i]! + (at - i) * (profile[i + 1]! - profile[i]!)
  })
}

/** Its Taylor series; x ≤ 4 or so is all that matters. */
function erf(x: number): number {
  if (x > 4) return 1
  let term = x
  let sum = x
  for (let n = 1; n < 100; n++) {
    term *= (-x * x) / n
    sum += term / (2 * n + 1)
  }
  return (2 / Math.sqrt(Math.PI)) * sum
}

const edge = { name: 'edge', xMm: 11.3, yMm: -7.9, radiusMm: 14, insideHu: 900, outsideHu: 0 }
const plus = (a: Float32Array, b: Float32Array) => a.map((value, i) => value + b[i]!)

describe('MTF of a disc edge', () => {
  const gaussianMtf50 = (sigmaMm: number) => Math.sqrt(Math.LN2 / 2) / (Math.PI * sigmaMm)

  it.each([
    [0.6, 0.8],
    [0.9, 0.8],
    [1.3, 0.8],
    [0.7, 0.65],
    [1.2, 1.5],
  ])('of a Gaussian blur of %f mm at pixels of %f mm has the known MTF50 within 3 percent', (sigmaMm, pixelMm) => {
    const grid = imageGrid(112, 115, pixelMm)
    const image = blurredDisc(grid, edge, sigmaMm)
    const { mtf50PerMm, mtf } = edgeMtf([image, image], grid, edge)
    expect(Math.abs(mtf50PerMm! / gaussianMtf50(sigmaMm) - 1)).toBeLessThan(0.03)
    expect(mtf.frequencyPerMm[0]).toBe(0)
    expect(mtf.value[0]).toBe(1)
    expect(mtf.frequencyPerMm.at(-1)).toBeCloseTo(0.5 / pixelMm, 12)
    mtf.frequencyPerMm.forEach((f, k) =>
      expect(Math.abs(mtf.value[k]! - Math.exp(-2 * (Math.PI * sigmaMm * f) ** 2)), `${f} /mm`).toBeLessThan(0.025),
    )
  })

  it('keeps its MTF50 within 3 % in the noise of a low dose (40 HU)', () => {
    const grid = imageGrid(96, 96, 0.8)
    const image = blurredDisc(grid, edge, 0.9)
    const [a, b] = white(grid, 40)
    const { mtf50PerMm } = edgeMtf([plus(image, a), plus(image, b)], grid, edge)
    expect(Math.abs(mtf50PerMm! / gaussianMtf50(0.9) - 1)).toBeLessThan(0.03)
  })

  it('is the same for an inverted edge and any offset', () => {
    const grid = imageGrid(96, 96, 0.8)
    const image = blurredDisc(grid, edge, 0.9)
    const inverted = image.map(hu => 100 - hu)
    const straight = edgeMtf([image, image], grid, edge).mtf50PerMm!
    expect(edgeMtf([inverted, inverted], grid, edge).mtf50PerMm).toBeCloseTo(straight, 5)
  })

  it('has no MTF50 where the blur is finer than the pixels, and none without an edge', () => {
    const grid = imageGrid(96, 96, 0.8)
    const sharp = blurredDisc(grid, edge, 0.2)
    expect(edgeMtf([sharp, sharp], grid, edge).mtf50PerMm).toBeNull()
    const flat = new Float32Array(96 * 96).fill(300)
    expect(edgeMtf([flat, flat], grid, edge)).toEqual({ mtf50PerMm: null, mtf: { frequencyPerMm: [], value: [] } })
  })
})

describe('noise power spectrum', () => {
  const grid = imageGrid(160, 160, 0.7)
  const discs = [
    { name: 'middle', xMm: 3.1, yMm: -2.2, radiusMm: 50 },
    { name: 'side', xMm: 0, yMm: 0, radiusMm: 32 },
  ]

  it('of white noise is flat at variance times pixel area', () => {
    const { frequencyPerMm, value } = radialPower(noisePower(white(grid, 20), grid, discs))
    const level = 400 * 0.49
    const mean = value.reduce((a, b) => a + b) / value.length
    expect(Math.abs(mean / level - 1)).toBeLessThan(0.05) // about 3,000 independent values
    // Rings of more than 100 values scatter by less than 10 %; the first hold few.
    value.slice(12).forEach((power, k) => expect(Math.abs(power / level - 1), `${frequencyPerMm[k + 12]}`).toBeLessThan(0.3))
    expect(frequencyPerMm.at(-1)!).toBeLessThanOrEqual(0.5 / 0.7 + 1e-12)
  })

  it('integrates to the variance of the noise (Parseval)', () => {
    const images = white(grid, 20)
    const one = [discs[1]!]
    const { size, stepPerMm, power } = noisePower(images, grid, one)
    expect(size).toBe(63) // floor(√2 · 32 / 0.7) − 1: a single region
    const integral = power.reduce((a, b) => a + b) * stepPerMm ** 2
    // The same region by hand, its plane left in: that carries 3 of 3969 degrees of freedom.
    const first = Math.round(79.5 - 31)
    let sum = 0
    let squares = 0
    for (let r = first; r < first + size; r++)
      for (let c = first; c < first + size; c++) {
        const difference = images[0][r * 160 + c]! - images[1][r * 160 + c]!
        sum += difference
        squares += difference ** 2
      }
    const variance = (squares / size ** 2 - (sum / size ** 2) ** 2) / 2
    expect(integral).toBeLessThanOrEqual(variance)
    expect(integral / variance).toBeGreaterThan(1 - 0.005)
  })

  it('ignores the object and any tilt of the difference', () => {
    const [a, b] = white(grid, 20)
    const object = Float32Array.from(a, (_, i) => (i % 160 > 70 ? 700 : -300))
    const tilt = Float32Array.from(b, (_, i) => 0.8 * (i % 160) - 1.3 * Math.floor(i / 160))
    const plain = noisePower([a, b], grid, discs).power
    const disturbed = noisePower([plus(a, object), plus(plus(b, object), tilt)], grid, discs).power
    const scale = Math.max(...plain)
    plain.forEach((power, i) => expect(Math.abs(disturbed[i]! - power)).toBeLessThan(1e-3 * scale))
  })

  it('of filtered noise follows the filter, and finds its peak', () => {
    // Two-point differences along both axes of noise smoothed by (1, 2, 1)/4: a band-pass with a known response.
    const smooth = (values: Float32Array, stride: number) =>
      values.map((value, i) => (2 * value + (values[i - stride] ?? 0) + (values[i + stride] ?? 0)) / 4)
    const laplace = (values: Float32Array) =>
      values.map((v, i) => 4 * v - (values[i - 1] ?? 0) - (values[i + 1] ?? 0) - (values[i - 160] ?? 0) - (values[i + 160] ?? 0))
    const filter = (values: Float32Array) => laplace(smooth(smooth(smooth(smooth(values, 1), 160), 1), 160))
    const response = (x: number, y: number) =>
      (4 - 2 * Math.cos(x) - 2 * Math.cos(y)) * ((1 + Math.cos(x)) / 2) ** 2 * ((1 + Math.cos(y)) / 2) ** 2
    // The mean of eight pairs: a ring of 30 values then scatters by about 5 %.
    const spectra = Array.from({ length: 8 }, (_, pair) =>
      noisePower([filter(normal(grid, `a${pair}`, 20)), filter(normal(grid, `b${pair}`, 20))], grid, discs),
    )
    const spectrum = spectra[0]!
    const curve = radialPower({ ...spectrum, power: spectrum.power.map((_, i) => spectra.reduce((sum, one) => sum + one.power[i]!, 0) / 8) })
    // The expected spectrum, averaged over the same rings.
    const expected = radialPower({
      ...spectrum,
      power: spectrum.power.map((_, i) => {
        const x = (2 * Math.PI * (i % spectrum.size)) / spectrum.size
        const y = (2 * Math.PI * Math.floor(i / spectrum.size)) / spectrum.size
        return 400 * 0.49 * response(x, y) ** 2
      }),
    })
    const highest = Math.max(...expected.value)
    curve.value.forEach((power, k) => expect(Math.abs(power - expected.value[k]!)).toBeLessThan(0.1 * highest))
    const total = (values: number[]) => values.reduce((sum, value, k) => sum + value * (k + 1), 0)
    expect(total(curve.value) / total(expected.value)).toBeCloseTo(1, 1)
    expect(Math.abs(peakFrequency(curve) - peakFrequency(expected))).toBeLessThan(0.04) // two frequency steps
  })

  it('has its peak between the samples of a smooth curve, and none without noise', () => {
    const frequencyPerMm = Array.from({ length: 20 }, (_, k) => 0.05 * (k + 1))
    const value = frequencyPerMm.map(f => Math.exp(-((f - 0.33) ** 2) / 0.05))
    expect(peakFrequency({ frequencyPerMm, value })).toBeCloseTo(0.33, 3)
    expect(peakFrequency({ frequencyPerMm, value: value.map(() => 0) })).toBe(0)
  })
})

describe('inserts', () => {
  const grid = imageGrid(101, 101, 0.8)
  const insert = { name: 'acrylic', xMm: 12, yMm: 10, radiusMm: 9, hu: 120 }

  it('have the bias and noise that were put in, whatever surrounds them', () => {
    const [a, b] = white(grid, 25)
    const object = Float32Array.from(a, (_, i) => {
      const x = ((i % 101) - 50) * 0.8 - insert.xMm
      const y = (50 - Math.floor(i / 101)) * 0.8 - insert.yMm
      return Math.hypot(x, y) <= 9 ? 127 : -900 // 7 HU too high
    })
    const found = insertStatistics([plus(object, a), plus(object, b)], grid, insert)
    expect(found).toMatchObject({ name: 'acrylic', trueHu: 120 })
    // About 270 pixels: the mean of 2 × 270 values scatters by 1.1 HU, the noise by 25/√540 = 1.1 HU. Three of each.
    expect(Math.abs(found.biasHu - 7)).toBeLessThan(3.3)
    expect(Math.abs(found.noiseHu - 25)).toBeLessThan(3.3)
  })

  it('smaller than a pixel are measured at the pixel nearest to them', () => {
    const image = new Float32Array(101 * 101)
    image[50 * 101 + 51] = 14
    const second = image.map(hu => hu * 3)
    const found = insertStatistics([image, second], grid, { name: 'dot', xMm: 0.55, yMm: 0.2, radiusMm: 0.3, hu: 20 })
    expect(found).toEqual({ name: 'dot', trueHu: 20, biasHu: 8, noiseHu: 28 / Math.SQRT2 })
  })
})

describe('image quality as a whole', () => {
  const grid = imageGrid(120, 120, 0.8)
  const layout: QualityLayout = {
    inserts: [{ name: 'bone', xMm: 11.3, yMm: -7.9, radiusMm: 9, hu: 900 }],
    edge,
    uniform: [{ name: 'water', xMm: -25, yMm: 22, radiusMm: 18 }],
  }

  it('is finite throughout and the same for either order of the realisations', () => {
    const image = blurredDisc(grid, edge, 0.9)
    const [a, b] = white(grid, 15)
    const pair: Pair = [plus(image, a), plus(image, b)]
    const quality = measureQuality(pair, grid, layout)
    expect(JSON.parse(JSON.stringify(quality))).toEqual(quality)
    expect([...quality.nps.value, ...quality.mtf.value, quality.npsPeakPerMm].every(Number.isFinite)).toBe(true)
    const swapped = measureQuality([pair[1], pair[0]], grid, layout)
    expect(swapped.inserts).toEqual(quality.inserts)
    expect(swapped.mtf50PerMm).toBe(quality.mtf50PerMm)
    quality.nps.value.forEach((power, k) => expect(swapped.nps.value[k]).toBeCloseTo(power, 6))
  })

  it.each([
    ['an image of another shape', [new Float32Array(9), new Float32Array(9)], grid, layout, /Image has 9 values/],
    ['an insert off the grid', null, grid, { ...layout, inserts: [{ ...layout.inserts[0]!, xMm: 60 }] }, /"bone" needs .* Use a preset/],
    ['an edge too small for the pixels', null, imageGrid(120, 120, 2), layout, /edge "edge" has a radius of 14 mm, its MTF needs 16 mm/],
    ['a uniform disc too small', null, grid, { ...layout, uniform: [{ ...layout.uniform[0]!, radiusMm: 4 }] }, /holds no square of 8 pixels/],
    ['no uniform disc', null, grid, { ...layout, uniform: [] }, /names no uniform disc/],
  ] as const)('refuses %s', (_, images, where, what, message) => {
    const blank = new Float32Array(120 * 120)
    const measure = () => measureQuality((images as Pair | null) ?? [blank, blank], where, what)
    expect(measure).toThrow(message)
    expect(measure).toThrow(UserError)
  })
})

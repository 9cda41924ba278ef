// Each denoiser against its formula, written out pixel by pixel.

import { describe, expect, it } from 'vitest'
import { estimateNoiseHu, PhiloxRandom, seedKey, wasmSimilarPixels } from '../src/api.ts'
import bilateral from './bilateral.ts'
import gaussian from './gaussian.ts'
import nlm, { similarPixels } from './nlm.ts'

const rows = 23
const columns = 19
const pixelMm = 0.7
const random = new PhiloxRandom(seedKey('denoisers'))
const noisy = Float32Array.from({ length: rows * columns }, (_, i) => (i % columns > 9 ? 60 : -40) + 15 * random.normal())
const level = estimateNoiseHu(noisy, rows, columns)

const input = (hu: Float32Array) => ({
  hu: hu.slice(),
  rows,
  columns,
  pixelMm,
  noise: null,
  random: new PhiloxRandom(seedKey('unused')),
  signal: new AbortController().signal,
})
const parse = <P>(method: { parameters: { parse(value: unknown): P } }, values: object): P => method.parameters.parse(values)

const mirrored = (index: number, length: number): number => (index < 0 ? -1 - index : index >= length ? 2 * length - 1 - index : index)
const pixel = (row: number, column: number): number => noisy[mirrored(row, rows) * columns + mirrored(column, columns)]!
const inside = (row: number, column: number): boolean => row >= 0 && row < rows && column >= 0 && column < columns

function worst(found: Float32Array, expected: (row: number, column: number) => number): number {
  return Math.max(...found.map((value, i) => Math.abs(value - expected(Math.floor(i / columns), i % columns))))
}

describe('non-local means', () => {
  it.each([
    [rows, columns, 0, 3, 20],
    [rows, columns, 1, 9, 5],
    [rows, columns, 2, 4, 60],
    [16, 24, 1, 3, 40],
    [5, 4, 3, 9, 1e-3], // shifts beyond the image, and the smallest distances
  ])('has the same bits in WebAssembly and in JavaScript: %i × %i, patch %i, search %i, h %d', (height, width, patch, search, h) => {
    const image = noisy.slice(0, height * width)
    const stride = width + 2 * patch
    const padded = Float64Array.from({ length: (height + 2 * patch) * stride }, (_, i) => {
      const [row, column] = [Math.floor(i / stride) - patch, (i % stride) - patch]
      return image[mirrored(row, height) * width + mirrored(column, width)]!
    })
    const request = { image, padded, rows: height, columns: width, patch, search, h }
    const expected = similarPixels(request)
    expect(expected.largest.some(weight => weight > 0)).toBe(h > 1)
    expect(wasmSimilarPixels(request)).toEqual(expected)
  })

  // The table of weights is exact to 0.1 %, on differences of up to 150 HU.
  it.each([
    { patchRadius: 2, searchRadius: 4, strength: 1.3 },
    { patchRadius: 0, searchRadius: 2, strength: 2 },
    { patchRadius: 1, searchRadius: 9, strength: 0.7 },
  ])('is the weighted mean over similar patches: $patchRadius, $searchRadius, $strength', async settings => {
    const { patchRadius, searchRadius, strength } = settings
    const h = strength * level
    const weight = (row: number, column: number, dy: number, dx: number): number => {
      let sum = 0
      for (let y = -patchRadius; y <= patchRadius; y++)
        for (let x = -patchRadius; x <= patchRadius; x++) sum += (pixel(row + y, column + x) - pixel(row + dy + y, column + dx + x)) ** 2
      return Math.exp(-sum / (2 * patchRadius + 1) ** 2 / h ** 2)
    }
    const expected = (row: number, column: number): number => {
      let [sum, weights, largest] = [0, 0, 0]
      for (let dy = -searchRadius; dy <= searchRadius; dy++)
        for (let dx = -searchRadius; dx <= searchRadius; dx++) {
          if ((dy === 0 && dx === 0) || !inside(row + dy, column + dx)) continue
          const w = weight(row, column, dy, dx)
          sum += w * pixel(row + dy, column + dx)
          weights += w
          largest = Math.max(largest, w)
        }
      return (sum + largest * pixel(row, column)) / (weights + largest)
    }
    expect(worst(await nlm.denoise(input(noisy), parse(nlm, settings)), expected)).toBeLessThan(0.1)
  })

  it('keeps an image without noise, and a pixel that nothing looks like', async () => {
    const flat = new Float32Array(rows * columns).fill(30)
    expect(await nlm.denoise(input(flat), parse(nlm, {}))).toEqual(flat)
    const spike = noisy.slice()
    spike[10 * columns + 5] = 1e5
    const denoised = await nlm.denoise(input(spike), parse(nlm, { patchRadius: 0 }))
    expect(denoised[10 * columns + 5]).toBe(1e5)
  })
})

describe('the bilateral filter', () => {
  it('is the mean weighted by distance and by difference of CT number', async () => {
    const [sigma, range] = [1.6, 1.5 * level]
    const radius = Math.ceil(2.5 * sigma)
    const expected = (row: number, column: number): number => {
      let [sum, weights] = [0, 0]
      for (let dy = -radius; dy <= radius; dy++)
        for (let dx = -radius; dx <= radius; dx++) {
          if (!inside(row + dy, column + dx) || dx * dx + dy * dy > radius * radius) continue
          const difference = pixel(row, column) - pixel(row + dy, column + dx)
          const w = Math.exp(-(dx * dx + dy * dy) / (2 * sigma ** 2) - difference ** 2 / (2 * range ** 2))
          sum += w * pixel(row + dy, column + dx)
          weights += w
        }
      return sum / weights
    }
    const found = await bilateral.denoise(input(noisy), parse(bilateral, { sigmaMm: sigma * pixelMm, strength: 1.5 }))
    expect(worst(found, expected)).toBeLessThan(0.1)
  })
})

describe('Gaussian smoothing', () => {
  it('spreads a point to the asked-for width and keeps its mass and place', async () => {
    const point = new Float32Array(rows * columns)
    point[11 * columns + 9] = 1000
    const blurred = await gaussian.denoise(input(point), parse(gaussian, { sigmaMm: 1.4 * pixelMm }))
    const moment = (power: (row: number, column: number) => number): number =>
      blurred.reduce((sum, value, i) => sum + (value / 1000) * power(Math.floor(i / columns) - 11, (i % columns) - 9), 0)
    expect(moment(() => 1)).toBeCloseTo(1, 6)
    expect(moment(row => row)).toBeCloseTo(0, 6)
    expect(moment((_, column) => column)).toBeCloseTo(0, 6)
    // Cut at 4 σ, a Gaussian loses 0.1 % of its variance.
    expect(moment(row => row * row) / 1.4 ** 2).toBeCloseTo(1, 2)
    expect(moment((_, column) => column * column) / 1.4 ** 2).toBeCloseTo(1, 2)
  })

  it('leaves a constant image as it is, edges included', async () => {
    const blurred = await gaussian.denoise(input(new Float32Array(rows * columns).fill(-300)), parse(gaussian, { sigmaMm: 9 }))
    for (const value of blurred) expect(value).toBeCloseTo(-300, 3)
  })
})

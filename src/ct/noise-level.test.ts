import { expect, it } from 'vitest'
import { estimateNoiseHu } from './noise-level.ts'
import { PhiloxRandom, seedKey } from './random.ts'

const side = 160

function noisyImage(sigma: number, object: (row: number, column: number) => number): Float32Array {
  const random = new PhiloxRandom(seedKey('noise level'))
  return Float32Array.from({ length: side * side }, (_, i) => object(Math.floor(i / side), i % side) + sigma * random.normal())
}

// The median of 20,000 dependent values scatters by about 1 %; 4 % is four times that.
it('finds the level of white noise on a smooth ramp', () => {
  const hu = noisyImage(20, (row, column) => 0.5 * row - 0.3 * column)
  expect(Math.abs(estimateNoiseHu(hu, side, side) / 20 - 1)).toBeLessThan(0.04)
})

it('is little moved by edges far above the noise', () => {
  const hu = noisyImage(20, (row, column) => (Math.floor(row / 20) + Math.floor(column / 20)) % 2 === 0 ? 0 : 800)
  expect(estimateNoiseHu(hu, side, side) / 20).toBeLessThan(1.8)
})

it('does not count the air around the patient, which has less noise', () => {
  const inBody = (row: number, column: number) => (row - 80) ** 2 + (column - 80) ** 2 < 55 ** 2
  const random = new PhiloxRandom(seedKey('air'))
  const hu = Float32Array.from({ length: side * side }, (_, i) =>
    inBody(Math.floor(i / side), i % side) ? 20 * random.normal() : -1000 + 2 * random.normal(),
  )
  // A tenth of the pixels have a mask that straddles the skin and respond above every other, so the median
  // lies at 0.5/0.9 of the rest: Φ⁻¹(0.778)/Φ⁻¹(0.75) = 1.134, with 1 % of scatter. Counting the air gives 0.3.
  const ratio = estimateNoiseHu(hu, side, side) / 20
  expect(ratio).toBeGreaterThan(1)
  expect(ratio).toBeLessThan(1.134 + 0.04)
})

it('scales with the image and is 0 where there is no noise', () => {
  const hu = noisyImage(20, () => 40)
  const doubled = hu.map(value => 2 * value)
  expect(estimateNoiseHu(doubled, side, side)).toBeCloseTo(2 * estimateNoiseHu(hu, side, side), 10)
  expect(estimateNoiseHu(new Float32Array(side * side), side, side)).toBe(0)
  expect(estimateNoiseHu(new Float32Array(12), 3, 4)).toBe(0)
})

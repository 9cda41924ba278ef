import { expect, test } from 'vitest'
import { PhiloxRandom, seedKey } from '../ct/random.ts'
import { inscribedCircle } from './inscribed-circle.ts'
import { similarity, ssim, type SsimSettings } from './ssim.ts'
import { wasmSimilarity } from './wasm-score.ts'

const random = new PhiloxRandom(seedKey('ssim'))
const settings: readonly SsimSettings[] = [
  { window: 'gaussian', covariance: 'population', border: 'inside' },
  { window: 'gaussian', covariance: 'population', border: 'zeros' },
  { window: 'uniform', covariance: 'sample', border: 'inside' },
]

// One window, one column or row of them, odd and even numbers of each.
test.each([
  [11, 11],
  [12, 11],
  [11, 14],
  [37, 30],
  [40, 41],
])('WebAssembly and JavaScript give the same bits: %i × %i', (rows, columns) => {
  const truth = Float64Array.from({ length: rows * columns }, () => 1000 * random.uniform() - 300)
  const image = truth.map(value => value + 200 * random.normal())
  for (const { window, border } of settings)
    for (const region of [null, inscribedCircle(rows, columns)]) {
      const weights = Float64Array.from({ length: window === 'gaussian' ? 11 : 7 }, (_, k) => (window === 'gaussian' ? 1 / (5 + Math.abs(k - 5)) : 1 / 7))
      const pad = border === 'zeros' ? (weights.length - 1) / 2 : 0
      const request = { truth, image, rows, columns, weights, pad, norm: 49 / 48, ranges: [400, 1], region }
      const expected = similarity(request)
      expect(expected.count).toBeGreaterThan(0)
      expect(wasmSimilarity(request)).toEqual(expected)
    }
})

test('an image is like itself, and less like another', () => {
  const truth = Float64Array.from({ length: 20 * 20 }, () => random.uniform())
  for (const one of settings) {
    expect(ssim(truth, truth, 20, 20, [1], one)).toEqual([1])
    expect(ssim(truth, truth.toReversed(), 20, 20, [1], one)[0]).toBeLessThan(0.5)
  }
})

import { expect, test } from 'vitest'
import { PhiloxRandom, seedKey } from '../ct/random.ts'
import { compareValues } from './compare.ts'
import { inscribedCircle } from './inscribed-circle.ts'
import { ssimWindow } from './ssim.ts'
import { wasmCompare } from './wasm-score.ts'

const random = new PhiloxRandom(seedKey('compare'))

// An odd number of pixels, values on and beyond every limit, one range and two.
test.each([
  [21, 23],
  [32, 32],
])('WebAssembly and JavaScript give the same bits: %i × %i', (rows, columns) => {
  const truthHu = Float32Array.from({ length: rows * columns }, (_, i) => (i % 7 === 0 ? -160 : 3000 * random.uniform() - 1100))
  const imageHu = truthHu.map(value => value + 200 * random.normal())
  const clipped = { scale: 1, offset: 0, truthLimits: [-160, 240], imageLimits: [-160, 240] } as const
  const attenuation = { scale: 2.4e-4, offset: 0.25, truthLimits: [0, 1], imageLimits: [-Infinity, Infinity] } as const
  const gaussian = ssimWindow(rows, columns, { window: 'gaussian', covariance: 'population', border: 'zeros' })
  const uniform = ssimWindow(rows, columns, { window: 'uniform', covariance: 'sample', border: 'inside' })
  const largest = (truth: Float64Array): number[] => [Math.max(...truth), 1]
  for (const [map, window, rangesOf] of [[clipped, gaussian, () => [400]], [attenuation, uniform, largest]] as const)
    for (const region of [null, inscribedCircle(rows, columns)]) {
      const request = { truthHu, imageHu, rows, columns, map, region, window, rangesOf }
      const expected = compareValues(request)
      expect(expected.meanSquaredError).toBeGreaterThan(0)
      expect(wasmCompare(request)).toEqual(expected)
    }
})

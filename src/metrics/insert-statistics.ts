// Bias and noise of discs of known CT number. The bias is of the mean of two noise
// realisations; the noise is from their difference, in which the object cancels.

import type { Disc } from '../ct/case.ts'
import type { ImageGrid } from '../ct/geometry.ts'
import { discPixels } from './disc-pixels.ts'

export interface InsertStatistics {
  readonly name: string
  /** CT number of the drawn object, HU. */
  readonly trueHu: number
  /** Mean of both images inside the insert minus trueHu, HU. */
  readonly biasHu: number
  /** Standard deviation of the noise inside the insert, HU. */
  readonly noiseHu: number
}

/** Share of an insert's radius that is measured at least, and the pixels at its edge that are left out where it is large. */
const innerShare = 0.6
const edgePixels = 2

/**
 * Statistics over the pixels well inside the insert: their centres keep two pixels from its edge, or lie within 0.6 of its
 * radius, whichever is more; the pixel nearest to its centre where the insert is smaller than that. The noise is
 * sqrt(mean(difference²)/2): the difference of two realisations is known to have mean 0, so nothing is subtracted.
 * @param images Two realisations. Row-major [row][column], float32, HU.
 * @throws UserError when the insert does not lie on the grid.
 */
export function insertStatistics(
  images: readonly [Float32Array, Float32Array],
  grid: ImageGrid,
  insert: Disc & { readonly hu: number },
): InsertStatistics {
  const radiusMm = Math.max(innerShare * insert.radiusMm, insert.radiusMm - edgePixels * grid.pixelMm)
  const pixels = discPixels(grid, insert, radiusMm)
  const [first, second] = images
  let sum = 0
  let squares = 0
  for (const pixel of pixels) {
    const a = first[pixel]!
    const b = second[pixel]!
    sum += a + b
    squares += (a - b) * (a - b)
  }
  return {
    name: insert.name,
    trueHu: insert.hu,
    biasHu: sum / (2 * pixels.length) - insert.hu,
    noiseHu: Math.sqrt(squares / (2 * pixels.length)),
  }
}

// FBP from all views but every K-th, without filtering again: factors on the rows of a
// filtered sinogram, one for each view. View v belongs to split v mod K.
// Trap: K/(K − 1) is right only where K divides the number of views. Else the splits'
// gaps are uneven where the turn closes, a split more or less falls away with each k,
// and the image's CT numbers would step from k to k.

import type { Geometry } from './geometry.ts'
import { viewCount } from './geometry.ts'
import { UserError } from './user-error.ts'
import { viewWeights } from './view-weights.ts'

/**
 * factors[k][view], float64: with them, back-projection gives the mean of the FBPs of all
 * splits but k, each with the angular weights of its own views; 0 for the views of split k.
 * Exact for parallel beams and full fan scans; of a short scan each split keeps the whole
 * scan's redundancy weights.
 * @throws UserError when there are fewer views than splits.
 */
export function leftOutFactors(geometry: Geometry, splits: number): Float64Array[] {
  const views = viewCount(geometry)
  if (views < splits) throw new UserError(`${views} views cannot be shared out among ${splits} splits. Scan with more views.`)
  const whole = viewWeights(geometry)
  const own = new Float64Array(views)
  for (let split = 0; split < splits; split++) {
    const part = viewWeights({ ...geometry, anglesRad: geometry.anglesRad.filter((_, view) => view % splits === split) })
    for (let i = 0, view = split; view < views; i++, view += splits) own[view] = part[i]! / whole[view]!
  }
  return Array.from({ length: splits }, (_, left) => own.map((factor, view) => (view % splits === left ? 0 : factor / (splits - 1))))
}

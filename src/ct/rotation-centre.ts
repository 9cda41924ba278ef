// Where on the detector the axis of rotation falls, from parallel projections alone:
// the view at θ + π is the view at θ mirrored about the axis, so the shift that
// matches them is twice the distance from the detector's middle. Trap: half-turn
// scans stop one step before π, and features move by several bins a step; the
// opposite view is therefore made by interpolating, or at the seam extrapolating,
// linearly between two views.

import type { ParallelBeam } from './geometry.ts'
import { UserError } from './user-error.ts'

/** The axis is looked for in this middle part of the detector. */
const searchedPart = 0.5
/** Median over so many pairs is plenty. */
const mostPairs = 64

/**
 * The bin (from 0, with fraction) that the axis of rotation projects to. The object
 * must not leave the field of view.
 * @param data row-major [view][bin], line integrals.
 * @throws UserError when no two views are opposite, or nothing was scanned.
 */
export function estimateRotationCentre(geometry: Pick<ParallelBeam, 'anglesRad' | 'bins'>, data: Float32Array): number {
  const { anglesRad, bins } = geometry
  const centres: number[] = []
  const step = Math.max(1, Math.floor(anglesRad.length / mostPairs))
  for (let view = 0; view < anglesRad.length; view++) {
    if (view % step !== 0 && view !== anglesRad.length - 1) continue
    for (const halfTurn of [Math.PI, -Math.PI]) {
      const opposite = viewAt(geometry, data, anglesRad[view]! + halfTurn)
      if (!opposite) continue
      const centre = centreOfPair(data.subarray(view * bins, (view + 1) * bins), opposite)
      if (centre !== null) centres.push(centre)
    }
  }
  if (centres.length === 0)
    throw new UserError(
      `The centre of rotation cannot be estimated from ${anglesRad.length} views: none has an opposite one. Give it with --centre BINS.`,
    )
  centres.sort((a, b) => a - b)
  const middle = (centres.length - 1) / 2
  return (centres[Math.floor(middle)]! + centres[Math.ceil(middle)]!) / 2
}

/** The projection at an angle, linear between the two nearest views; up to one and a half steps beyond the scan. Null further out. */
function viewAt({ anglesRad, bins }: Pick<ParallelBeam, 'anglesRad' | 'bins'>, data: Float32Array, angle: number): Float64Array | null {
  const order = anglesRad.map((value, view) => ({ view, distance: Math.abs(value - angle) })).sort((a, b) => a.distance - b.distance)
  const [near, next] = order
  if (!near || !next) return null
  const gap = anglesRad[next.view]! - anglesRad[near.view]!
  const weight = gap === 0 ? 0 : (angle - anglesRad[near.view]!) / gap
  if (Math.abs(weight) > 1.5) return null
  return Float64Array.from({ length: bins }, (_, bin) => (1 - weight) * data[near.view * bins + bin]! + weight * data[next.view * bins + bin]!)
}

/** Least mean squared difference between a view and its mirrored opposite, over shifts by whole bins, refined by a parabola. */
function centreOfPair(view: Float32Array, opposite: Float64Array): number | null {
  const bins = view.length
  // Bin b of the view meets bin m − b of the opposite one: the axis lies at m/2.
  const lowest = Math.ceil((bins - 1) * (1 - searchedPart))
  const highest = Math.floor((bins - 1) * (1 + searchedPart))
  const differences = new Float64Array(highest - lowest + 1)
  for (let m = lowest; m <= highest; m++) {
    let sum = 0
    const from = Math.max(0, m - bins + 1)
    const to = Math.min(bins - 1, m)
    for (let bin = from; bin <= to; bin++) sum += (view[bin]! - opposite[m - bin]!) ** 2
    // Bins without a partner are compared with air.
    for (let bin = 0; bin < bins; bin++) if (bin < from || bin > to) sum += view[bin]! ** 2 + opposite[bin]! ** 2
    differences[m - lowest] = sum
  }
  const best = differences.indexOf(Math.min(...differences))
  if (best <= 0 || best >= differences.length - 1) return null
  const [before, at, after] = [differences[best - 1]!, differences[best]!, differences[best + 1]!]
  const curvature = before - 2 * at + after
  return curvature > 0 ? (lowest + best + (before - after) / (2 * curvature)) / 2 : null
}

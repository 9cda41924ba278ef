// The rays of one view as lines n·p = s with |n| = 1, for every geometry alike.
// Fan: a ray at the angle γ from the central one has n = (cos(θ − γ), sin(θ − γ)) and
// s = sourceToIsocentreMm · sin γ; tan γ grows with the bin and needs no inverse.

import { exactCos, exactSin } from '../ct/exact-math.ts'
import type { Geometry } from '../ct/geometry.ts'

export interface Rays {
  readonly bins: number
  /** Of each bin in the view last aimed at. */
  readonly normalX: Float64Array
  readonly normalY: Float64Array
  readonly distanceMm: Float64Array
  /** Turns the rays to a view. */
  aim(view: number): void
  /**
   * Writes into `range` the first and last bin whose ray can meet the ellipse c, Σ·scale² (compiled-shapes.ts);
   * up to a bin too many at either end, first > last when none.
   */
  shadow(range: Int32Array, x: number, y: number, xx: number, xy: number, yy: number, root: number, scale: number): void
}

export function raysOf(geometry: Geometry): Rays {
  const { bins, pitchMm } = geometry
  const firstMm = geometry.offsetMm - ((bins - 1) / 2) * pitchMm
  const normalX = new Float64Array(bins)
  const normalY = new Float64Array(bins)
  const distanceMm = Float64Array.from({ length: bins }, (_, bin) => firstMm + bin * pitchMm)
  const angles = geometry.anglesRad
  let cos = 1
  let sin = 0

  if (geometry.kind === 'parallel')
    return {
      bins,
      normalX,
      normalY,
      distanceMm,
      aim(view) {
        normalX.fill((cos = exactCos(angles[view]!)))
        normalY.fill((sin = exactSin(angles[view]!)))
      },
      shadow(range, x, y, xx, xy, yy, _root, scale) {
        const centre = cos * x + sin * y
        const half = scale * Math.sqrt(cos * cos * xx + 2 * cos * sin * xy + sin * sin * yy)
        range[0] = Math.max(0, Math.floor((centre - half - firstMm) / pitchMm))
        range[1] = Math.min(bins - 1, Math.ceil((centre + half - firstMm) / pitchMm))
      },
    }

  const { sourceToIsocentreMm, sourceToDetectorMm } = geometry
  const cosFan = new Float64Array(bins)
  const sinFan = new Float64Array(bins)
  const tanFan = new Float64Array(bins)
  for (let bin = 0; bin < bins; bin++) {
    const position = distanceMm[bin]! / sourceToDetectorMm
    const length = Math.sqrt(1 + position * position)
    cosFan[bin] = geometry.detector === 'flat' ? 1 / length : exactCos(position)
    sinFan[bin] = geometry.detector === 'flat' ? position / length : exactSin(position)
    tanFan[bin] = sinFan[bin]! / cosFan[bin]!
    distanceMm[bin] = sourceToIsocentreMm * sinFan[bin]!
  }
  const countBelow = counterBelow(tanFan)
  return {
    bins,
    normalX,
    normalY,
    distanceMm,
    aim(view) {
      cos = exactCos(angles[view]!)
      sin = exactSin(angles[view]!)
      for (let bin = 0; bin < bins; bin++) {
        normalX[bin] = cos * cosFan[bin]! + sin * sinFan[bin]!
        normalY[bin] = sin * cosFan[bin]! - cos * sinFan[bin]!
      }
    },
    shadow(range, x, y, xx, xy, _yy, root, scale) {
      // The tangents from the source touch the unit disc, to which M⁻¹ carries the
      // ellipse, at (q ± q⊥·√(|q|² − 1))/|q|², q the source; M is Σ's Cholesky factor.
      const sourceX = sourceToIsocentreMm * sin
      const sourceY = -sourceToIsocentreMm * cos
      const m11 = Math.sqrt(xx) * scale
      const m21 = (xy / m11) * scale * scale
      const m22 = (root / m11) * scale * scale
      const qx = (sourceX - x) / m11
      const qy = (sourceY - y - m21 * qx) / m22
      const q2 = qx * qx + qy * qy
      if (q2 <= 1.0001) {
        range[0] = 0
        range[1] = bins - 1
        return
      }
      const h = Math.sqrt(q2 - 1)
      const ax = (m11 * (qx - qy * h)) / q2 + x - sourceX
      const ay = (m21 * (qx - qy * h) + m22 * (qy + qx * h)) / q2 + y - sourceY
      const bx = (m11 * (qx + qy * h)) / q2 + x - sourceX
      const by = (m21 * (qx + qy * h) + m22 * (qy - qx * h)) / q2 + y - sourceY
      const tanA = (ax * cos + ay * sin) / (ay * cos - ax * sin)
      const tanB = (bx * cos + by * sin) / (by * cos - bx * sin)
      range[0] = Math.max(0, countBelow(Math.min(tanA, tanB)) - 1)
      range[1] = Math.min(bins - 1, countBelow(Math.max(tanA, tanB)))
    },
  }
}

/**
 * Answers how many of the rising values lie below a limit: a table over equal steps says
 * where to begin, so that one or two comparisons remain (a third of the time of bisection).
 */
function counterBelow(values: Float64Array): (limit: number) => number {
  const count = values.length
  const lowest = values[0]!
  const stepsPerUnit = (2 * count) / (values[count - 1]! - lowest || 1)
  const begin = new Int32Array(2 * count + 1)
  for (let step = 0, below = 0; step < begin.length; step++) {
    // A step early, whatever the rounding of the division below.
    while (below < count && values[below]! < lowest + (step - 1) / stepsPerUnit) below++
    begin[step] = below
  }
  return limit => {
    if (!(limit > lowest)) return 0
    let below = begin[Math.min(2 * count, Math.floor((limit - lowest) * stepsPerUnit))]!
    while (below < count && values[below]! < limit) below++
    return below
  }
}

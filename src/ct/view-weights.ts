// How much each view and each ray counts in FBP, from the actual angles.
// Angular weights: half the gap to either neighbour (Voronoi cells on a circle of
// circumference π for parallel beams, 2π for fans). Redundancy: a full fan scan sees
// each line twice; a short scan takes Parker's weights (Parker 1982).
// Trap: with this project's axes the line (θ, γ) is (θ + π − 2γ, −γ): γ has the
// opposite sign of Parker's paper.

import { foldAngle, requireShortScan, scanDirections, scannedArc } from './angular-coverage.ts'
import { exactSin } from './exact-math.ts'
import { viewCount, type FanBeam, type Geometry } from './geometry.ts'

/** Radians that each view stands for: [view], float64. Equal directions share; a missing wedge counts as one median gap. */
export function viewWeights(geometry: Geometry): Float64Array {
  const { periodRad, groups, countedRad } = scanDirections(geometry)
  const views = viewCount(geometry)
  const weights = new Float64Array(views)
  if (groups.length === 1) return weights.fill(periodRad / views)
  groups.forEach((members, i) => {
    const before = countedRad[(i + groups.length - 1) % groups.length]!
    for (const view of members) weights[view] = (before + countedRad[i]!) / 2 / members.length
  })
  return weights
}

export interface RayWeights {
  /** [bin]: cosine of the obliquity times its scale, and ½ where a full scan sees each line twice. */
  readonly perBin: Float64Array
  /** [view][bin]: Parker's weights of a short scan; null where every ray counts alike. */
  readonly perRay: Float64Array | null
}

/**
 * Weights on line integrals before the ramp filter (Kak & Slaney 1988, ch. 3.4):
 * 1 for parallel beams, R/√(R² + s²) for flat and R·cos γ for curved fans.
 * @throws GeometryError when a short scan spans less than π + fan angle.
 */
export function rayWeights(geometry: Geometry): RayWeights {
  const perBin = new Float64Array(geometry.bins).fill(1)
  if (geometry.kind === 'parallel') return { perBin, perRay: null }
  const redundancy = geometry.scan === 'full' ? 0.5 : 1
  const { sourceToIsocentreMm, sourceToDetectorMm } = geometry
  for (let bin = 0; bin < geometry.bins; bin++) {
    const s = binCentreMm(geometry, bin)
    perBin[bin] =
      redundancy *
      (geometry.detector === 'flat'
        ? sourceToDetectorMm / Math.sqrt(sourceToDetectorMm * sourceToDetectorMm + s * s)
        : sourceToIsocentreMm * Math.cos(s / sourceToDetectorMm))
  }
  return { perBin, perRay: geometry.scan === 'short' ? parkerWeights(geometry) : null }
}

/** Detector coordinate of a bin's centre, mm. */
export function binCentreMm(geometry: Geometry, bin: number): number {
  return (bin - (geometry.bins - 1) / 2) * geometry.pitchMm + geometry.offsetMm
}

/** Fan angle γ of a bin's centre, rad, positive towards the detector axis u. */
export function fanAngleRad(geometry: FanBeam, bin: number): number {
  const s = binCentreMm(geometry, bin)
  return geometry.detector === 'curved' ? s / geometry.sourceToDetectorMm : Math.atan(s / geometry.sourceToDetectorMm)
}

/**
 * Parker's weights, [view][bin]: a smooth partition of unity over the two rays of a
 * line where both were measured. The scan spans π + 2Γ; Γ is taken from the angles,
 * so more than the fan angle is put to use; rays of an offset detector's longer side
 * that have no partner keep weight 1.
 * @throws GeometryError when the scan spans less than π + fan angle.
 */
export function parkerWeights(geometry: FanBeam): Float64Array {
  requireShortScan(geometry)
  const { startRad, spanRad } = scannedArc(geometry)
  const overscanRad = (spanRad - Math.PI) / 2 // Γ
  const { bins } = geometry
  const weights = new Float64Array(viewCount(geometry) * bins)
  for (let view = 0; view < viewCount(geometry); view++) {
    const beta = foldAngle(geometry.anglesRad[view]! - startRad, 2 * Math.PI)
    for (let bin = 0; bin < bins; bin++) {
      const gamma = fanAngleRad(geometry, bin)
      const rise = overscanRad + gamma
      const fall = overscanRad - gamma
      let weight = 1
      if (beta < 2 * rise) weight = sineSquared(beta / rise)
      else if (beta > spanRad - 2 * fall) weight = sineSquared((spanRad - beta) / fall)
      weights[view * bins + bin] = weight
    }
  }
  return weights
}

/** sin²(π/4 · x). */
function sineSquared(x: number): number {
  const sine = exactSin((Math.PI / 4) * x)
  return sine * sine
}

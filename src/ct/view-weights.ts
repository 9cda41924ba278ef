// How much each view and each ray counts in FBP, from the actual angles.
// Angular weights: half the gap to either neighbour (Voronoi cells on a circle of
// circumference π for parallel beams, 2π for fans). Redundancy: a full fan scan sees
// each line twice; a short scan takes Parker's weights (Parker 1982).
// Trap: with this project's axes the line (θ, γ) is (θ + π − 2γ, −γ): γ has the
// opposite sign of Parker's paper.

import { exactSin } from './exact-math.ts'
import { GeometryError, viewCount, type FanBeam, type Geometry } from './geometry.ts'

/** Views closer than this fraction of the mean gap count as one direction. */
const sameDirection = 1e-3
/** A gap so many times the median is a wedge that was not measured, not a coarse step. */
const wedgeGap = 3

/** Radians that each view stands for: [view], float64. Equal directions share; a missing wedge counts as one median gap. */
export function viewWeights(geometry: Geometry): Float64Array {
  const period = geometry.kind === 'parallel' ? Math.PI : 2 * Math.PI
  const views = viewCount(geometry)
  const folded = geometry.anglesRad.map(angle => fold(angle, period))
  const order = Array.from(folded.keys()).sort((a, b) => folded[a]! - folded[b]!)

  // Groups of views that look in one direction, in order of angle.
  const tolerance = (sameDirection * period) / views
  const groups: { angle: number; members: number[] }[] = []
  for (const view of order) {
    const last = groups.at(-1)
    if (last && folded[view]! - last.angle <= tolerance) last.members.push(view)
    else groups.push({ angle: folded[view]!, members: [view] })
  }
  const [first, last] = [groups[0]!, groups.at(-1)!]
  if (groups.length > 1 && first.angle + period - last.angle <= tolerance) {
    first.members.push(...last.members)
    groups.pop()
  }

  const weights = new Float64Array(views)
  if (groups.length === 1) return weights.fill(period / views)

  const gaps = groups.map((group, i) => fold((groups[i + 1] ?? first).angle - group.angle, period))
  const median = [...gaps].sort((a, b) => a - b)[Math.floor(gaps.length / 2)]!
  const counted = gaps.map(gap => (gap > wedgeGap * median ? median : gap))
  groups.forEach((group, i) => {
    const before = counted[(i + groups.length - 1) % groups.length]!
    for (const view of group.members) weights[view] = (before + counted[i]!) / 2 / group.members.length
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
 * @throws GeometryError when a short scan spans more than 2π.
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
 * so more than the fan angle is put to use, and with less (an offset or a wide
 * detector) rays without a partner keep weight 1.
 */
export function parkerWeights(geometry: FanBeam): Float64Array {
  const { startRad, spanRad } = scannedArc(geometry)
  if (spanRad > 2 * Math.PI + 1e-9)
    throw new GeometryError(`The short scan spans ${spanRad.toFixed(4)} rad, expected at most 2π. Use scan "full".`)
  const overscanRad = (spanRad - Math.PI) / 2 // Γ
  const { bins } = geometry
  const weights = new Float64Array(viewCount(geometry) * bins)
  for (let view = 0; view < viewCount(geometry); view++) {
    const beta = fold(geometry.anglesRad[view]! - startRad, 2 * Math.PI)
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

/** The arc that a short scan covers, half a step beyond its first and last view: everything but the widest gap. */
function scannedArc(geometry: FanBeam): { startRad: number; spanRad: number } {
  const period = 2 * Math.PI
  const sorted = geometry.anglesRad.map(angle => fold(angle, period)).sort((a, b) => a - b)
  const gaps = sorted.map((angle, i) => (i + 1 < sorted.length ? sorted[i + 1]! : sorted[0]! + period) - angle)
  const widest = gaps.indexOf(Math.max(...gaps))
  const arcRad = period - gaps[widest]!
  const stepRad = arcRad / Math.max(1, sorted.length - 1)
  return { startRad: sorted[(widest + 1) % sorted.length]! - stepRad / 2, spanRad: arcRad + stepRad }
}

/** The angle in [0, period). */
function fold(angle: number, period: number): number {
  const folded = angle - period * Math.floor(angle / period)
  return folded < period ? folded : 0
}

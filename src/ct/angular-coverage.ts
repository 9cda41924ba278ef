// Which directions a scan covers: their gaps, the wedges that were not measured, and
// whether a short scan is one. Limited-angle data has a geometry like any other; what
// is missing is told to whoever reconstructs it.

import { fieldOfViewRadiusMm, GeometryError, viewCount, type FanBeam, type Geometry } from './geometry.ts'

/** Views closer than this fraction of the mean gap count as one direction. */
const sameDirection = 1e-3
/** A gap so many times the median is a wedge that was not measured, not a coarse step; golden-angle views have gaps up to 4.24 times it. */
const wedgeGap = 5
const turn = 2 * Math.PI

export interface Directions {
  /** π for parallel beams, 2π for fans. */
  readonly periodRad: number
  /** Views that look in one direction, in order of angle. */
  readonly groups: readonly (readonly number[])[]
  /** [group]: radians from each group to the next one, around the circle. */
  readonly gapsRad: readonly number[]
  /** The gaps, a missing wedge counted as one median gap. */
  readonly countedRad: readonly number[]
}

export function scanDirections(geometry: Geometry): Directions {
  const periodRad = geometry.kind === 'parallel' ? Math.PI : turn
  const views = viewCount(geometry)
  const folded = geometry.anglesRad.map(angle => foldAngle(angle, periodRad))
  const order = Array.from(folded.keys()).sort((a, b) => folded[a]! - folded[b]!)

  const tolerance = (sameDirection * periodRad) / views
  const groups: { angle: number; members: number[] }[] = []
  for (const view of order) {
    const last = groups.at(-1)
    if (last && folded[view]! - last.angle <= tolerance) last.members.push(view)
    else groups.push({ angle: folded[view]!, members: [view] })
  }
  const [first, last] = [groups[0]!, groups.at(-1)!]
  if (groups.length > 1 && first.angle + periodRad - last.angle <= tolerance) {
    first.members.push(...last.members)
    groups.pop()
  }

  const gapsRad =
    groups.length === 1 ? [periodRad] : groups.map((group, i) => foldAngle((groups[i + 1] ?? first).angle - group.angle, periodRad))
  const median = [...gapsRad].sort((a, b) => a - b)[Math.floor(gapsRad.length / 2)]!
  const countedRad = gapsRad.map(gap => (gap > wedgeGap * median ? median : gap))
  return { periodRad, groups: groups.map(({ members }) => members), gapsRad, countedRad }
}

/**
 * What the scan leaves out, in one line for whoever looks at the image; null when it
 * covers all that its kind needs: half a turn, a full turn, or π + fan angle of a short scan.
 */
export function coverageNote(geometry: Geometry): string | null {
  const consequence = 'structures fade towards the missing directions and values are off'
  if (geometry.kind === 'fan' && geometry.scan === 'short') {
    const { spanRad, neededRad, stepRad } = shortScan(geometry)
    if (spanRad >= neededRad - stepRad) return null
    return `the short scan covers ${degrees(spanRad)} of the ${degrees(neededRad)} (half a turn + fan angle) that it needs: ${consequence}`
  }
  const { periodRad, countedRad } = scanDirections(geometry)
  const coveredRad = countedRad.length < 2 ? 0 : countedRad.reduce((sum, gap) => sum + gap, 0)
  if (coveredRad > periodRad * (1 - 1e-9)) return null
  const needed = geometry.kind === 'parallel' ? 'a parallel beam needs' : 'a full fan scan needs'
  return `the views cover ${degrees(coveredRad)} of the ${degrees(periodRad)} that ${needed}: ${consequence}${shortScanHint(geometry)}`
}

/** @throws GeometryError when a short scan spans less than π + fan angle (to within one step). */
export function requireShortScan(geometry: FanBeam): void {
  const { spanRad, neededRad, stepRad } = shortScan(geometry)
  if (spanRad < neededRad - stepRad - 1e-9)
    throw new GeometryError(
      `The short scan's ${viewCount(geometry)} views span ${degrees(spanRad)}, expected at least ${degrees(neededRad)} (half a turn + fan angle). ` +
        'Add views, or narrow the detector; for limited-angle data say "scan": "full" and take an iterative method.',
    )
}

/** The arc that a short scan covers, half a step beyond its first and last view: everything but the widest gap. */
export function scannedArc(geometry: FanBeam): { startRad: number; spanRad: number; stepRad: number } {
  const sorted = geometry.anglesRad.map(angle => foldAngle(angle, turn)).sort((a, b) => a - b)
  const gaps = sorted.map((angle, i) => (i + 1 < sorted.length ? sorted[i + 1]! : sorted[0]! + turn) - angle)
  const widest = gaps.indexOf(Math.max(...gaps))
  const arcRad = turn - gaps[widest]!
  const stepRad = arcRad / Math.max(1, sorted.length - 1)
  return { startRad: sorted[(widest + 1) % sorted.length]! - stepRad / 2, spanRad: arcRad + stepRad, stepRad }
}

/** The angle in [0, period). */
export function foldAngle(angle: number, period: number): number {
  const folded = angle - period * Math.floor(angle / period)
  return folded < period ? folded : 0
}

/** The fan is judged by the circle that every view sees whole: a detector's longer side needs no partner there. */
function shortScan(geometry: FanBeam): { spanRad: number; stepRad: number; neededRad: number } {
  const halfFanRad = Math.asin(fieldOfViewRadiusMm(geometry) / geometry.sourceToIsocentreMm)
  return { ...scannedArc(geometry), neededRad: Math.PI + 2 * halfFanRad }
}

/** A fan that turned far enough for a short scan but is declared full loses half of most lines. */
function shortScanHint(geometry: Geometry): string {
  if (geometry.kind === 'parallel') return ''
  const { spanRad, neededRad, stepRad } = shortScan(geometry)
  return spanRad >= neededRad - stepRad ? '; enough for a short scan: say "scan": "short" in the geometry' : ''
}

function degrees(rad: number): string {
  return `${Number(((rad * 180) / Math.PI).toFixed(1))}°`
}

// Every ray as the line { p : x·nx + y·ny = distance } with a unit normal n. A ray at
// fan angle γ of view θ is the parallel ray of view θ − γ at D·sin γ (Kak & Slaney 1988,
// ch. 3.4), so all geometries become one. exact-math only: the same bits everywhere.

import { exactCos, exactSin } from './exact-math.ts'
import type { Geometry } from './geometry.ts'

/** One view's rays; each array has one value per bin. */
export interface RayLines {
  readonly normalX: Float64Array
  readonly normalY: Float64Array
  /** Signed distance of the ray from the isocentre, mm. */
  readonly distanceMm: Float64Array
}

/** Calls `visit` for every view in order. The arrays are reused from view to view. */
export function forEachView(geometry: Geometry, visit: (view: number, rays: RayLines) => void): void {
  const { bins, pitchMm, offsetMm, anglesRad } = geometry
  const cosFan = new Float64Array(bins).fill(1)
  const sinFan = new Float64Array(bins)
  const distanceMm = new Float64Array(bins)
  for (let bin = 0; bin < bins; bin++) {
    const s = (bin - (bins - 1) / 2) * pitchMm + offsetMm
    if (geometry.kind === 'parallel') {
      distanceMm[bin] = s
      continue
    }
    const { sourceToDetectorMm } = geometry
    if (geometry.detector === 'curved') {
      cosFan[bin] = exactCos(s / sourceToDetectorMm)
      sinFan[bin] = exactSin(s / sourceToDetectorMm)
    } else {
      const hypotenuse = Math.sqrt(sourceToDetectorMm * sourceToDetectorMm + s * s)
      cosFan[bin] = sourceToDetectorMm / hypotenuse
      sinFan[bin] = s / hypotenuse
    }
    distanceMm[bin] = geometry.sourceToIsocentreMm * sinFan[bin]!
  }
  const normalX = new Float64Array(bins)
  const normalY = new Float64Array(bins)
  const rays = { normalX, normalY, distanceMm }
  for (let view = 0; view < anglesRad.length; view++) {
    const cos = exactCos(anglesRad[view]!)
    const sin = exactSin(anglesRad[view]!)
    for (let bin = 0; bin < bins; bin++) {
      normalX[bin] = cos * cosFan[bin]! + sin * sinFan[bin]!
      normalY[bin] = sin * cosFan[bin]! - cos * sinFan[bin]!
    }
    visit(view, rays)
  }
}

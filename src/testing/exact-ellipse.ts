// Exact line integrals of an ellipse, from the two ends of each ray and a quadratic
// equation: written apart from src/phantoms and src/ct/joseph.ts, so that an error
// in either shows.

import { sinogramLength, viewCount, type Geometry } from '../ct/geometry.ts'

export interface Ellipse {
  readonly xMm: number
  readonly yMm: number
  /** Half axes before the rotation, mm. */
  readonly halfWidthMm: number
  readonly halfHeightMm: number
  /** Counter-clockwise. */
  readonly rotationRad: number
  /** Attenuation, 1/mm. */
  readonly attenuation: number
}

export function disc(xMm: number, yMm: number, radiusMm: number, attenuation: number): Ellipse {
  return { xMm, yMm, halfWidthMm: radiusMm, halfHeightMm: radiusMm, rotationRad: 0, attenuation }
}

/** Row-major [view][bin], float32, dimensionless. */
export function ellipseSinogram(geometry: Geometry, ellipse: Ellipse): Float32Array {
  const data = new Float32Array(sinogramLength(geometry))
  for (let view = 0; view < viewCount(geometry); view++)
    for (let bin = 0; bin < geometry.bins; bin++) data[view * geometry.bins + bin] = chord(geometry, view, bin, ellipse)
  return data
}

function chord(geometry: Geometry, view: number, bin: number, ellipse: Ellipse): number {
  const theta = geometry.anglesRad[view]!
  const s = (bin - (geometry.bins - 1) / 2) * geometry.pitchMm + geometry.offsetMm
  // Two points of the ray in the scanner's frame at θ = 0: along +y, detector along +x.
  let from: [number, number] = [s, -1]
  let to: [number, number] = [s, 1]
  if (geometry.kind === 'fan') {
    from = [0, -geometry.sourceToIsocentreMm]
    const beyond = geometry.sourceToDetectorMm - geometry.sourceToIsocentreMm
    const gamma = s / geometry.sourceToDetectorMm
    to =
      geometry.detector === 'flat'
        ? [s, beyond]
        : [
            geometry.sourceToDetectorMm * Math.sin(gamma),
            geometry.sourceToDetectorMm * Math.cos(gamma) - geometry.sourceToIsocentreMm,
          ]
  }
  // Into the frame where the ellipse is the unit circle.
  const unit = ([x, y]: [number, number]): [number, number] => {
    const worldX = x * Math.cos(theta) - y * Math.sin(theta) - ellipse.xMm
    const worldY = x * Math.sin(theta) + y * Math.cos(theta) - ellipse.yMm
    const cos = Math.cos(ellipse.rotationRad)
    const sin = Math.sin(ellipse.rotationRad)
    return [(worldX * cos + worldY * sin) / ellipse.halfWidthMm, (-worldX * sin + worldY * cos) / ellipse.halfHeightMm]
  }
  const [px, py] = unit(from)
  const [qx, qy] = unit(to)
  const [dx, dy] = [qx - px, qy - py]
  // |p + t·d|² = 1; the two roots lie `2√discriminant / |d|²` apart in units of the segment's length.
  const a = dx * dx + dy * dy
  const b = px * dx + py * dy
  const discriminant = b * b - a * (px * px + py * py - 1)
  if (discriminant <= 0) return 0
  const segmentMm = Math.hypot(to[0] - from[0], to[1] - from[1])
  return (ellipse.attenuation * segmentMm * 2 * Math.sqrt(discriminant)) / a
}

// Exact line integrals of an ellipse, from the two ends of each ray and a quadratic
// equation: written apart from src/phantoms and src/ct/joseph.ts, so that an error
// in either shows.

import { sinogramLength, viewCount, type Geometry, type ImageGrid } from '../ct/geometry.ts'

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

/** Two points of a ray, [x, y] in mm: from the source (or a point before the object) towards the detector. */
export function rayEnds(geometry: Geometry, view: number, bin: number): [[number, number], [number, number]] {
  const theta = geometry.anglesRad[view]!
  const s = (bin - (geometry.bins - 1) / 2) * geometry.pitchMm + geometry.offsetMm
  // In the scanner's frame at θ = 0 the ray goes along +y and the detector lies along +x.
  let from: [number, number] = [s, -1]
  let to: [number, number] = [s, 1]
  if (geometry.kind === 'fan') {
    const { sourceToIsocentreMm, sourceToDetectorMm } = geometry
    const gamma = s / sourceToDetectorMm
    from = [0, -sourceToIsocentreMm]
    to =
      geometry.detector === 'flat'
        ? [s, sourceToDetectorMm - sourceToIsocentreMm]
        : [sourceToDetectorMm * Math.sin(gamma), sourceToDetectorMm * Math.cos(gamma) - sourceToIsocentreMm]
  }
  const turn = ([x, y]: [number, number]): [number, number] => [
    x * Math.cos(theta) - y * Math.sin(theta),
    x * Math.sin(theta) + y * Math.cos(theta),
  ]
  return [turn(from), turn(to)]
}

function chord(geometry: Geometry, view: number, bin: number, ellipse: Ellipse): number {
  const [from, to] = rayEnds(geometry, view, bin)
  const cos = Math.cos(ellipse.rotationRad)
  const sin = Math.sin(ellipse.rotationRad)
  // Into the frame where the ellipse is the unit circle.
  const unit = ([x, y]: [number, number]): [number, number] => {
    const right = x - ellipse.xMm
    const up = y - ellipse.yMm
    return [(right * cos + up * sin) / ellipse.halfWidthMm, (up * cos - right * sin) / ellipse.halfHeightMm]
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

/** The ellipse on a grid, 8 × 8 samples a pixel. Row-major [row][column], float32, 1/mm. */
export function ellipseImage(grid: ImageGrid, ellipse: Ellipse): Float32Array {
  const { rows, columns, pixelMm } = grid
  const samples = 8
  const cos = Math.cos(ellipse.rotationRad)
  const sin = Math.sin(ellipse.rotationRad)
  const data = new Float32Array(rows * columns)
  for (let subrow = 0; subrow < rows * samples; subrow++) {
    for (let subcolumn = 0; subcolumn < columns * samples; subcolumn++) {
      const right = ((subcolumn + 0.5) / samples - columns / 2) * pixelMm - ellipse.xMm
      const up = (rows / 2 - (subrow + 0.5) / samples) * pixelMm - ellipse.yMm
      const a = (right * cos + up * sin) / ellipse.halfWidthMm
      const b = (up * cos - right * sin) / ellipse.halfHeightMm
      if (a * a + b * b > 1) continue
      data[Math.floor(subrow / samples) * columns + Math.floor(subcolumn / samples)]! += ellipse.attenuation / (samples * samples)
    }
  }
  return data
}

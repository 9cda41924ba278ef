// Line integrals of a raster, for simulation only: Joseph's method (1982) on a raster
// finer than any method's grid, float64 sums, exact-math only. It shares no code with
// the projectors that methods are given (no inverse crime).
// What is fast: steep rays walk a transposed copy, so that every ray reads along rows;
// each ray is cut to the circle that holds the non-zero pixels before it is walked.

import { sinogramLength, type Geometry } from './geometry.ts'
import { forEachView } from './ray-lines.ts'

/** Square, row 0 at the top, centred on the isocentre. Row-major [row][column], float32, 1/mm; zero beyond its edge. */
export interface AttenuationRaster {
  readonly side: number
  readonly pixelMm: number
  readonly data: Float32Array
}

/** Line integrals of a geometry, row-major [view][bin], float64, dimensionless. What depends on the raster alone is prepared once. */
export function rasterIntegrator(raster: AttenuationRaster): (geometry: Geometry) => Float64Array {
  const { side, pixelMm } = raster
  const middle = (side - 1) / 2
  const reach = contentRadius(raster) + 1 // pixels; linear interpolation smears one further
  const width = side + 2 // one zero pixel all around
  const alongRows = padded(raster, false)
  const alongColumns = padded(raster, true)
  return geometry => {
    const { bins } = geometry
    const integrals = new Float64Array(sinogramLength(geometry))
    forEachView(geometry, (view, { normalX, normalY, distanceMm }) => {
      for (let bin = 0; bin < bins; bin++) {
        const nx = normalX[bin]!
        const ny = -normalY[bin]! // rows run downwards
        const d = distanceMm[bin]! / pixelMm
        if (d <= -reach || d >= reach) continue
        // The ray is minor·nMinor + major·nMajor = d in pixels about the isocentre; it walks whole pixels of the major axis.
        const shallow = Math.abs(ny) > Math.abs(nx)
        const nMinor = shallow ? ny : nx
        const nMajor = shallow ? nx : ny
        const data = shallow ? alongRows : alongColumns
        const halfChord = Math.sqrt(reach * reach - d * d) * Math.abs(nMinor)
        const first = Math.max(0, Math.floor(d * nMajor - halfChord + middle))
        const last = Math.min(side - 1, Math.ceil(d * nMajor + halfChord + middle))
        integrals[view * bins + bin] = (walk(data, width, d / nMinor, -nMajor / nMinor, first, last, middle) * pixelMm) / Math.abs(nMinor)
      }
    })
    return integrals
  }
}

/**
 * Sum of the linearly interpolated values where the line minor = start + slope·major meets the
 * major axis' pixels first…last; both axes about the middle. Four sums hide the latency of adding
 * (1.6 times as fast as one).
 */
function walk(data: Float32Array, width: number, start: number, slope: number, first: number, last: number, middle: number): number {
  const origin = start + middle + 1 - slope * middle // in rows of the padded copy
  // Only where the two rows that are read exist.
  const highest = width - 1
  while (first <= last && !(origin + slope * first >= 0 && origin + slope * first < highest)) first++
  while (first <= last && !(origin + slope * last >= 0 && origin + slope * last < highest)) last--
  let sum0 = 0
  let sum1 = 0
  let sum2 = 0
  let sum3 = 0
  let major = first
  for (; major <= last - 3; major += 4) {
    const minor0 = origin + slope * major
    const minor1 = origin + slope * (major + 1)
    const minor2 = origin + slope * (major + 2)
    const minor3 = origin + slope * (major + 3)
    const whole0 = minor0 | 0
    const whole1 = minor1 | 0
    const whole2 = minor2 | 0
    const whole3 = minor3 | 0
    const index0 = whole0 * width + major + 1
    const index1 = whole1 * width + major + 2
    const index2 = whole2 * width + major + 3
    const index3 = whole3 * width + major + 4
    const near0 = data[index0]!
    const near1 = data[index1]!
    const near2 = data[index2]!
    const near3 = data[index3]!
    sum0 += near0 + (minor0 - whole0) * (data[index0 + width]! - near0)
    sum1 += near1 + (minor1 - whole1) * (data[index1 + width]! - near1)
    sum2 += near2 + (minor2 - whole2) * (data[index2 + width]! - near2)
    sum3 += near3 + (minor3 - whole3) * (data[index3 + width]! - near3)
  }
  for (; major <= last; major++) {
    const minor = origin + slope * major
    const whole = minor | 0
    const index = whole * width + major + 1
    const near = data[index]!
    sum0 += near + (minor - whole) * (data[index + width]! - near)
  }
  return sum0 + sum1 + (sum2 + sum3)
}

/** Distance in pixels from the centre to the furthest non-zero pixel centre, −1 when all are zero. */
function contentRadius({ side, data }: AttenuationRaster): number {
  const middle = (side - 1) / 2
  let furthest = -1
  for (let row = 0, i = 0; row < side; row++)
    for (let column = 0; column < side; column++, i++)
      if (data[i] !== 0) furthest = Math.max(furthest, (row - middle) * (row - middle) + (column - middle) * (column - middle))
  return furthest < 0 ? -1 : Math.sqrt(furthest)
}

function padded({ side, data }: AttenuationRaster, transposed: boolean): Float32Array {
  const width = side + 2
  const copy = new Float32Array(width * width)
  for (let row = 0, i = 0; row < side; row++)
    for (let column = 0; column < side; column++, i++)
      copy[transposed ? (column + 1) * width + row + 1 : (row + 1) * width + column + 1] = data[i]!
  return copy
}

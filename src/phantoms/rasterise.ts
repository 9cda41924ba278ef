// The truth on a grid: each pixel's mean attenuation. Painted shapes: 16 scanlines a
// pixel, along which coverage is exact; blobs: 3 × 3 Gauss–Legendre points a pixel.

import { imageLength, type ImageGrid } from '../ct/geometry.ts'
import type { CompiledPaint, CompiledShapes, Ellipses } from './compiled-shapes.ts'
import { coverage, cover } from './covered-intervals.ts'
import { negativeExp } from './negative-exp.ts'
import { blobLimit, blobReach } from './shapes.ts'

const scanlines = 16 // a power of two: inside a shape the mean is its attenuation to the last bit

/** Row-major [row][column], float32, 1/mm. */
export function rasterise(shapes: CompiledShapes, grid: ImageGrid): Float32Array {
  const mean = new Float64Array(imageLength(grid))
  addPaint(mean, grid, shapes.paint)
  addBlobs(mean, grid, shapes.blobs)
  return new Float32Array(mean)
}

function addPaint(mean: Float64Array, grid: ImageGrid, paint: CompiledPaint): void {
  const { rows, columns, pixelMm } = grid
  const covered = coverage(1, paint.count)
  const leftMm = (-columns / 2) * pixelMm
  const topMm = (rows / 2) * pixelMm
  const reach = Float64Array.from(paint.yy, Math.sqrt)
  for (let line = 0; line < rows * scanlines; line++) {
    const y = topMm - ((line + 0.5) / scanlines) * pixelMm
    const row = mean.subarray(Math.floor(line / scanlines) * columns, (Math.floor(line / scanlines) + 1) * columns)
    covered.count[0] = 0
    for (let i = paint.count - 1; i >= 0; i--) {
      const d = y - paint.y[i]!
      if (Math.abs(d) >= reach[i]!) continue
      const yy = paint.yy[i]!
      const half = (paint.root[i]! * Math.sqrt(Math.max(0, yy - d * d))) / yy
      const middle = paint.x[i]! + (d * paint.xy[i]!) / yy
      let from = middle - half
      let to = middle + half
      const clipEnd = paint.clipStart[i + 1]!
      for (let clip = paint.clipStart[i]!; clip < clipEnd; clip++) {
        const slope = paint.clipX[clip]!
        const room = paint.clipOffset[clip]! - paint.clipY[clip]! * y
        if (slope > 0) to = Math.min(to, room / slope)
        else if (slope < 0) from = Math.max(from, room / slope)
        else if (room < 0) to = from
      }
      if (!(to > from)) continue
      // The gaps between what is covered are what this shape shows.
      const value = paint.value[i]! / scanlines
      let gap = from
      const end = covered.count[0]!
      for (let k = 0; k < end && covered.low[k]! <= to; k++) {
        if (covered.high[k]! < from) continue
        if (covered.low[k]! > gap) deposit(row, (gap - leftMm) / pixelMm, (covered.low[k]! - leftMm) / pixelMm, value)
        if (covered.high[k]! > gap) gap = covered.high[k]!
      }
      if (gap < to) deposit(row, (gap - leftMm) / pixelMm, (to - leftMm) / pixelMm, value)
      cover(covered, 0, from, to)
    }
  }
}

/** Adds value times the covered fraction of each pixel; from and to in pixels from the row's left edge. */
function deposit(row: Float64Array, from: number, to: number, value: number): void {
  if (from < 0) from = 0
  if (to > row.length) to = row.length
  if (!(to > from)) return
  const first = Math.floor(from)
  const last = Math.floor(to)
  if (first === last) {
    row[first]! += value * (to - from)
    return
  }
  row[first]! += value * (first + 1 - from)
  for (let i = first + 1; i < last; i++) row[i]! += value
  if (last < row.length) row[last]! += value * (to - last)
}

function addBlobs(mean: Float64Array, grid: ImageGrid, blobs: Ellipses): void {
  const { rows, columns, pixelMm } = grid
  const alongX = new Float64Array(columns)
  const alongY = new Float64Array(rows)
  for (let i = 0; i < blobs.count; i++) {
    const x = blobs.x[i]!
    const y = blobs.y[i]!
    const value = blobs.value[i]!
    const halfX = blobReach * Math.sqrt(blobs.xx[i]!)
    const halfY = blobReach * Math.sqrt(blobs.yy[i]!)
    const firstColumn = Math.max(0, Math.floor((x - halfX) / pixelMm + columns / 2))
    const lastColumn = Math.min(columns - 1, Math.floor((x + halfX) / pixelMm + columns / 2))
    const firstRow = Math.max(0, Math.floor(rows / 2 - (y + halfY) / pixelMm))
    const lastRow = Math.min(rows - 1, Math.floor(rows / 2 - (y - halfY) / pixelMm))
    if (blobs.xy[i] !== 0 || blobs.xx[i] !== blobs.yy[i]) {
      addOblique(mean, grid, blobs, i, firstRow, lastRow, firstColumn, lastColumn)
      continue
    }
    // A round Gaussian is a product of its profiles along x and y, and so is its mean over a pixel.
    const inverse = 0.5 / blobs.xx[i]!
    for (let column = firstColumn; column <= lastColumn; column++)
      alongX[column] = profile((column - (columns - 1) / 2) * pixelMm - x, pixelMm, inverse)
    for (let row = firstRow; row <= lastRow; row++)
      alongY[row] = profile(((rows - 1) / 2 - row) * pixelMm - y, pixelMm, inverse)
    for (let row = firstRow; row <= lastRow; row++) {
      const dy = ((rows - 1) / 2 - row) * pixelMm - y
      const half = Math.sqrt(Math.max(0, halfY * halfY - dy * dy))
      const first = Math.max(0, Math.floor((x - half) / pixelMm + columns / 2))
      const last = Math.min(columns - 1, Math.floor((x + half) / pixelMm + columns / 2))
      const scale = value * alongY[row]!
      const start = row * columns
      for (let column = first; column <= last; column++) mean[start + column]! += scale * alongX[column]!
    }
  }
}

const gaussPoint = 0.3872983346207417 // √0.15: Gauss–Legendre at 0 and ±√(3/5) of half a pixel, weights 8/18 and 5/18

/** Mean of exp(−inverse·d²) over the pixel about d. */
function profile(d: number, pixelMm: number, inverse: number): number {
  const before = d - gaussPoint * pixelMm
  const after = d + gaussPoint * pixelMm
  const sum = 8 * gaussian(d * d * inverse) + 5 * gaussian(before * before * inverse) + 5 * gaussian(after * after * inverse)
  return sum / 18
}

function gaussian(t: number): number {
  return t <= blobLimit ? negativeExp(t) : 0
}

/** A drawn-out blob, point by point. */
function addOblique(
  mean: Float64Array,
  { rows, columns, pixelMm }: ImageGrid,
  blobs: Ellipses,
  i: number,
  firstRow: number,
  lastRow: number,
  firstColumn: number,
  lastColumn: number,
): void {
  const determinant = blobs.root[i]! * blobs.root[i]!
  // t = ½·(p − c)ᵀΣ⁻¹(p − c)
  const ixx = (0.5 * blobs.yy[i]!) / determinant
  const ixy = -blobs.xy[i]! / determinant
  const iyy = (0.5 * blobs.xx[i]!) / determinant
  const step = gaussPoint * pixelMm
  for (let row = firstRow; row <= lastRow; row++) {
    const dy = ((rows - 1) / 2 - row) * pixelMm - blobs.y[i]!
    for (let column = firstColumn; column <= lastColumn; column++) {
      const dx = (column - (columns - 1) / 2) * pixelMm - blobs.x[i]!
      let sum = 0
      for (let v = -1; v <= 1; v++) {
        const py = dy + v * step
        for (let u = -1; u <= 1; u++) {
          const px = dx + u * step
          sum += (u === 0 ? 8 : 5) * (v === 0 ? 8 : 5) * gaussian(ixx * px * px + ixy * px * py + iyy * py * py)
        }
      }
      mean[row * columns + column]! += (blobs.value[i]! * sum) / 324
    }
  }
}

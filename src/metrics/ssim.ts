// Structural similarity (Wang, Bovik, Sheikh & Simoncelli 2004, eq. 13), K1 0.01,
// K2 0.03, in float64. One pass: every row is filtered along x into a ring of one row
// more than the window is high, and the ring is summed along y, two rows at a time. Both
// variances enter only as a sum, so x² + y² is filtered once: four maps instead of five.
// Loading values costs more than adding them, so neighbours that are filtered together
// share them; each sum keeps its order, so the bits do not depend on it.
// Trap: SSIM is not shift-invariant, so the unit and zero of the values are part of the protocol.

import { exactExp } from '../ct/exact-math.ts'
import { ShapeError } from '../ct/image.ts'

export interface SsimSettings {
  /** gaussian: 11 × 11, σ 1.5 pixels. uniform: 7 × 7. */
  readonly window: 'gaussian' | 'uniform'
  /** sample: variances times n/(n − 1), as scikit-image does by default. */
  readonly covariance: 'population' | 'sample'
  /** inside: only pixels whose window lies in the image. zeros: every pixel, zeros beyond the image. */
  readonly border: 'inside' | 'zeros'
}

type RowMaps = readonly [Float64Array, Float64Array, Float64Array, Float64Array]
type Eleven = [number, number, number, number, number, number, number, number, number, number, number]
type Twelve = [...Eleven, number]

const gaussianTaps = gaussian(11, 1.5)
const uniformTaps = new Float64Array(7).fill(1 / 7)

/** Pixels along one side of the window. */
export function windowSize(settings: SsimSettings): number {
  return taps(settings).length
}

/**
 * Mean structural similarity by data range, 1 for identical images.
 * @param truth Row-major [row][column], float64, in the protocol's unit.
 * @param image Same order and unit.
 * @param ranges Data ranges in the same unit, above 0; one similarity for each, at the price of one.
 * @param region One byte a pixel, 1 where it counts; null counts every pixel that `border` allows.
 * @throws ShapeError when the image is smaller than the window, or no pixel of the region has its window in the image.
 */
export function ssim(
  truth: Float64Array,
  image: Float64Array,
  rows: number,
  columns: number,
  ranges: readonly number[],
  settings: SsimSettings,
  region: Uint8Array | null = null,
): number[] {
  const weights = taps(settings)
  const size = weights.length
  const half = (size - 1) / 2
  const margin = settings.border === 'inside' ? half : 0
  const outRows = rows - 2 * margin
  const outColumns = columns - 2 * margin
  if (outRows < 1 || outColumns < 1)
    throw new ShapeError(`The image is ${rows} × ${columns}, SSIM with a window of ${size} × ${size} needs at least ${size} × ${size} pixels.`)

  const covarianceNorm = settings.covariance === 'sample' ? (size * size) / (size * size - 1) : 1

  const pad = half - margin
  const rowMap = () => new Float64Array(columns + 2 * pad + 1) // sums are made in pairs: the last may need one value more
  const maps: RowMaps = [rowMap(), rowMap(), rowMap(), rowMap()]
  const slotLength = 4 * outColumns
  const slots = size + 1
  const ring = new Float64Array(slots * slotLength)
  const sums = new Float64Array(2 * slotLength)
  const rowOffsets = new Int32Array(slots)
  const totals = ranges.map(() => 0)
  let count = 0

  const firstRow = margin - half
  const lastRow = rows - 1 + half - margin
  for (let row = firstRow; row <= lastRow; row++) {
    const slot = ((row - firstRow) % slots) * slotLength
    if (row < 0 || row >= rows) ring.fill(0, slot, slot + slotLength)
    else {
      loadRow(truth, image, row * columns, columns, pad, maps)
      for (let map = 0; map < 4; map++) alongRow(maps[map]!, weights, outColumns, ring, slot + map * outColumns)
    }
    // Rows of windows that are complete: two at every second row, one that may be left over at the end.
    const complete = row - firstRow - size + 2
    const fresh = complete <= 0 ? 0 : complete % 2 === 0 ? 2 : row === lastRow ? 1 : 0
    if (fresh === 0) continue
    const centre = row - half - fresh + 1
    for (let tap = 0; tap < slots; tap++) rowOffsets[tap] = ((centre - half - firstRow + tap) % slots) * slotLength
    acrossRows(ring, rowOffsets, weights, slotLength, sums)

    for (let line = 0; line < fresh; line++) {
      const pixel = (centre + line) * columns + margin
      const from = line * slotLength
      for (let r = 0; r < ranges.length; r++) {
        const c1 = (0.01 * ranges[r]!) ** 2
        const c2 = (0.03 * ranges[r]!) ** 2
        let total = 0
        for (let column = 0; column < outColumns; column++) {
          if (region !== null && region[pixel + column] === 0) continue
          const meanT = sums[from + column]!
          const meanI = sums[from + outColumns + column]!
          const squares = sums[from + 2 * outColumns + column]!
          const product = sums[from + 3 * outColumns + column]!
          const meanProduct = meanT * meanI
          const meanSquares = meanT * meanT + meanI * meanI
          total +=
            ((2 * meanProduct + c1) * (2 * covarianceNorm * (product - meanProduct) + c2)) /
            ((meanSquares + c1) * (covarianceNorm * (squares - meanSquares) + c2))
          if (r === 0) count++
        }
        totals[r]! += total
      }
    }
  }
  if (count === 0) throw new ShapeError(`No pixel of the ${rows} × ${columns} image's region has its ${size} × ${size} window inside it.`)
  return totals.map(total => total / count)
}

/** One row of truth, image, truth² + image² and truth · image, each after `pad` zeros. */
function loadRow(truth: Float64Array, image: Float64Array, from: number, columns: number, pad: number, maps: RowMaps): void {
  const [t, i, squares, product] = maps
  for (let column = 0; column < columns; column++) {
    const x = truth[from + column]!
    const y = image[from + column]!
    t[pad + column] = x
    i[pad + column] = y
    squares[pad + column] = x * x + y * y
    product[pad + column] = x * y
  }
}

/** out[to + i] = Σ weights[k] · values[i + k]. Two sums at a time share all values but one. */
function alongRow(values: Float64Array, weights: Float64Array, length: number, out: Float64Array, to: number): void {
  const [w0, w1, w2, w3, w4, w5] = weights as Iterable<number> as Eleven
  if (weights.length === 7) {
    for (let i = 0; i < length; i += 2) {
      const v1 = values[i + 1]!
      const v2 = values[i + 2]!
      const v3 = values[i + 3]!
      const v4 = values[i + 4]!
      const v5 = values[i + 5]!
      const v6 = values[i + 6]!
      out[to + i] = w0 * (values[i]! + v1 + v2 + v3 + v4 + v5 + v6)
      if (i + 1 < length) out[to + i + 1] = w0 * (v1 + v2 + v3 + v4 + v5 + v6 + values[i + 7]!)
    }
    return
  }
  for (let i = 0; i < length; i += 2) {
    const v1 = values[i + 1]!
    const v2 = values[i + 2]!
    const v3 = values[i + 3]!
    const v4 = values[i + 4]!
    const v5 = values[i + 5]!
    const v6 = values[i + 6]!
    const v7 = values[i + 7]!
    const v8 = values[i + 8]!
    const v9 = values[i + 9]!
    const v10 = values[i + 10]!
    out[to + i] = w0 * (values[i]! + v10) + w1 * (v1 + v9) + w2 * (v2 + v8) + w3 * (v3 + v7) + w4 * (v4 + v6) + w5 * v5
    if (i + 1 < length) out[to + i + 1] = w0 * (v1 + values[i + 11]!) + w1 * (v2 + v10) + w2 * (v3 + v9) + w3 * (v4 + v8) + w4 * (v5 + v7) + w5 * v6
  }
}

/** out[i] = Σ weights[k] · values[offsets[k] + i] for k from 0, and out[length + i] the same for offsets from 1 on: two rows of windows. */
function acrossRows(values: Float64Array, offsets: Int32Array, weights: Float64Array, length: number, out: Float64Array): void {
  const [o0, o1, o2, o3, o4, o5, o6, o7, o8, o9, o10, o11] = offsets as Iterable<number> as Twelve
  const [w0, w1, w2, w3, w4, w5] = weights as Iterable<number> as Eleven
  if (weights.length === 7) {
    for (let i = 0; i < length; i++) {
      const v1 = values[o1 + i]!
      const v2 = values[o2 + i]!
      const v3 = values[o3 + i]!
      const v4 = values[o4 + i]!
      const v5 = values[o5 + i]!
      const v6 = values[o6 + i]!
      out[i] = w0 * (values[o0 + i]! + v1 + v2 + v3 + v4 + v5 + v6)
      out[length + i] = w0 * (v1 + v2 + v3 + v4 + v5 + v6 + values[o7 + i]!)
    }
    return
  }
  for (let i = 0; i < length; i++) {
    const v1 = values[o1 + i]!
    const v2 = values[o2 + i]!
    const v3 = values[o3 + i]!
    const v4 = values[o4 + i]!
    const v5 = values[o5 + i]!
    const v6 = values[o6 + i]!
    const v7 = values[o7 + i]!
    const v8 = values[o8 + i]!
    const v9 = values[o9 + i]!
    const v10 = values[o10 + i]!
    out[i] = w0 * (values[o0 + i]! + v10) + w1 * (v1 + v9) + w2 * (v2 + v8) + w3 * (v3 + v7) + w4 * (v4 + v6) + w5 * v5
    out[length + i] = w0 * (v1 + values[o11 + i]!) + w1 * (v2 + v10) + w2 * (v3 + v9) + w3 * (v4 + v8) + w4 * (v5 + v7) + w5 * v6
  }
}

function taps(settings: SsimSettings): Float64Array {
  return settings.window === 'gaussian' ? gaussianTaps : uniformTaps
}

function gaussian(size: number, sigma: number): Float64Array {
  const half = (size - 1) / 2
  const weights = Float64Array.from({ length: size }, (_, k) => exactExp(-((k - half) ** 2) / (2 * sigma * sigma)))
  const sum = weights.reduce((total, weight) => total + weight, 0)
  return weights.map(weight => weight / sum)
}

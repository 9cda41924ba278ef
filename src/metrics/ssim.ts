// Structural similarity (Wang, Bovik, Sheikh & Simoncelli 2004, eq. 13), K1 0.01,
// K2 0.03, in float64. One pass: every row is filtered along x into a ring of as
// many rows as the window is high, and the ring is summed along y. Both variances
// enter only as a sum, so x² + y² is filtered once: four maps instead of five.
// Trap: SSIM is not shift-invariant, so the unit and zero of the values are part of the protocol.

import { exactExp } from '../ct/exact-math.ts'
import { ShapeError } from '../ct/image.ts'
import { wasmSimilarity, type Similarity, type SimilarityRequest } from './wasm-score.ts'

export interface SsimSettings {
  /** gaussian: 11 × 11, σ 1.5 pixels. uniform: 7 × 7. */
  readonly window: 'gaussian' | 'uniform'
  /** sample: variances times n/(n − 1), as scikit-image does by default. */
  readonly covariance: 'population' | 'sample'
  /** inside: only pixels whose window lies in the image. zeros: every pixel, zeros beyond the image. */
  readonly border: 'inside' | 'zeros'
}

/** The window along one side, and what it asks of the image around. */
export type SsimWindow = Pick<SimilarityRequest, 'weights' | 'pad' | 'norm'>

type RowMaps = readonly [Float64Array, Float64Array, Float64Array, Float64Array]
type Eleven = [number, number, number, number, number, number, number, number, number, number, number]

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
  const request = { truth, image, rows, columns, ...ssimWindow(rows, columns, settings), ranges, region }
  return meanSimilarities(wasmSimilarity(request) ?? similarity(request), request)
}

/** @throws ShapeError when the image is smaller than the window. */
export function ssimWindow(rows: number, columns: number, settings: SsimSettings): SsimWindow {
  const weights = taps(settings)
  const size = weights.length
  if (settings.border === 'inside' && Math.min(rows, columns) < size)
    throw new ShapeError(`The image is ${rows} × ${columns}, SSIM with a window of ${size} × ${size} needs at least ${size} × ${size} pixels.`)
  return {
    weights,
    pad: settings.border === 'inside' ? 0 : (size - 1) / 2,
    norm: settings.covariance === 'sample' ? (size * size) / (size * size - 1) : 1,
  }
}

/** By data range. @throws ShapeError when no pixel was counted. */
export function meanSimilarities({ totals, count }: Similarity, { rows, columns, weights }: { rows: number; columns: number; weights: Float64Array }): number[] {
  const size = weights.length
  if (count === 0) throw new ShapeError(`No pixel of the ${rows} × ${columns} image's region has its ${size} × ${size} window inside it.`)
  return totals.map(total => total / count)
}

/** What wasmSimilarity does, bit for bit, where there is no WebAssembly memory. */
export function similarity({ truth, image, rows, columns, weights, pad, norm, ranges, region }: SimilarityRequest): Similarity {
  const size = weights.length
  const half = (size - 1) / 2
  const margin = half - pad
  const outColumns = columns - 2 * margin
  const rowMap = () => new Float64Array(columns + 2 * pad)
  const maps: RowMaps = [rowMap(), rowMap(), rowMap(), rowMap()]
  const columnOffsets = Int32Array.from(weights, (_, tap) => tap)
  const slotLength = 4 * outColumns
  const ring = new Float64Array(size * slotLength)
  const sums = new Float64Array(slotLength)
  const rowOffsets = new Int32Array(size)
  const totals = ranges.map(() => 0)
  let count = 0

  const firstRow = margin - half
  const lastRow = rows - 1 + half - margin
  for (let row = firstRow; row <= lastRow; row++) {
    const slot = ((row - firstRow) % size) * slotLength
    if (row < 0 || row >= rows) ring.fill(0, slot, slot + slotLength)
    else {
      loadRow(truth, image, row * columns, columns, pad, maps)
      for (let map = 0; map < 4; map++) weightedSum(maps[map]!, columnOffsets, weights, outColumns, ring, slot + map * outColumns)
    }
    const centre = row - half
    if (centre < margin) continue

    for (let tap = 0; tap < size; tap++) rowOffsets[tap] = ((row - firstRow - size + 1 + tap) % size) * slotLength
    weightedSum(ring, rowOffsets, weights, slotLength, sums, 0)

    const pixel = centre * columns + margin
    for (let r = 0; r < ranges.length; r++) {
      const c1 = (0.01 * ranges[r]!) ** 2
      const c2 = (0.03 * ranges[r]!) ** 2
      let total = 0
      for (let column = 0; column < outColumns; column++) {
        if (region !== null && region[pixel + column] === 0) continue
        const meanT = sums[column]!
        const meanI = sums[outColumns + column]!
        const squares = sums[2 * outColumns + column]!
        const product = sums[3 * outColumns + column]!
        const meanProduct = meanT * meanI
        const meanSquares = meanT * meanT + meanI * meanI
        total +=
          ((2 * meanProduct + c1) * (2 * norm * (product - meanProduct) + c2)) /
          ((meanSquares + c1) * (norm * (squares - meanSquares) + c2))
        if (r === 0) count++
      }
      totals[r]! += total
    }
  }
  return { totals, count }
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

/**
 * out[to + i] = Σ weights[k] · values[offsets[k] + i]: along a row with offsets 0, 1, 2 …, along a column with those of
 * the rows. Written out for both windows, whose weights are symmetric: half the time of an inner loop over the taps.
 */
function weightedSum(
  values: Float64Array,
  offsets: Int32Array,
  weights: Float64Array,
  length: number,
  out: Float64Array,
  to: number,
): void {
  const [o0, o1, o2, o3, o4, o5, o6, o7, o8, o9, o10] = offsets as Iterable<number> as Eleven
  if (weights.length === 7) {
    const w = weights[0]!
    for (let i = 0; i < length; i++)
      out[to + i] =
        w *
        (values[o0 + i]! + values[o1 + i]! + values[o2 + i]! + values[o3 + i]! + values[o4 + i]! + values[o5 + i]! + values[o6 + i]!)
    return
  }
  const [w0, w1, w2, w3, w4, w5] = weights as Iterable<number> as Eleven
  for (let i = 0; i < length; i++)
    out[to + i] =
      w0 * (values[o0 + i]! + values[o10 + i]!) +
      w1 * (values[o1 + i]! + values[o9 + i]!) +
      w2 * (values[o2 + i]! + values[o8 + i]!) +
      w3 * (values[o3 + i]! + values[o7 + i]!) +
      w4 * (values[o4 + i]! + values[o6 + i]!) +
      w5 * values[o5 + i]!
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

// Pictures of images: CT numbers through a window as 8-bit grey, errors through a
// blue–white–red palette whose white is zero. Smaller and larger by whole factors
// only, so that a picture never invents values.

import { encode } from 'fast-png'

export interface PictureSize {
  /** Each pixel becomes a block of enlarge × enlarge. */
  readonly enlarge?: number
  /** Blocks of reduce × reduce are averaged; a remainder at the right and bottom is cut off. */
  readonly reduce?: number
}

/** ColorBrewer's RdBu with 11 classes, blue first: readable with colour-blind eyes and in grey print. */
const divergingStops: readonly (readonly [number, number, number])[] = [
  [5, 48, 97],
  [33, 102, 172],
  [67, 147, 195],
  [146, 197, 222],
  [209, 229, 240],
  [247, 247, 247],
  [253, 219, 199],
  [244, 165, 130],
  [214, 96, 77],
  [178, 24, 43],
  [103, 0, 31],
]

/**
 * PNG of values (row-major [row][column]) through a window: low and below is black,
 * high and above white. A value that is not a number is black.
 */
export function encodeGray(
  values: Float32Array,
  rows: number,
  columns: number,
  low: number,
  high: number,
  size: PictureSize = {},
): Uint8Array {
  const picture = resize(values, rows, columns, size)
  return encode({ width: picture.columns, height: picture.rows, channels: 1, depth: 8, data: quantise(picture.values, low, high, 255) })
}

/**
 * PNG of signed values (row-major [row][column]): −limit and below is dark blue, 0
 * white, +limit and above dark red.
 */
export function encodeDiverging(
  values: Float32Array,
  rows: number,
  columns: number,
  limit: number,
  size: PictureSize = {},
): Uint8Array {
  const picture = resize(values, rows, columns, size)
  const data = quantise(picture.values, -limit, limit, 254) // 255 colours: 127 is exactly zero
  return encode({ width: picture.columns, height: picture.rows, channels: 1, depth: 8, data, palette: divergingPalette })
}

/** Colour of a value between −1 and 1, as encodeDiverging paints it: [red, green, blue], 0 … 255. */
export function divergingColour(value: number): [number, number, number] {
  const last = divergingStops.length - 1
  const position = Math.min(1, Math.max(0, (value + 1) / 2)) * last
  const lower = divergingStops[Math.min(last - 1, Math.floor(position))]!
  const upper = divergingStops[Math.min(last - 1, Math.floor(position)) + 1]!
  const weight = position - Math.min(last - 1, Math.floor(position))
  return [0, 1, 2].map(i => Math.round(lower[i]! + weight * (upper[i]! - lower[i]!))) as [number, number, number]
}

const divergingPalette = Array.from({ length: 255 }, (_, i) => divergingColour(i / 127 - 1))

function quantise(values: Float32Array, low: number, high: number, steps: number): Uint8Array {
  const factor = steps / (high - low)
  const bytes = new Uint8Array(values.length)
  for (let i = 0; i < values.length; i++) {
    const level = Math.round((values[i]! - low) * factor)
    bytes[i] = level > 0 ? Math.min(steps, level) : 0
  }
  return bytes
}

function resize(
  values: Float32Array,
  rows: number,
  columns: number,
  { enlarge = 1, reduce = 1 }: PictureSize,
): { values: Float32Array; rows: number; columns: number } {
  if (values.length !== rows * columns) throw new Error(`A picture of ${rows} × ${columns} got ${values.length} values.`)
  if (enlarge === 1 && reduce === 1) return { values, rows, columns }
  const coarseRows = Math.floor(rows / reduce)
  const coarseColumns = Math.floor(columns / reduce)
  const result = new Float32Array(coarseRows * enlarge * coarseColumns * enlarge)
  const width = coarseColumns * enlarge
  for (let row = 0; row < coarseRows; row++)
    for (let column = 0; column < coarseColumns; column++) {
      let sum = 0
      for (let y = row * reduce; y < (row + 1) * reduce; y++)
        for (let x = column * reduce; x < (column + 1) * reduce; x++) sum += values[y * columns + x]!
      const mean = sum / (reduce * reduce)
      for (let y = row * enlarge; y < (row + 1) * enlarge; y++) {
        const start = y * width + column * enlarge
        result.fill(mean, start, start + enlarge)
      }
    }
  return { values: result, rows: coarseRows * enlarge, columns: width }
}

// Slices on other pixel grids, about the same middle. Only + − × ÷ and floor: the
// same bits everywhere.

/** Row-major [row][column] values. */
export interface Pixels {
  readonly rows: number
  readonly columns: number
  readonly data: Float32Array
}

/**
 * The central square of `extent` source pixels as outSide² pixels, each the mean over
 * the area it covers. Of as many pixels as the source has it is a copy. For
 * outSide ≤ extent. Row-major [row][column], float32, the source's unit.
 */
export function areaAverage(source: Pixels, extent: number, outSide: number): Float32Array {
  const { rows, columns, data } = source
  const rowsOut = new Float64Array(outSide * columns)
  const scale = extent / outSide
  weighEach((rows - extent) / 2, scale, outSide, rows, (out, from, weight) => {
    for (let column = 0; column < columns; column++) rowsOut[out * columns + column]! += weight * data[from * columns + column]!
  })
  const result = new Float64Array(outSide * outSide)
  weighEach((columns - extent) / 2, scale, outSide, columns, (out, from, weight) => {
    for (let row = 0; row < outSide; row++) result[row * outSide + out]! += weight * rowsOut[row * columns + from]!
  })
  return new Float32Array(result)
}

/** The weight of every source pixel in every pixel out: the share of its area that is covered. */
function weighEach(
  start: number,
  scale: number,
  outSide: number,
  count: number,
  visit: (out: number, from: number, weight: number) => void,
): void {
  for (let out = 0; out < outSide; out++) {
    const low = start + out * scale
    const high = start + (out + 1) * scale
    const last = Math.min(count - 1, Math.ceil(high) - 1)
    for (let from = Math.max(0, Math.floor(low)); from <= last; from++) {
      const share = Math.min(high, from + 1) - Math.max(low, from)
      if (share > 0) visit(out, from, share / scale)
    }
  }
}

/**
 * The central square of `extent` source pixels as outSide² pixels by bilinear interpolation
 * between pixel centres; constant beyond the outermost ones. Row-major [row][column], float32.
 */
export function bilinear(source: Pixels, extent: number, outSide: number): Float32Array {
  const { rows, columns, data } = source
  const scale = extent / outSide
  const result = new Float32Array(outSide * outSide)
  const at = (out: number, count: number): number =>
    Math.min(count - 1, Math.max(0, (count - extent) / 2 + (out + 0.5) * scale - 0.5))
  const lefts = new Int32Array(outSide)
  const shares = new Float64Array(outSide)
  for (let out = 0; out < outSide; out++) {
    const x = at(out, columns)
    lefts[out] = Math.max(0, Math.min(columns - 2, Math.floor(x)))
    shares[out] = x - lefts[out]!
  }
  const right = columns > 1 ? 1 : 0
  const below = rows > 1 ? columns : 0
  for (let out = 0; out < outSide; out++) {
    const y = at(out, rows)
    const top = Math.max(0, Math.min(rows - 2, Math.floor(y)))
    const share = y - top
    for (let column = 0; column < outSide; column++) {
      const i = top * columns + lefts[column]!
      const s = shares[column]!
      const upper = data[i]! + s * (data[i + right]! - data[i]!)
      const lower = data[i + below]! + s * (data[i + below + right]! - data[i + below]!)
      result[out * outSide + column] = upper + share * (lower - upper)
    }
  }
  return result
}

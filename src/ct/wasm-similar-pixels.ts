// The inner loops of non-local means as WebAssembly: a fifth of the time of the same loops in
// JavaScript (256², shifts of up to 7 pixels: 20 and 102 ms), and the same bits.

import { onWasmEngine } from '../kernels/wasm-engine.ts'
import { expStepsPerUnit, negativeExpTable } from './exp-table.ts'

export interface SimilarPixels {
  /** Per pixel, over all others within reach: Σ weight · value, Σ weight, and the largest weight. Row-major [row][column], float64. */
  readonly sums: Float64Array
  readonly weights: Float64Array
  readonly largest: Float64Array
}

export interface SimilarPixelsRequest {
  /** Row-major [row][column], float32. */
  readonly image: Float32Array
  /** The image with `patch` more pixels on every side, row-major, float64. */
  readonly padded: Float64Array
  readonly rows: number
  readonly columns: number
  /** Patches are squares of 2·patch + 1 pixels. */
  readonly patch: number
  /** Pixels may be this many rows and columns apart. */
  readonly search: number
  /** Weights are exp(−d²/h²), d² the mean squared difference of two patches. */
  readonly h: number
}

/** Null where no WebAssembly memory can be had. @throws WasmFault when the kernel traps. */
export function wasmSimilarPixels({ image, padded, rows, columns, patch, search, h }: SimilarPixelsRequest): SimilarPixels | null {
  return onWasmEngine(engine => {
    const side = 2 * patch + 1
    const doubles = (count: number): number => engine.allocate(8 * count)
    const [values, sums, weights, largest] = Array.from({ length: 4 }, () => doubles(image.length)) as [number, number, number, number]
    const paddedAt = doubles(padded.length + 4 * (columns + 2 * patch)) // the last rows are read four at a time
    const [table, work] = [doubles(negativeExpTable.length + 1), engine.allocate(engine.call('similarPixelsScratchBytes', columns, patch))] as const
    engine.doubles(values, image.length).set(image)
    engine.doubles(paddedAt, padded.length).set(padded)
    engine.doubles(table, negativeExpTable.length).set(negativeExpTable)
    const scale = expStepsPerUnit / (h * h * side * side)
    engine.call('addSimilarPixels', values, paddedAt, sums, weights, largest, table, negativeExpTable.length, work, rows, columns, patch, search, scale)
    const copy = (at: number): Float64Array => engine.doubles(at, image.length).slice()
    return { sums: copy(sums), weights: copy(weights), largest: copy(largest) }
  })
}

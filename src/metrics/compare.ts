// A truth and an image side by side, in the values of a protocol.

import { meanSquaredError } from './rmse.ts'
import { similarity, type SsimWindow } from './ssim.ts'
import { wasmCompare, type Similarity } from './wasm-score.ts'

/** CT number → scored value: clip(scale · HU + offset, low, high); the truth's limits may be tighter. */
export interface ValueMap {
  readonly scale: number
  readonly offset: number
  readonly truthLimits: readonly [number, number]
  readonly imageLimits: readonly [number, number]
}

export interface ComparisonRequest {
  /** Row-major [row][column], float32, HU, finite; `imageHu` likewise. */
  readonly truthHu: Float32Array
  readonly imageHu: Float32Array
  readonly rows: number
  readonly columns: number
  readonly map: ValueMap
  /** One byte a pixel, 1 where it counts; null counts every pixel. */
  readonly region: Uint8Array | null
  readonly window: SsimWindow
  /** Data ranges of the similarity, from the truth's scored values, which may be gone after the call. */
  rangesOf(truth: Float64Array): number[]
}

/** Similarity is summed over the pixels that have their window. */
export interface Compared extends Similarity {
  readonly ranges: readonly number[]
  /** Of the region's scored values, in their unit squared. */
  readonly meanSquaredError: number
}

/** @throws WasmFault when a kernel traps. */
export function compare(request: ComparisonRequest): Compared {
  return wasmCompare(request) ?? compareValues(request)
}

/** What wasmCompare does, bit for bit, where there is no WebAssembly memory. */
export function compareValues({ truthHu, imageHu, rows, columns, map, region, window, rangesOf }: ComparisonRequest): Compared {
  const truth = scored(truthHu, map, map.truthLimits)
  const image = scored(imageHu, map, map.imageLimits)
  const ranges = rangesOf(truth)
  return { ranges, meanSquaredError: meanSquaredError(truth, image, region), ...similarity({ truth, image, rows, columns, ...window, ranges, region }) }
}

function scored(hu: Float32Array, { scale, offset }: ValueMap, [low, high]: readonly [number, number]): Float64Array {
  const values = new Float64Array(hu.length)
  for (let i = 0; i < hu.length; i++) values[i] = Math.min(Math.max(scale * hu[i]! + offset, low), high)
  return values
}

// The loops of ssim.ts and compare.ts as WebAssembly: a third of the time, the same bits.

import { onWasmEngine, type WasmEngine } from '../kernels/wasm-engine.ts'
import type { Compared, ComparisonRequest } from './compare.ts'

/** How the images' similarity is taken. */
export interface SimilaritySettings {
  readonly rows: number
  readonly columns: number
  /** Of the window's taps along one side: 7 equal ones, or 11 symmetric ones. */
  readonly weights: Float64Array
  /** Zeros around the image, pixels: half a window, or none. */
  readonly pad: number
  /** Variances are multiplied by it. */
  readonly norm: number
  /** Data ranges, in the images' unit. */
  readonly ranges: readonly number[]
  /** One byte a pixel, 1 where it counts; null counts every pixel whose window lies in the padded image. */
  readonly region: Uint8Array | null
}

export interface SimilarityRequest extends SimilaritySettings {
  /** Row-major [row][column], float64, in the protocol's unit; `image` likewise. */
  readonly truth: Float64Array
  readonly image: Float64Array
}

export interface Similarity {
  /** Sum of the pixels' similarities, by data range. */
  readonly totals: number[]
  /** Pixels that were counted. */
  readonly count: number
}

/** Null where no WebAssembly memory can be had. @throws WasmFault when the kernel traps. */
export function wasmSimilarity(request: SimilarityRequest): Similarity | null {
  return onWasmEngine(engine => similarityOn(engine, place(engine, request.truth), place(engine, request.image), request))
}

/** As compareValues in compare.ts; null where no WebAssembly memory can be had. @throws WasmFault when a kernel traps. */
export function wasmCompare(request: ComparisonRequest): Compared | null {
  const { truthHu, imageHu, map, region, window, rangesOf, rows, columns } = request
  const pixels = truthHu.length
  return onWasmEngine(engine => {
    const hu = engine.allocate(4 * pixels)
    const [truth, image] = [engine.allocate(8 * pixels), engine.allocate(8 * pixels)]
    for (const [from, to, [low, high]] of [[truthHu, truth, map.truthLimits], [imageHu, image, map.imageLimits]] as const) {
      engine.floats(hu, pixels).set(from)
      engine.call('valuesOfHu', hu, to, pixels, map.scale, map.offset, low, high)
    }
    const ranges = rangesOf(engine.doubles(truth, pixels))
    const { totals, count } = similarityOn(engine, truth, image, { ...window, rows, columns, ranges, region })
    const squaredError = engine.call('squaredError', truth, image, pixels, placeRegion(engine, region))
    return { ranges, squaredError, totals, count }
  })
}

function similarityOn(
  engine: WasmEngine,
  truth: number,
  image: number,
  { rows, columns, weights, pad, norm, ranges, region }: SimilaritySettings,
): Similarity {
  const constants = place(engine, Float64Array.from(ranges.flatMap(range => [(0.01 * range) ** 2, (0.03 * range) ** 2])))
  const totals = engine.allocate(8 * ranges.length)
  const scratch = engine.allocate(engine.call('ssimScratchBytes', columns, weights.length))
  const count = engine.call(
    'similarity',
    ...([truth, image, rows, columns, place(engine, weights), weights.length, pad, norm] as const),
    ...([placeRegion(engine, region), constants, ranges.length, totals, scratch] as const),
  )
  return { totals: [...engine.doubles(totals, ranges.length)], count }
}

function place(engine: WasmEngine, values: Float64Array): number {
  const at = engine.allocate(8 * values.length)
  engine.doubles(at, values.length).set(values)
  return at
}

/** 0 for none. */
function placeRegion(engine: WasmEngine, region: Uint8Array | null): number {
  if (region === null) return 0
  const at = engine.allocate(region.length)
  engine.bytes(at, region.length).set(region)
  return at
}

// The loops of ssim.ts and compare.ts as WebAssembly: a third of the time, the same bits.

import { onWasmEngine, type WasmEngine } from '../kernels/wasm-engine.ts'
import type { Compared, ComparisonRequest } from './compare.ts'

export interface SimilarityRequest {
  /** Row-major [row][column], float64, in the protocol's unit; `image` likewise. */
  readonly truth: Float64Array
  readonly image: Float64Array
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

export interface Similarity {
  /** Sum of the pixels' similarities, by data range. */
  readonly totals: number[]
  /** Pixels that were counted. */
  readonly count: number
}

/** Null where no WebAssembly memory can be had. @throws WasmFault when the kernel traps. */
export function wasmSimilarity(request: SimilarityRequest): Similarity | null {
  const { truth, image, region } = request
  return onWasmEngine(engine => similarityOn(engine, engine.place(truth), engine.place(image), placeRegion(engine, region), request))
}

/** As compareValues in compare.ts; null where no WebAssembly memory can be had. @throws WasmFault when a kernel traps. */
export function wasmCompare({ truthHu, imageHu, map, region, window, rangesOf, rows, columns }: ComparisonRequest): Compared | null {
  const pixels = truthHu.length
  return onWasmEngine(engine => {
    const [truth, image] = [engine.allocate(8 * pixels), engine.allocate(8 * pixels)]
    engine.call('valuesOfHu', engine.place(truthHu), truth, pixels, map.scale, map.offset, ...map.truthLimits)
    engine.call('valuesOfHu', engine.place(imageHu), image, pixels, map.scale, map.offset, ...map.imageLimits)
    const ranges = rangesOf(engine.doubles(truth, pixels))
    const regionAt = placeRegion(engine, region)
    const similarity = similarityOn(engine, truth, image, regionAt, { ...window, rows, columns, ranges })
    return { ranges, meanSquaredError: engine.call('meanSquaredError', truth, image, pixels, regionAt), ...similarity }
  })
}

function similarityOn(
  engine: WasmEngine,
  truth: number,
  image: number,
  region: number,
  { rows, columns, weights, pad, norm, ranges }: Omit<SimilarityRequest, 'truth' | 'image' | 'region'>,
): Similarity {
  const constants = engine.place(Float64Array.from(ranges.flatMap(range => [(0.01 * range) ** 2, (0.03 * range) ** 2])))
  const totals = engine.allocate(8 * ranges.length)
  const scratch = engine.allocate(engine.call('ssimScratchBytes', columns, weights.length))
  const count = engine.call(
    'similarity',
    ...([truth, image, rows, columns, engine.place(weights), weights.length, pad, norm] as const),
    ...([region, constants, ranges.length, totals, scratch] as const),
  )
  return { totals: [...engine.doubles(totals, ranges.length)], count }
}

/** 0 for none. */
function placeRegion(engine: WasmEngine, region: Uint8Array | null): number {
  return region === null ? 0 : engine.place(region)
}

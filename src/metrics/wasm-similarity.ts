// The loops of ssim.ts as WebAssembly: a third of the time, the same bits.

import { onWasmEngine } from '../kernels/wasm-engine.ts'

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
  /** Data ranges, in the same unit. */
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
export function wasmSimilarity({ truth, image, rows, columns, weights, pad, norm, ranges, region }: SimilarityRequest): Similarity | null {
  return onWasmEngine(engine => {
    const place = (values: Float64Array): number => {
      const at = engine.allocate(8 * values.length)
      engine.doubles(at, values.length).set(values)
      return at
    }
    const constants = Float64Array.from(ranges.flatMap(range => [(0.01 * range) ** 2, (0.03 * range) ** 2]))
    const [truthAt, imageAt, weightsAt, constantsAt, totals] = [truth, image, weights, constants, new Float64Array(ranges.length)].map(place) as [number, number, number, number, number]
    const scratch = engine.allocate(engine.call('ssimScratchBytes', columns, weights.length))
    const regionAt = region === null ? 0 : engine.allocate(region.length)
    if (region !== null) engine.bytes(regionAt, region.length).set(region)
    const count = engine.call(
      'similarity',
      ...([truthAt, imageAt, rows, columns, weightsAt, weights.length, pad, norm] as const),
      ...([regionAt, constantsAt, ranges.length, totals, scratch] as const),
    )
    return { totals: [...engine.doubles(totals, ranges.length)], count }
  })
}

// FBP's ramp filter on the `wasm` engine: twiddles and the response in the order
// that src/kernels/assembly/fft.ts leaves a transform in.

import type { WasmEngine } from '../kernels/wasm-engine.ts'
import { tileSize } from '../kernels/wasm-kernels.ts'
import { viewCount, type Geometry } from './geometry.ts'
import type { RampFilter } from './projector.ts'
import { paddedLength, rampResponse } from './ramp-filter.ts'
import { rayWeights } from './view-weights.ts'

/** Bytes of a complex sample in four lanes. */
const sampleBytes = 32

export class WasmFilter {
  readonly #engine: WasmEngine
  readonly #geometry: Geometry
  readonly #length: number
  readonly #twiddleCount: number
  readonly #pointers: { twiddles: number; perBin: number; perRay: number; response: number; scratch: number }
  /** The filter whose response the memory holds. */
  #current: RampFilter | null = null

  constructor(engine: WasmEngine, geometry: Geometry) {
    this.#engine = engine
    this.#geometry = geometry
    this.#length = paddedLength(geometry.bins)
    const twiddles = stageTwiddles(this.#length)
    const weights = rayWeights(geometry)
    this.#twiddleCount = twiddles.length
    const store = (values: ArrayLike<number> | null): number => {
      if (values === null) return 0
      const at = engine.allocate(values.length * 4)
      engine.floats(at, values.length).set(values)
      return at
    }
    this.#pointers = {
      twiddles: store(twiddles),
      perBin: store(weights.perBin),
      perRay: store(weights.perRay),
      response: engine.allocate(this.#length * 4),
      scratch: engine.allocate(engine.threads * this.#length * sampleBytes),
    }
  }

  /** `rows` rows (batch × views) at byte `input` → the same at byte `output`. @throws UserError for a filter that is none. */
  async run(input: number, rows: number, filter: RampFilter, output: number): Promise<void> {
    const { twiddles, perBin, perRay, response, scratch } = this.#pointers
    this.#writeResponse(filter)
    await this.#engine.run('filterRows', Math.ceil(rows / tileSize.filterRows), [
      ...([scratch, input, output, rows, this.#geometry.bins, viewCount(this.#geometry)] as const),
      ...([perBin, perRay, response, this.#length, twiddles, twiddles + this.#twiddleCount * 4] as const),
    ])
  }

  #writeResponse(filter: RampFilter): void {
    if (this.#current?.name === filter.name && this.#current.cutoff === filter.cutoff) return
    const natural = rampResponse(this.#geometry, filter)
    const permuted = this.#engine.floats(this.#pointers.response, this.#length)
    transformOrder(this.#length).forEach((frequency, at) => (permuted[at] = natural[frequency]! / this.#length))
    this.#current = { ...filter }
  }
}

/** Frequency that the in-place transform leaves at each position: radix 4 while four divide the length, then radix 2. */
export function transformOrder(length: number): number[] {
  if (length === 1) return [0]
  const radix = length % 4 === 0 ? 4 : 2
  const inner = transformOrder(length / radix)
  return Array.from({ length: radix }, (_, remainder) => inner.map(frequency => frequency * radix + remainder)).flat()
}

/** { W, W², W³ } with W = e^{−2πik/n}, k = 0 … n/4 − 1, for n = length, length/4, … ≥ 4. */
export function stageTwiddles(length: number): Float32Array {
  const twiddles: number[] = []
  for (let n = length; n >= 4; n /= 4)
    for (let k = 0; k < n / 4; k++)
      for (let power = 1; power <= 3; power++) {
        const angle = (-2 * Math.PI * k * power) / n
        twiddles.push(Math.cos(angle), Math.sin(angle))
      }
  return Float32Array.from(twiddles)
}

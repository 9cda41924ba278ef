// AᵀA of a parallel beam on the `wasm` engine, at the price of transforms: D·K·D with
// the convolution K of normal-response.ts and a diagonal D that makes it exact on a
// constant image, which halves its squared error. Symmetric and positive, as AᵀA is.

import type { WasmEngine } from '../kernels/wasm-engine.ts'
import { tileSize } from '../kernels/wasm-kernels.ts'
import { imageLength, type ImageGrid, type ParallelBeam } from './geometry.ts'
import { normalResponse, paddedAxes } from './normal-response.ts'
import { stageTwiddles, transformOrder } from './wasm-filter.ts'

/** Bytes of a complex sample in four lanes. */
const sampleBytes = 32

interface Axis {
  readonly length: number
  readonly twiddles: number
  readonly twiddlesEnd: number
}

export class WasmNormal {
  readonly #engine: WasmEngine
  readonly #grid: ImageGrid
  readonly #rowAxis: Axis
  readonly #columnAxis: Axis
  readonly #groups: number
  readonly #groupBytes: number
  readonly #scratchBytes: number
  readonly #pointers: { scratch: number; positions: number; spectrum: number; response: number; weights: number }

  /** `exact` runs AᵀA itself, from image to image; it is asked once. @throws WasmFault when memory cannot be had. */
  static async make(
    engine: WasmEngine,
    geometry: ParallelBeam,
    grid: ImageGrid,
    exact: (imageAt: number, resultAt: number) => Promise<void>,
  ): Promise<WasmNormal> {
    const normal = new WasmNormal(engine, geometry, grid)
    await normal.#matchConstant(exact)
    return normal
  }

  private constructor(engine: WasmEngine, geometry: ParallelBeam, grid: ImageGrid) {
    this.#engine = engine
    this.#grid = grid
    const [height, width] = paddedAxes(grid)
    const axis = (length: number): Axis => {
      const values = stageTwiddles(length)
      const twiddles = engine.place(values)
      return { length, twiddles, twiddlesEnd: twiddles + values.length * 4 }
    }
    this.#rowAxis = axis(width)
    this.#columnAxis = axis(height)
    this.#groups = width / 8 + 1
    // An odd number of cache lines, so that groups do not fall into the same sets.
    this.#groupBytes = Math.ceil(grid.rows / tileSize.spectrumRows) * tileSize.spectrumRows * sampleBytes + 64
    this.#scratchBytes = (Math.max(width, height) + 2) * sampleBytes
    this.#pointers = {
      scratch: engine.allocate(engine.threads * this.#scratchBytes),
      positions: engine.allocate(this.#groups * 4 * 8),
      spectrum: engine.allocate(this.#groups * this.#groupBytes),
      response: engine.allocate(this.#groups * height * 16),
      weights: engine.allocate(imageLength(grid) * 4),
    }
    this.#writePositions()
    this.#writeResponse(normalResponse(geometry, grid))
    engine.floats(this.#pointers.weights, imageLength(grid)).fill(1)
  }

  /** The image at byte `image` → its AᵀA at byte `result`; both may be one. */
  async run(image: number, result: number): Promise<void> {
    const { scratch, positions, spectrum, response, weights } = this.#pointers
    const { rows, columns } = this.#grid
    const [row, column] = [this.#rowAxis, this.#columnAxis]
    const rowTiles = Math.ceil(rows / tileSize.spectrumRows)
    await this.#engine.run('spectrumOfRows', rowTiles, [
      ...([scratch, this.#scratchBytes, image, weights, rows, columns] as const),
      ...([row.length, row.twiddles, positions, spectrum, this.#groupBytes] as const),
    ])
    await this.#engine.run('convolveColumns', this.#groups, [
      ...([scratch, this.#scratchBytes, spectrum, this.#groupBytes, rows] as const),
      ...([column.length, column.twiddles, column.twiddlesEnd, response] as const),
    ])
    await this.#engine.run('rowsOfSpectrum', rowTiles, [
      ...([scratch, this.#scratchBytes, result, weights, rows, columns] as const),
      ...([row.length, row.twiddlesEnd, positions, spectrum, this.#groupBytes] as const),
    ])
  }

  async #matchConstant(exact: (imageAt: number, resultAt: number) => Promise<void>): Promise<void> {
    const length = imageLength(this.#grid)
    const engine = this.#engine
    const [ones, wanted, got] = [engine.allocate(length * 4), engine.allocate(length * 4), engine.allocate(length * 4)]
    engine.floats(ones, length).fill(1)
    await exact(ones, wanted)
    await this.run(ones, got)
    const [right, approximate] = [engine.floats(wanted, length), engine.floats(got, length)]
    const weights = engine.floats(this.#pointers.weights, length)
    for (let i = 0; i < length; i++) weights[i] = Math.sqrt(right[i]! / approximate[i]!)
    for (const at of [ones, wanted, got]) engine.free(at)
  }

  /** Byte offsets of f and of −f, four frequencies a group; beyond length/2 the sample of zeros behind the row. */
  #writePositions(): void {
    const { length } = this.#rowAxis
    const place = new Int32Array(length)
    transformOrder(length).forEach((frequency, at) => (place[frequency] = at))
    const offsets = this.#engine.integers(this.#pointers.positions, this.#groups * 8)
    for (let f = 0; f < this.#groups * 4; f++) {
      const there = f <= length / 2
      offsets[2 * f] = (there ? place[f]! : length) * sampleBytes
      offsets[2 * f + 1] = (there ? place[(length - f) % length]! : length) * sampleBytes
    }
  }

  /** [group][column position][lane], with the ½ of parting the rows and the 1/length of both axes. */
  #writeResponse(natural: Float64Array): void {
    const [width, height] = [this.#rowAxis.length, this.#columnAxis.length]
    const laid = this.#engine.floats(this.#pointers.response, this.#groups * height * 4)
    const order = transformOrder(height)
    const scale = 0.5 / (width * height)
    for (let f = 0; f <= width / 2; f++) {
      const start = (f >> 2) * height * 4 + (f & 3)
      for (let at = 0; at < height; at++) laid[start + at * 4] = natural[order[at]! * width + f]! * scale
    }
  }
}

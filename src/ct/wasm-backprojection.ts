// FBP's back-projection on the `wasm` engine: lays out frames, lanes and tables as
// src/kernels/assembly/backproject.ts reads them.

import type { WasmEngine } from '../kernels/wasm-engine.ts'
import { tileSize } from '../kernels/wasm-kernels.ts'
import { exactCos, exactSin } from './exact-math.ts'
import type { Geometry, ImageGrid } from './geometry.ts'
import { binCentreMm, viewWeights } from './view-weights.ts'
import { planFrames, type FramePlan } from './wasm-frames.ts'

/** Tables that exist at one time: few enough for the L2 cache, but of no fewer frames than a tile takes at one time. */
const tableBytesAtOnce = 2 * 2 ** 20
const leastFramesAtOnce = 64
/** Zero entries around a row's bins, and bytes of an entry (assembly/lanes.ts). */
const extraEntries = 3
const entryBytes = 32
const frameDoubles = 7
const laneIntegers = 4
const sourceIntegers = 3

export class WasmBackprojection {
  readonly #engine: WasmEngine
  readonly #geometry: Geometry
  readonly #grid: ImageGrid
  readonly #plan: FramePlan
  readonly #framesAtOnce: number
  readonly #tiles: number
  readonly #pointers: { frames: number; sources: number; lanes: number; table: number; accumulators: number; scratch: number }

  constructor(engine: WasmEngine, geometry: Geometry, grid: ImageGrid) {
    this.#engine = engine
    this.#geometry = geometry
    this.#grid = grid
    this.#plan = planFrames(geometry, grid)
    const { frames, lanes, mirrors, rows, columns } = this.#plan
    const frameBytes = (geometry.bins + extraEntries) * entryBytes
    // An even number: a frame and its mirror image stay together.
    this.#framesAtOnce = Math.min(frames.length, Math.max(leastFramesAtOnce, 2 * Math.floor(tableBytesAtOnce / frameBytes / 2)))
    const [down, across] = [rows, columns].map(count => Math.ceil(count / tileSize.backprojectPixels)) as [number, number]
    this.#tiles = mirrors ? (across * (across + 1)) / 2 : down * across
    this.#pointers = {
      frames: engine.allocate(frames.length * frameDoubles * 8),
      sources: engine.allocate(frames.length * 4 * sourceIntegers * 4),
      lanes: engine.allocate(4 * laneIntegers * 4),
      table: engine.allocate(this.#framesAtOnce * frameBytes),
      accumulators: engine.allocate(this.#tiles * tileSize.backprojectPixels ** 2 * (mirrors ? 2 : 1) * 16),
      scratch: engine.allocate(engine.threads * engine.backprojectScratchBytes),
    }
    const doubles = engine.doubles(this.#pointers.frames, frames.length * frameDoubles)
    frames.forEach((frame, i) => doubles.set([...frameGeometry(geometry, grid, frame.angleRad), mirrors?.[i] ?? i], i * frameDoubles))
    this.#writeSources()
    const outputs = engine.integers(this.#pointers.lanes, 4 * laneIntegers)
    for (let i = 0; i < 4; i++) {
      const lane = lanes[i]
      const skips = lane ? (lane.skipsMiddleRow ? 2 : 0) + (lane.skipsMiddleColumn ? 4 : 0) : 1
      outputs.set([lane?.origin ?? 0, lane?.perRow ?? 0, lane?.perColumn ?? 0, skips], i * laneIntegers)
    }
  }

  /** Filtered rows at byte `sinogram` → image at byte `image`. */
  async run(sinogram: number, image: number): Promise<void> {
    const { frames, rows, columns } = this.#plan
    const { bins } = this.#geometry
    const { frames: framesAt, sources, lanes, table, accumulators, scratch } = this.#pointers
    const mirrors = this.#plan.mirrors ? 1 : 0
    for (let first = 0; first < frames.length; first += this.#framesAtOnce) {
      const end = Math.min(frames.length, first + this.#framesAtOnce)
      await this.#engine.run('tableFromRows', end - first, [sinogram, sources + first * 4 * sourceIntegers * 4, table, bins])
      await this.#engine.run('backproject', this.#tiles, [
        ...([scratch, accumulators, kernelKind(this.#geometry), framesAt, first, end, table] as const),
        ...([bins, ...detectorScale(this.#geometry), columns, mirrors] as const),
      ])
    }
    await this.#engine.run('imageFromTile', this.#tiles, [
      ...([accumulators, rows, columns, this.#grid.rows, this.#grid.columns, lanes, image, mirrors] as const),
    ])
  }

  /** Per frame and lane: view, reversed, and the view's weight in the sum. */
  #writeSources(): void {
    const { frames } = this.#plan
    const geometry = this.#geometry
    const weights = viewWeights(geometry)
    // The kernel divides by the squared distance: along the central ray (flat), or of source and pixel (curved).
    const scale = geometry.kind === 'fan' && geometry.detector === 'flat' ? geometry.sourceToIsocentreMm ** 2 : 1
    const integers = this.#engine.integers(this.#pointers.sources, frames.length * 4 * sourceIntegers)
    const floats = this.#engine.floats(this.#pointers.sources, integers.length)
    frames.forEach((frame, i) =>
      frame.lanes.forEach((lane, j) => {
        const at = (i * 4 + j) * sourceIntegers
        integers[at] = lane?.view ?? -1
        integers[at + 1] = lane?.reversed ? 1 : 0
        floats[at + 2] = lane ? scale * frame.share * weights[lane.view]! : 0
      }),
    )
  }
}

/** PARALLEL, FLAT or curved of assembly/backproject.ts. */
function kernelKind(geometry: Geometry): number {
  if (geometry.kind === 'parallel') return 0
  return geometry.detector === 'flat' ? 1 : 2
}

/** Fans: the bin of the central ray, and bins per unit of tan γ (flat) or γ (curved). A parallel frame is in bins already. */
function detectorScale(geometry: Geometry): [middleBin: number, binsPerUnit: number] {
  if (geometry.kind === 'parallel') return [0, 1]
  return [-binCentreMm(geometry, 0) / geometry.pitchMm, geometry.sourceToDetectorMm / geometry.pitchMm]
}

/** Across and depth of pixel (0, 0), and what a column and a row add to each: see assembly/backproject.ts. */
function frameGeometry(geometry: Geometry, grid: ImageGrid, angleRad: number): number[] {
  const cos = exactCos(angleRad)
  const sin = exactSin(angleRad)
  const x = (-(grid.columns - 1) / 2) * grid.pixelMm
  const y = ((grid.rows - 1) / 2) * grid.pixelMm
  const across = [x * cos + y * sin, grid.pixelMm * cos, -grid.pixelMm * sin]
  if (geometry.kind === 'parallel') {
    const [origin, perColumn, perRow] = across.map(mm => mm / geometry.pitchMm)
    return [origin! - binCentreMm(geometry, 0) / geometry.pitchMm, perColumn!, perRow!, 0, 0, 0]
  }
  return [...across, geometry.sourceToIsocentreMm - x * sin + y * cos, -grid.pixelMm * sin, -grid.pixelMm * cos]
}

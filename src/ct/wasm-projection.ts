// Joseph's projection and its transpose on the `wasm` engine: lays out runs, rays
// and tables as src/kernels/assembly/joseph.ts and lanes.ts read them.

import type { WasmEngine } from '../kernels/wasm-engine.ts'
import { tileSize } from '../kernels/wasm-kernels.ts'
import { exactCos, exactSin } from './exact-math.ts'
import type { Geometry, ImageGrid } from './geometry.ts'
import { binCentreMm } from './view-weights.ts'
import { planRuns, type RunFamily } from './wasm-runs.ts'
import { frameIndex, imageIndex, type PixelIndex } from './wasm-symmetry.ts'

const runBytes = 48
const rayBytes = 16
/** Bytes of one vector: four lanes. */
const vectorBytes = 16
/** Zero cells at either end of a table's row. */
const marginCells = 2
const lineBytes = 64

/** One family of runs in the engine's memory. */
interface PlacedFamily {
  readonly family: RunFamily
  readonly runs: number
  readonly rays: number
  /** Frame pixel → image pixel, image pixel → table cell: four lanes each. */
  readonly imageLanes: number
  readonly frameLanes: number
  readonly rowBytes: number
}

export class WasmProjection {
  readonly #engine: WasmEngine
  readonly #geometry: Geometry
  readonly #grid: ImageGrid
  readonly #families: readonly PlacedFamily[]
  /** One vector per ray, and one table of four turned images: of the family at work. */
  readonly #values: number
  readonly #table: number
  readonly #scratch: number

  private constructor(engine: WasmEngine, geometry: Geometry, grid: ImageGrid, families: readonly RunFamily[]) {
    this.#engine = engine
    this.#geometry = geometry
    this.#grid = grid
    this.#families = families.map(family => placeFamily(engine, family, grid))
    this.#values = engine.allocate(Math.max(...families.map(family => paddedRays(family) * vectorBytes)))
    this.#table = engine.allocate(Math.max(...families.map(family => family.grid.rows * tableRowBytes(family.grid.columns))))
    this.#scratch = engine.allocate(engine.threads * engine.projectScratchBytes)
  }

  static async make(engine: WasmEngine, geometry: Geometry, grid: ImageGrid): Promise<WasmProjection> {
    const projection = new WasmProjection(engine, geometry, grid, planRuns(geometry, grid))
    const detector = engine.place(detectorRays(geometry))
    const sourceMm = geometry.kind === 'fan' ? geometry.sourceToIsocentreMm : 0
    for (const { family, runs, rays } of projection.#families)
      await engine.run('layRays', family.runs.length, [
        ...([runs, rays, detector, sourceMm, grid.pixelMm, family.grid.rows, family.grid.columns] as const),
      ])
    engine.free(detector)
    return projection
  }

  /** Image at byte `image` → sinogram at byte `sinogram`. */
  async forward(image: number, sinogram: number): Promise<void> {
    const { bins } = this.#geometry
    for (const { family, runs, rays, imageLanes, rowBytes } of this.#families) {
      const { rows, columns } = family.grid
      await this.#engine.run('tableFromImage', Math.ceil(rows / tileSize.tableRows), [
        ...([image, imageLanes, this.#table, rowBytes, rows, columns] as const),
      ])
      await this.#engine.run('forward', Math.ceil(family.runs.length / tileSize.forwardRuns), [
        ...([this.#scratch, runs, family.runs.length, rays, this.#values, this.#table, rowBytes] as const),
        ...([rows, columns, sinogram, bins, this.#grid.pixelMm] as const),
      ])
    }
  }

  /** Sinogram at byte `sinogram` → image at byte `image`. */
  async adjoint(sinogram: number, image: number): Promise<void> {
    const { bins } = this.#geometry
    for (const [index, { family, runs, rays, frameLanes, rowBytes }] of this.#families.entries()) {
      const { rows, columns } = family.grid
      await this.#engine.run('gatherRun', family.runs.length, [runs, rays, this.#values, sinogram, bins, this.#grid.pixelMm])
      await this.#engine.run('adjoint', Math.ceil(rows / tileSize.tableRows), [
        ...([this.#scratch, runs, family.runs.length, rays, this.#values, this.#table, rowBytes, rows, columns] as const),
      ])
      await this.#engine.run('imageFromTable', Math.ceil(this.#grid.rows / tileSize.tableRows), [
        ...([image, frameLanes, this.#table, rowBytes, this.#grid.rows, this.#grid.columns, index === 0 ? 1 : 0] as const),
      ])
    }
  }
}

function placeFamily(engine: WasmEngine, family: RunFamily, grid: ImageGrid): PlacedFamily {
  const rowBytes = tableRowBytes(family.grid.columns)
  const runs = engine.allocate(family.runs.length * runBytes)
  const rays = engine.allocate(paddedRays(family) * rayBytes)
  const doubles = engine.doubles(runs, (family.runs.length * runBytes) / 8)
  const integers = engine.integers(runs, (family.runs.length * runBytes) / 4)
  let firstRay = 0
  family.runs.forEach((run, i) => {
    doubles.set([exactCos(run.angleRad), exactSin(run.angleRad)], (i * runBytes) / 8)
    const reversed = run.reversed.reduce((bits, flag, lane) => bits | (flag ? 1 << lane : 0), 0)
    integers.set([run.firstBin, run.bins, firstRay, reversed, ...run.views], (i * runBytes) / 4 + 4)
    firstRay += paddedBins(run.bins)
  })
  const used = family.lanes.map((_, lane) => family.runs.some(run => run.views[lane] !== -1))
  const stride = rowBytes / vectorBytes
  return {
    family,
    runs,
    rays,
    rowBytes,
    imageLanes: storeLanes(engine, used, family.lanes.map(lane => imageIndex(lane, family.grid, grid))),
    frameLanes: storeLanes(
      engine,
      used,
      family.lanes.map(lane => {
        const index = frameIndex(lane, grid, family.grid, stride)
        return { ...index, origin: index.origin + marginCells }
      }),
    ),
  }
}

function storeLanes(engine: WasmEngine, used: readonly boolean[], lanes: readonly PixelIndex[]): number {
  const at = engine.allocate(lanes.length * 16)
  const integers = engine.integers(at, lanes.length * 4)
  lanes.forEach((lane, i) => integers.set([lane.origin, lane.perRow, lane.perColumn, used[i] ? 1 : 0], i * 4))
  return at
}

/** { origin, along, across } of every bin: the ray starts at `origin` on the detector axis, or at a fan's source (src/ct/joseph.ts). */
function detectorRays(geometry: Geometry): Float64Array {
  const rays = new Float64Array(geometry.bins * 3)
  for (let bin = 0; bin < geometry.bins; bin++) {
    const s = binCentreMm(geometry, bin)
    if (geometry.kind === 'parallel') rays.set([s, 1, 0], bin * 3)
    else if (geometry.detector === 'flat') rays.set([0, geometry.sourceToDetectorMm, s], bin * 3)
    else rays.set([0, exactCos(s / geometry.sourceToDetectorMm), exactSin(s / geometry.sourceToDetectorMm)], bin * 3)
  }
  return rays
}

/** An odd number of cache lines, so that the rows of a block do not compete for the same places of the cache. */
function tableRowBytes(columns: number): number {
  const lines = Math.ceil(((columns + 2 * marginCells) * vectorBytes) / lineBytes)
  return (lines + (lines % 2 === 0 ? 1 : 0)) * lineBytes
}

function paddedBins(bins: number): number {
  return Math.ceil(bins / 4) * 4
}

function paddedRays(family: RunFamily): number {
  return family.runs.reduce((sum, run) => sum + paddedBins(run.bins), 0)
}

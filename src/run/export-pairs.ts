// Training pairs: every case is scanned as a run would scan it, at several doses, and
// goes to the file with its FBPs and its truth before the next case is made.
// Trap: noise that a network was trained on must never be the noise that it is scored
// on. Here it is keyed by the dataset name "export-pairs/<dataset>", which no run uses.

import { setImmediate } from 'node:timers/promises'
import { noiseModelAt } from '../ct/acquisition.ts'
import { createProjector } from '../ct/create-projector.ts'
import type { SimulatedCase } from '../ct/case.ts'
import { exactExp, exactLog } from '../ct/exact-math.ts'
import { filteredBackProjection } from '../ct/filtered-back-projection.ts'
import type { Geometry, ImageGrid } from '../ct/geometry.ts'
import type { Sinogram } from '../ct/image.ts'
import { estimateNoiseHu } from '../ct/noise-level.ts'
import { prepareScan, type PreparedScan } from '../ct/prepare-scan.ts'
import type { Preset } from '../ct/presets.ts'
import type { BackendId, Projector, RampFilter } from '../ct/projector.ts'
import { PhiloxRandom, seedKey } from '../ct/random.ts'
import { splitGeometry, splitSinogram } from '../ct/split-views.ts'
import { huImage } from '../ct/units.ts'
import { UserError } from '../ct/user-error.ts'
import { writeHdf5 } from '../io/hdf5-writer.ts'
import { PairsFile, type Pair } from '../io/pairs-file.ts'
import type { FoundDataset } from './find-modules.ts'
import { installation } from './installation.ts'
import { trainingCases, type TrainingPart } from './training-cases.ts'

/** The same doses for every case, or `perCase` of them drawn for each, log-uniform. */
export type PairDoses =
  | { readonly kind: 'list'; readonly doses: readonly number[] }
  | { readonly kind: 'range'; readonly low: number; readonly high: number; readonly perCase: number }

export interface PairsRequest {
  readonly found: FoundDataset
  readonly part: TrainingPart
  /** At most so many cases; all when null. */
  readonly mostCases: number | null
  readonly preset: Preset
  readonly doses: PairDoses
  /** Independent noises at each dose. */
  readonly realisations: number
  readonly filters: readonly RampFilter[]
  readonly sinograms: boolean
  /** FBPs of every K-th view beside those of all; 0 for none. */
  readonly viewSplits: number
  readonly seed: number
  readonly backend: BackendId
  readonly path: string
  /** Ends the export, which then leaves no file. */
  readonly signal: AbortSignal
  readonly progress: PairsProgress
}

export interface PairsProgress {
  /** Pairs that will be written if every case can be scanned; null where that is not known. */
  expected(pairs: number | null): void
  /** A pair is in the file. */
  written(caseId: string, dose: number): void
  /** A file or case is passed over, or something about it should be known. */
  noted(note: string): void
}

export interface PairsSummary {
  readonly cases: number
  readonly pairs: number
}

/** @throws UserError for a request that cannot be met, or a file that cannot be written; no file is left then. */
export async function exportPairs(request: PairsRequest): Promise<PairsSummary> {
  const { found, part, mostCases, preset, doses, filters, sinograms, viewSplits, seed, backend, path, signal, progress } = request
  noiseModelAt(preset, doses.kind === 'list' ? Math.min(...doses.doses) : doses.low) // refuses too little dose before any work
  const parts = viewSplits === 0 ? [] : splitGeometry(preset.geometry, viewSplits)
  const { count, cases } = await trainingCases(found, part, (file, reason) => progress.noted(`Passed over ${file}: ${reason}`))
  const pairsPerCase = (doses.kind === 'list' ? doses.doses.length : doses.perCase) * request.realisations
  const expected = mostCases === null ? count : Math.min(count ?? mostCases, mostCases)
  progress.expected(expected === null ? null : expected * pairsPerCase)
  const projectors = new GridProjectors(backend)
  try {
    return await writeHdf5(path, async file => {
      const { licence } = found.dataset
      const about = { dataset: found.id, licence, preset, filters, sinograms, viewSplits, seed, backend, packageVersion: installation().version }
      const pairs = new PairsFile(file, about)
      for await (const one of cases) {
        signal.throwIfAborted()
        const scan = scanOf(one, request)
        if (scan === null) continue
        await addCase(pairs, one, scan, parts, projectors, request)
        if (pairs.cases === mostCases) break
      }
      pairs.finish()
      if (expected !== null && pairs.cases < expected) progress.noted(`${expected} cases were expected; ${pairs.cases} could be had.`)
      return { cases: pairs.cases, pairs: pairs.pairs }
    })
  } finally {
    await projectors.dispose()
  }
}

/** Null for a case that does not fit the preset, which is noted. */
function scanOf(one: SimulatedCase, { found, preset, seed, progress }: PairsRequest): PreparedScan | null {
  try {
    const names = { suiteSeed: seed, dataset: `export-pairs/${found.id}`, caseId: one.id }
    const scan = prepareScan({ object: one.object, preset, seed: names, name: `${found.id}/${one.id}` })
    if (scan.note !== null) progress.noted(`${one.id}: ${scan.note}`)
    return scan
  } catch (error) {
    if (!(error instanceof UserError)) throw error
    progress.noted(`Passed over ${one.id}: ${error.message}`)
    return null
  }
}

async function addCase(
  pairs: PairsFile,
  one: SimulatedCase,
  scan: PreparedScan,
  parts: readonly Geometry[],
  projectors: GridProjectors,
  request: PairsRequest,
): Promise<void> {
  const { found, realisations, filters, signal, progress } = request
  const { grid, scale, truth } = scan
  const credit = one.credit ?? found.dataset.credit
  pairs.addCase({ id: one.id, subject: one.subject, window: one.window, pixelMm: grid.pixelMm, credit, scale, truthHu: huImage(truth.data, scale) })
  const fbpHu = async (sinogram: Sinogram, filter: RampFilter): Promise<Float32Array> =>
    huImage(await filteredBackProjection(await projectors.on(sinogram.geometry, grid), sinogram, filter), scale)
  for (const dose of dosesOf(one.id, request))
    for (let realisation = 0; realisation < realisations; realisation++) {
      await setImmediate() // an interruption gets in
      signal.throwIfAborted()
      const { sinogram, noise } = scan.measure(dose, realisation)
      const fbps: Pair['fbps'][number][] = []
      for (const filter of filters) {
        const hu = await fbpHu(sinogram, filter)
        fbps.push({ hu, noiseHu: estimateNoiseHu(hu, grid.rows, grid.columns) })
      }
      const splitFbps: Float32Array[] = []
      for (const part of splitSinogram(sinogram, parts)) splitFbps.push(await fbpHu(part, filters[0]!))
      pairs.addPair({ dose, realisation, noise, sinogram: sinogram.data, fbps, splitFbps })
      progress.written(one.id, dose)
    }
}

/** The doses of a case. Drawn ones depend on seed, dataset, case and preset alone, and have six digits. */
function dosesOf(caseId: string, { doses, seed, found, preset }: PairsRequest): readonly number[] {
  if (doses.kind === 'list') return doses.doses
  const { low, high, perCase } = doses
  const random = new PhiloxRandom(seedKey('export-pairs doses', seed, found.id, caseId, preset.id))
  return Array.from({ length: perCase }, () => {
    const drawn = low * exactExp(random.uniform() * exactLog(high / low))
    return Math.min(high, Math.max(low, Number(drawn.toPrecision(6))))
  })
}

/**
 * The projectors of one grid, one a geometry; another grid (the next slice has pixels of its own) takes their place.
 * They run on one thread: what a worker thread has held of a memory that it shared goes only when its own heap is
 * collected, which in 53 slices never came (1.8 GB against 0.85), and FBP is the lesser part of the work.
 */
class GridProjectors {
  readonly #backend: BackendId
  readonly #made = new Map<Geometry, Projector>()

  constructor(backend: BackendId) {
    this.#backend = backend
  }

  async on(geometry: Geometry, grid: ImageGrid): Promise<Projector> {
    const [other] = this.#made.values()
    if (other && other.grid.pixelMm !== grid.pixelMm) await this.dispose()
    let projector = this.#made.get(geometry)
    if (!projector) {
      projector = await createProjector({ geometry, grid, backend: this.#backend, threads: 1 })
      this.#made.set(geometry, projector)
    }
    return projector
  }

  async dispose(): Promise<void> {
    for (const projector of this.#made.values()) await projector.dispose()
    this.#made.clear()
  }
}

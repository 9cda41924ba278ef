// Training pairs in HDF5, format "sinobench-pairs@1". One preset a file.
//   attributes  format, dataset, preset, geometry (JSON: the geometry and its attenuation scale),
//               filters (JSON: [{ name, cutoff }]), seed, package_version, view_splits (0 or K),
//               backend, licence, credits (JSON: list of texts)
//   per case    truth float32 [cases, rows, columns], HU · pixel_mm float64 [cases] ·
//               case_id, subject: texts [cases] · window float32 [cases, 2], HU
//   per pair    case_index int32 [pairs] · dose, photons_per_ray, electronic_noise float64 [pairs] ·
//               realisation int32 [pairs] · noise_hu float32 [pairs, filters] (estimateNoiseHu) ·
//               fbp float32 [pairs, filters, rows, columns], HU
//   optional    sinogram float32 [pairs, views, bins], line integrals ·
//               split_fbp float32 [pairs, K, rows, columns], HU: FBP (first filter) of every K-th view
// Images go to disk as they come; the short columns wait for the end.

import type { HuWindow } from '../ct/case.ts'
import { viewCount } from '../ct/geometry.ts'
import type { NoiseModel } from '../ct/method.ts'
import type { Preset } from '../ct/presets.ts'
import type { RampFilter } from '../ct/projector.ts'
import type { AttenuationScale } from '../ct/units.ts'
import { UserError } from '../ct/user-error.ts'
import type { Hdf5Stack, Hdf5Writer } from './hdf5-writer.ts'

export interface PairsDescription {
  readonly dataset: string
  readonly licence: string
  readonly preset: Preset
  readonly filters: readonly RampFilter[]
  readonly sinograms: boolean
  /** 0 or K. */
  readonly viewSplits: number
  readonly seed: number
  readonly backend: string
  readonly packageVersion: string
}

interface CaseColumns {
  readonly id: string
  readonly subject: string
  readonly window: HuWindow
  readonly pixelMm: number
  /** Credit that the data ask for, null where they ask for none. */
  readonly credit: string | null
}

export interface PairsCase extends CaseColumns {
  readonly scale: AttenuationScale
  /** Row-major [row][column], float32, HU. */
  readonly truthHu: Float32Array
}

/** A noisy scan of the case that was added last. Images: row-major [row][column], float32, HU. */
export interface Pair {
  readonly dose: number
  readonly realisation: number
  readonly noise: NoiseModel
  /** Row-major [view][bin], float32, line integrals. */
  readonly sinogram: Float32Array
  /** One image a filter, with its noise level, HU. */
  readonly fbps: readonly { readonly hu: Float32Array; readonly noiseHu: number }[]
  /** K images; none when views are not split. */
  readonly splitFbps: readonly Float32Array[]
}

/** Writes a file of pairs: a case, its pairs, the next case …, and `finish`. */
export class PairsFile {
  readonly #file: Hdf5Writer
  readonly #about: PairsDescription
  readonly #truth: Hdf5Stack
  readonly #fbp: Hdf5Stack
  readonly #sinogram: Hdf5Stack | null
  readonly #splitFbp: Hdf5Stack | null
  readonly #cases: CaseColumns[] = []
  readonly #pairs: (Pick<Pair, 'dose' | 'realisation' | 'noise'> & { caseIndex: number; noiseHu: number[] })[] = []
  #scale: AttenuationScale | null = null

  constructor(file: Hdf5Writer, about: PairsDescription) {
    const { preset, filters, viewSplits } = about
    const { rows, columns } = preset.grid
    this.#file = file
    this.#about = about
    this.#truth = file.stack('truth', [rows, columns])
    this.#fbp = file.stack('fbp', [filters.length, rows, columns])
    this.#sinogram = about.sinograms ? file.stack('sinogram', [viewCount(preset.geometry), preset.geometry.bins]) : null
    this.#splitFbp = viewSplits > 0 ? file.stack('split_fbp', [viewSplits, rows, columns]) : null
  }

  get cases(): number {
    return this.#cases.length
  }

  get pairs(): number {
    return this.#pairs.length
  }

  /** @throws UserError when its attenuation scale is not that of the cases before. */
  addCase({ id, subject, window, pixelMm, credit, scale, truthHu }: PairsCase): void {
    this.#scale ??= scale
    if (scale.muWater !== this.#scale.muWater || scale.muAir !== this.#scale.muAir)
      throw new UserError(`Case "${id}" of ${this.#about.dataset} has another attenuation scale than those before it: phantoms and slices do not go into one file of pairs.`)
    this.#truth.append(truthHu)
    this.#cases.push({ id, subject, window, pixelMm, credit })
  }

  addPair({ dose, realisation, noise, sinogram, fbps, splitFbps }: Pair): void {
    this.#fbp.append(joined(fbps.map(({ hu }) => hu)))
    this.#sinogram?.append(sinogram)
    this.#splitFbp?.append(joined(splitFbps))
    this.#pairs.push({ caseIndex: this.#cases.length - 1, dose, realisation, noise, noiseHu: fbps.map(({ noiseHu }) => noiseHu) })
  }

  /** Writes the columns and, last, the attributes. @throws UserError when there is no pair. */
  finish(): void {
    const file = this.#file
    const { dataset, licence, preset, filters, viewSplits, seed, backend, packageVersion } = this.#about
    const cases = this.#cases
    const pairs = this.#pairs
    if (pairs.length === 0) throw new UserError(`No case of ${dataset} could be scanned with preset ${preset.id}, so there are no pairs.`)
    file.dataset('pixel_mm', Float64Array.from(cases, ({ pixelMm }) => pixelMm))
    file.dataset('case_id', cases.map(({ id }) => id))
    file.dataset('subject', cases.map(({ subject }) => subject))
    file.dataset('window', Float32Array.from(cases.flatMap(({ window }) => [window.lowHu, window.highHu])), [cases.length, 2])
    file.dataset('case_index', Int32Array.from(pairs, ({ caseIndex }) => caseIndex))
    file.dataset('dose', Float64Array.from(pairs, ({ dose }) => dose))
    file.dataset('photons_per_ray', Float64Array.from(pairs, ({ noise }) => noise.photonsPerRay))
    file.dataset('electronic_noise', Float64Array.from(pairs, ({ noise }) => noise.electronicNoise))
    file.dataset('realisation', Int32Array.from(pairs, ({ realisation }) => realisation))
    file.dataset('noise_hu', Float32Array.from(pairs.flatMap(({ noiseHu }) => noiseHu)), [pairs.length, filters.length])
    file.attribute('dataset', dataset)
    file.attribute('preset', preset.id)
    file.attribute('geometry', JSON.stringify({ ...preset.geometry, scale: this.#scale }))
    file.attribute('filters', JSON.stringify(filters))
    file.attribute('seed', seed)
    file.attribute('package_version', packageVersion)
    file.attribute('view_splits', viewSplits)
    file.attribute('backend', backend)
    file.attribute('licence', licence)
    file.attribute('credits', JSON.stringify([...new Set(cases.map(({ credit }) => credit).filter(credit => credit !== null))]))
    file.attribute('format', 'sinobench-pairs@1')
  }
}

function joined(images: readonly Float32Array[]): Float32Array {
  const all = new Float32Array(images.reduce((sum, image) => sum + image.length, 0))
  let at = 0
  for (const image of images) {
    all.set(image, at)
    at += image.length
  }
  return all
}

// What a dataset yields: cases. A simulated case has an object whose truth is
// known; a measured case has projections from a real scanner and is shown, not scored.

import type { Geometry, ImageGrid } from './geometry.ts'
import type { Sinogram } from './image.ts'
import type { AttenuationScale } from './units.ts'

export const splits = ['train', 'tune', 'test'] as const
export type Split = (typeof splits)[number]

/** CT numbers shown and ranked, HU. */
export interface HuWindow {
  readonly lowHu: number
  readonly highHu: number
}

/** Which display window LDCT-bench's protocol takes. */
export type Exam = 'chest' | 'abdomen' | 'neuro'

/** An object with closed-form line integrals. Made by src/phantoms. */
export interface AnalyticObject {
  readonly kind: 'analytic'
  /** Circle about the isocentre that holds the object, mm. */
  readonly radiusMm: number
  /** Exact line integrals. Row-major [view][bin], float64, dimensionless. Same bits on every machine. */
  lineIntegrals(geometry: Geometry): Float64Array
  /** Anti-aliased attenuation. Row-major [row][column], float32, 1/mm. Same bits on every machine. */
  rasterise(grid: ImageGrid): Float32Array
  /** The same object, `factor` times as large, with the same attenuation. */
  scaled(factor: number): AnalyticObject
}

/** A slice of CT numbers. Row-major [row][column], float32, HU, square pixels. */
export interface RasterObject {
  readonly kind: 'raster'
  readonly rows: number
  readonly columns: number
  readonly pixelMm: number
  readonly hu: Float32Array
}

export type ScanObject = AnalyticObject | RasterObject

export interface Disc {
  readonly name: string
  readonly xMm: number
  readonly yMm: number
  readonly radiusMm: number
}

/** Where image quality is measured. Lengths in mm about the isocentre, HU of the drawn object. */
export interface QualityLayout {
  /** Discs of known CT number: bias and noise are measured in each. */
  readonly inserts: readonly (Disc & { readonly hu: number })[]
  /** A high-contrast disc whose edge gives the MTF. */
  readonly edge: Disc & { readonly insideHu: number; readonly outsideHu: number }
  /** Uniform discs, free of structure, for the noise power spectrum. */
  readonly uniform: readonly Disc[]
}

interface CaseBase {
  readonly id: string
  /** Patient or anatomy: the unit that statistics average over and splits never share. */
  readonly subject: string
  readonly split: Split
  readonly window: HuWindow
  readonly exam: Exam
  /** Credit that a report showing this case must print, where it differs from the dataset's. */
  readonly credit?: string | null
}

export interface SimulatedCase extends CaseBase {
  readonly kind: 'simulated'
  readonly object: ScanObject
  readonly quality?: QualityLayout | undefined
}

export interface MeasuredCase extends CaseBase {
  readonly kind: 'measured'
  readonly sinogram: Sinogram
  readonly grid: ImageGrid
  /** Null when the scan is not calibrated: its values stay in 1/mm. */
  readonly scale: AttenuationScale | null
}

export type Case = SimulatedCase | MeasuredCase

export interface CaseRequest {
  readonly split: Split
  /** Folder or file named by --data; null when none was. */
  readonly dataDirectory: string | null
  /** Told of every file that was passed over, with the reason. */
  skipped(file: string, reason: string): void
}

/** One file in datasets/; its id is the file's name. */
export interface Dataset {
  readonly title: string
  readonly kind: 'simulated' | 'measured'
  readonly licence: string
  /** Printed below every report that shows this data; null where none is asked for. */
  readonly credit: string | null
  /** True when cases come from --data. */
  readonly needsData: boolean
  /** Presets that suit this data when the suite's file does not name it. */
  readonly defaultPresets?: readonly string[]
  /** Dataset whose tuned parameters serve this one; its own id when absent. */
  readonly tunedAs?: string
  /** Cases one by one; the caller stops when it has enough. */
  cases(request: CaseRequest): AsyncIterable<Case>
}

export function defineDataset(dataset: Dataset): Dataset {
  return dataset
}

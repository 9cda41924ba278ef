// What a file of real projections gives: everything that a reconstruction needs.

import type { ImageGrid } from '../ct/geometry.ts'
import type { Sinogram } from '../ct/image.ts'
import type { AttenuationScale } from '../ct/units.ts'

export interface MeasuredScan {
  readonly sinogram: Sinogram
  readonly grid: ImageGrid
  /** Null when the scan is not calibrated: its images stay in 1/mm. */
  readonly scale: AttenuationScale | null
  /** What was read, corrected, estimated or assumed: a line each, for the user. */
  readonly notes: readonly string[]
}

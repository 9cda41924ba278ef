// Exact transpose of the forward projection for a flat fan, as a gather: one thread
// a pixel. With q the vector from source to pixel and d the unit direction of bin b,
// the ray passes the pixel at |q × d| / M along the interpolated axis, where M is the
// larger part of d along x or y, and one step is pixelMm / M long (Joseph 1982).
// Bins that can touch the pixel lie within reach / depth of its own bin.

import type { KernelThis } from './kernel-this.ts'

export interface AdjointFlatConstants {
  readonly views: number
  /** Bins that can touch a pixel, at most. */
  readonly candidates: number
  readonly middleColumn: number
  readonly middleRow: number
  readonly pixelMm: number
  readonly sourceToIsocentreMm: number
  /** Padded bin of the detector coordinate 0. */
  readonly centralBin: number
  /** sourceToDetectorMm / pitchMm. */
  readonly binsPerTangent: number
  /** bins · mm. */
  readonly reach: number
  /** [view] */
  readonly cos: number[]
  readonly sin: number[]
  /** [padded bin]: the ray's direction at θ = 0: across (along u) and away from the source. */
  readonly sinFan: number[]
  readonly cosFan: number[]
}

/** padded: [plane][view][padded bin] → [plane][row][column], mm. */
export function adjointFlat(this: KernelThis<AdjointFlatConstants>, padded: number[][]): number {
  const x = (this.thread.x - this.constants.middleColumn) * this.constants.pixelMm
  const y = (this.constants.middleRow - this.thread.y) * this.constants.pixelMm
  const firstRow = this.thread.z * this.constants.views
  let sum = 0
  for (let view = 0; view < this.constants.views; view++) {
    const cos = this.constants.cos[view]!
    const sin = this.constants.sin[view]!
    const across = x * cos + y * sin
    const depth = this.constants.sourceToIsocentreMm - x * sin + y * cos
    const centre = this.constants.centralBin + (this.constants.binsPerTangent * across) / depth
    const first = Math.floor(centre - this.constants.reach / depth)
    for (let candidate = 0; candidate < this.constants.candidates; candidate++) {
      const bin = first + candidate
      const sinFan = this.constants.sinFan[bin]!
      const cosFan = this.constants.cosFan[bin]!
      const major = Math.max(Math.abs(cos * sinFan - sin * cosFan), Math.abs(sin * sinFan + cos * cosFan))
      const missMm = Math.abs(across * cosFan - depth * sinFan)
      sum += Math.max(0, (this.constants.pixelMm - missMm / major) / major) * padded[firstRow + view]![bin]!
    }
  }
  return sum
}

// Pixel-driven back-projection for a flat fan, one thread a pixel (Kak & Slaney 1988,
// ch. 3.4.2). Rows are padded with zeros so that every pixel falls inside.

import type { KernelThis } from './kernel-this.ts'

export interface BackprojectFlatConstants {
  readonly views: number
  readonly middleColumn: number
  readonly middleRow: number
  readonly pixelMm: number
  readonly sourceToIsocentreMm: number
  /** Padded bin of the detector coordinate 0. */
  readonly centralBin: number
  /** sourceToDetectorMm / pitchMm. */
  readonly binsPerTangent: number
  /** [view] */
  readonly cos: number[]
  readonly sin: number[]
  /** [view]: radians that the view stands for. */
  readonly viewWeight: number[]
}

/** padded: filtered rows, [plane][view][padded bin] → [plane][row][column], 1/mm. */
export function backprojectFlat(this: KernelThis<BackprojectFlatConstants>, padded: number[][]): number {
  const x = (this.thread.x - this.constants.middleColumn) * this.constants.pixelMm
  const y = (this.constants.middleRow - this.thread.y) * this.constants.pixelMm
  const firstRow = this.thread.z * this.constants.views
  let sum = 0
  for (let view = 0; view < this.constants.views; view++) {
    const cos = this.constants.cos[view]!
    const sin = this.constants.sin[view]!
    const across = x * cos + y * sin
    const depth = this.constants.sourceToIsocentreMm - x * sin + y * cos
    const position = this.constants.centralBin + (this.constants.binsPerTangent * across) / depth
    const bin = Math.floor(position)
    const value = padded[firstRow + view]![bin]!
    const magnification = this.constants.sourceToIsocentreMm / depth
    const weight = this.constants.viewWeight[view]! * magnification * magnification
    sum += weight * (value + (position - bin) * (padded[firstRow + view]![bin + 1]! - value))
  }
  return sum
}

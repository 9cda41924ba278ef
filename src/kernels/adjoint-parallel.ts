// Exact transpose of the forward projection for parallel beams, as a gather: one
// thread a pixel. Bin b passes the pixel at |b − centre|·acrossPerBin pixels, so its
// Joseph weight is one minus that, where positive.
// Sinogram rows are padded with zeros so that every pixel falls inside.

import type { KernelThis } from './kernel-this.ts'

export interface AdjointParallelConstants {
  readonly views: number
  /** Bins that can touch a pixel, at most. */
  readonly candidates: number
  /** [view]: padded bin of the pixel in row 0, column 0, and its change per column and per row. */
  readonly origin: number[]
  readonly perColumn: number[]
  readonly perRow: number[]
  /** [view]: distance of neighbouring rays along the interpolated axis, pixels. */
  readonly acrossPerBin: number[]
  /** [view]: length of a step, mm. */
  readonly stepMm: number[]
}

/** padded: [plane][view][padded bin] → [plane][row][column], mm. */
export function adjointParallel(this: KernelThis<AdjointParallelConstants>, padded: number[][]): number {
  const firstRow = this.thread.z * this.constants.views
  let sum = 0
  for (let view = 0; view < this.constants.views; view++) {
    const acrossPerBin = this.constants.acrossPerBin[view]!
    const centre =
      this.constants.origin[view]! +
      this.thread.x * this.constants.perColumn[view]! +
      this.thread.y * this.constants.perRow[view]!
    const first = Math.floor(centre - 1 / acrossPerBin)
    let viewSum = 0
    for (let candidate = 0; candidate < this.constants.candidates; candidate++) {
      const bin = first + candidate
      viewSum += Math.max(0, 1 - Math.abs(bin - centre) * acrossPerBin) * padded[firstRow + view]![bin]!
    }
    sum += viewSum * this.constants.stepMm[view]!
  }
  return sum
}

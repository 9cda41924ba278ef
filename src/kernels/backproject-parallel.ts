// Pixel-driven back-projection for parallel beams, one thread a pixel (Kak & Slaney
// 1988, eq. 66). Rows are padded with zeros so that every pixel falls inside: in a trial
// under WebAssembly a loop without a clamp took 0.7 of the time of one with it.

import type { KernelThis } from './kernel-this.ts'

export interface BackprojectParallelConstants {
  readonly views: number
  /** [view]: padded bin of the pixel in row 0, column 0, and its change per column and per row. */
  readonly origin: number[]
  readonly perColumn: number[]
  readonly perRow: number[]
  /** [view]: radians that the view stands for. */
  readonly viewWeight: number[]
}

/** padded: filtered rows, [plane][view][padded bin] → [plane][row][column], 1/mm. */
export function backprojectParallel(this: KernelThis<BackprojectParallelConstants>, padded: number[][]): number {
  const firstRow = this.thread.z * this.constants.views
  let sum = 0
  for (let view = 0; view < this.constants.views; view++) {
    const position =
      this.constants.origin[view]! +
      this.thread.x * this.constants.perColumn[view]! +
      this.thread.y * this.constants.perRow[view]!
    const bin = Math.floor(position)
    const value = padded[firstRow + view]![bin]!
    sum += (value + (position - bin) * (padded[firstRow + view]![bin + 1]! - value)) * this.constants.viewWeight[view]!
  }
  return sum
}

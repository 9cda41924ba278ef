// The ramp filter as a convolution in space, one thread a value: on a GPU the
// bins² multiplications of a row cost less than bringing it to the host for an FFT.

import type { KernelThis } from './kernel-this.ts'

export interface FilterRowsConstants {
  readonly bins: number
  readonly views: number
  /** [bin]: cosine weights; [view][bin]: Parker's weights or ones. */
  readonly perBin: number[]
  readonly perRay: number[][]
}

/** rows: [plane][view][bin]; ramp: values at lags 0 … bins − 1 → [plane][view][bin]. */
export function filterRows(this: KernelThis<FilterRowsConstants>, rows: number[][], ramp: number[]): number {
  const view = this.thread.y
  const row = this.thread.z * this.constants.views + view
  let sum = 0
  for (let bin = 0; bin < this.constants.bins; bin++) {
    const lag = Math.abs(this.thread.x - bin)
    sum += rows[row]![bin]! * this.constants.perBin[bin]! * this.constants.perRay[view]![bin]! * ramp[lag]!
  }
  return sum
}

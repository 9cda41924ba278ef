// Puts arrays into frames of zeros, so that the kernels that read them need no border tests.

import type { KernelThis } from './kernel-this.ts'

export interface PadConstants {
  readonly width: number
  readonly height: number
  /** Zeros before the first column and row. */
  readonly left: number
  readonly top: number
}

/** [plane][height][width] → [plane] of the output's own size; what lies beyond that is left out. */
export function pad(this: KernelThis<PadConstants>, source: number[][]): number {
  const x = this.thread.x - this.constants.left
  const y = this.thread.y - this.constants.top
  const insideX = Math.min(Math.max(x, 0), this.constants.width - 1)
  const insideY = Math.min(Math.max(y, 0), this.constants.height - 1)
  const value = source[this.thread.z * this.constants.height + insideY]![insideX]!
  let inside = 1
  if (x !== insideX) inside = 0
  if (y !== insideY) inside = 0
  return value * inside
}

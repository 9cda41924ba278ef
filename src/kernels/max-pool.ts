// Half the rows and columns: of every two by two pixels the largest.

import type { KernelThis } from './kernel-this.ts'

export interface MaxPoolConstants {
  /** Of a plane of the source. */
  readonly rows: number
  readonly width: number
}

/** source: [plane][row][column] → [plane][row][column], half of each. */
export function maxPool(this: KernelThis<MaxPoolConstants>, source: number[][]): number {
  const row = this.thread.z * this.constants.rows + 2 * this.thread.y
  // Columns that only fill up a row may lie beyond the source's.
  const left = Math.min(2 * this.thread.x, this.constants.width - 1)
  const right = Math.min(2 * this.thread.x + 1, this.constants.width - 1)
  return Math.max(
    Math.max(source[row]![left]!, source[row]![right]!),
    Math.max(source[row + 1]![left]!, source[row + 1]![right]!),
  )
}

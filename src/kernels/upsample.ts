// Twice the rows and columns: every pixel becomes two by two.

import type { KernelThis } from './kernel-this.ts'

/** source: [plane][row][column], `rows` a plane → [plane][row][column], twice of each. */
export function upsample(this: KernelThis<{ readonly rows: number }>, source: number[][]): number {
  return source[this.thread.z * this.constants.rows + Math.floor(this.thread.y / 2)]![Math.floor(this.thread.x / 2)]!
}

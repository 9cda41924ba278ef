// Joseph's forward projection (src/ct/joseph.ts), one thread a ray, any geometry.
// The image comes in a frame of zeros (one before, two behind, filled up to a
// square), so that clamping the position replaces every test of the border. A plane
// is one image of a batch.

import type { KernelThis } from './kernel-this.ts'

export interface ForwardConstants {
  /** Steps of the longest ray: max(rows, columns). */
  readonly steps: number
  /** Width of the framed image: steps + 3. */
  readonly width: number
  /** [view][bin]: where the ray starts, pixels across its steps. */
  readonly intercept: number[][]
  readonly slope: number[][]
  /** [view][bin]: length of a step, mm; negative where the ray steps along rows. */
  readonly stepMm: number[][]
}

/** framed: [plane][row][column], flat, 1/mm → [plane][view][bin], dimensionless. */
export function forward(this: KernelThis<ForwardConstants>, framed: number[]): number {
  const intercept = this.constants.intercept[this.thread.y]![this.thread.x]!
  const slope = this.constants.slope[this.thread.y]![this.thread.x]!
  const stepMm = this.constants.stepMm[this.thread.y]![this.thread.x]!
  let along = 1
  let across = this.constants.width
  if (stepMm < 0) {
    along = this.constants.width
    across = 1
  }
  const plane = this.thread.z * this.constants.width * this.constants.width
  let sum = 0
  for (let i = 0; i < this.constants.steps; i++) {
    const position = Math.min(Math.max(intercept + slope * i, -1), this.constants.steps)
    const k = Math.floor(position)
    const at = plane + (i + 1) * along + (k + 1) * across
    const value = framed[at]!
    sum += value + (position - k) * (framed[at + across]! - value)
  }
  return sum * Math.abs(stepMm)
}

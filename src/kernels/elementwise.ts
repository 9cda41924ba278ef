// Arithmetic on whole arrays, kept where the arrays live.

import type { KernelThis } from './kernel-this.ts'

/** A copy: brings an uploaded array to the device. */
export function copy(this: KernelThis<object>, x: number[][]): number {
  return x[this.thread.y]![this.thread.x]!
}

/** a·x + b·y. */
export function axpby(this: KernelThis<object>, a: number, x: number[][], b: number, y: number[][]): number {
  return a * x[this.thread.y]![this.thread.x]! + b * y[this.thread.y]![this.thread.x]!
}

/** The larger of x and 0. */
export function rectify(this: KernelThis<object>, x: number[][]): number {
  return Math.max(x[this.thread.y]![this.thread.x]!, 0)
}

/** The larger of x + y and 0. */
export function rectifiedSum(this: KernelThis<object>, x: number[][], y: number[][]): number {
  return Math.max(x[this.thread.y]![this.thread.x]! + y[this.thread.y]![this.thread.x]!, 0)
}

/** The rows of x, then those of y. */
export function join(this: KernelThis<{ readonly rows: number }>, x: number[][], y: number[][]): number {
  let value = 0
  if (this.thread.y < this.constants.rows) {
    value = x[this.thread.y]![this.thread.x]!
  } else {
    value = y[this.thread.y - this.constants.rows]![this.thread.x]!
  }
  return value
}

/** x ∘ y. */
export function multiply(this: KernelThis<object>, x: number[][], y: number[][]): number {
  return x[this.thread.y]![this.thread.x]! * y[this.thread.y]![this.thread.x]!
}

/** Row sums of x ∘ y: [row]; the few sums that remain are added on the host in float64. */
export function dotRows(this: KernelThis<{ readonly width: number }>, x: number[][], y: number[][]): number {
  let sum = 0
  for (let i = 0; i < this.constants.width; i++) sum += x[this.thread.x]![i]! * y[this.thread.x]![i]!
  return sum
}

// e^−x for the weights of filters that need millions of them: a table instead of a
// call, and the same bits on every machine.

import { exactExp } from './exact-math.ts'

/** Entries of `negativeExpTable` per unit of x. */
export const expStepsPerUnit = 512

/**
 * e^−x for 0 ≤ x < 12: entry k serves x in [k, k + 1)/512 with the value at its
 * middle, 0.1 % off at most. Beyond the table the weight (under 6e-6) is taken as 0.
 */
export const negativeExpTable: Float64Array = Float64Array.from({ length: 12 * expStepsPerUnit }, (_, k) =>
  exactExp(-(k + 0.5) / expStepsPerUnit),
)

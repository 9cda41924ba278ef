// exp(−t) on 0 ≤ t ≤ 18, where blobs need it millions of times: the nearest of 256
// table entries per unit, then four terms of Taylor's series (remainder below 3e-16).
// 4 to 8 times as fast as exactExp, and as reproducible: + − × and exactExp only.

import { exactExp } from '../ct/exact-math.ts'

const stepsPerUnit = 256
const largest = 18
/** exp(−k/256), for 0 ≤ k ≤ 256 · 18 + 1. */
export const negativeExpTable: Float64Array = Float64Array.from({ length: largest * stepsPerUnit + 2 }, (_, i) => exactExp(-i / stepsPerUnit))

/** exp(−t), relative error below 1e-15. The caller keeps 0 ≤ t ≤ 18. */
export function negativeExp(t: number): number {
  const i = (t * stepsPerUnit + 0.5) | 0
  const r = i / stepsPerUnit - t // |r| ≤ 1/512
  return negativeExpTable[i]! * (1 + r * (1 + r * (0.5 + r * (1 / 6 + r * (1 / 24)))))
}

// Bootstrap interval of a mean over subjects (patients or anatomies): slices of one
// subject are not independent, so they are averaged first and subjects are drawn.
// Percentile intervals are too short for few subjects; these are the expanded ones of
// Hesterberg 2015 ("What Teachers Should Know About the Bootstrap", §5.4), whose tails
// are those at which normal data would give Student's interval. Measured coverage of a
// nominal 95 % with 6 subjects, normal and exponential data: 93 and 88 %; plain
// percentiles 86 and 80 %, BCa 86 and 81 %. With 12: 94 and 91; 90 and 87; 90 and 89.

import { normalCdf, studentQuantile } from './distributions.ts'
import type { Generator } from './generator.ts'

export interface Interval {
  readonly low: number
  readonly high: number
}

/** Below this many subjects no interval is given. */
export const fewestSubjects = 6

/** Mean of the values of each subject, in order of first appearance. */
export function averageBySubject(values: readonly { readonly subject: string; readonly value: number }[]): Map<string, number> {
  const groups = new Map<string, { sum: number; count: number }>()
  for (const { subject, value } of values) {
    const group = groups.get(subject) ?? { sum: 0, count: 0 }
    group.sum += value
    group.count++
    groups.set(subject, group)
  }
  return new Map([...groups].map(([subject, { sum, count }]) => [subject, sum / count]))
}

/**
 * 95 % interval of the mean of one value per subject; null under 6 subjects, or when a value is not finite (identical
 * images score Infinity dB).
 * @param subjects One mean per subject, any unit.
 * @param random The same generator state gives the same interval.
 */
export function bootstrapInterval(subjects: readonly number[], random: Generator, resamples = 2000): Interval | null {
  const count = subjects.length
  if (count < fewestSubjects || !subjects.every(Number.isFinite)) return null
  const values = Float64Array.from(subjects)
  const means = new Float64Array(resamples)
  for (let i = 0; i < resamples; i++) {
    let sum = 0
    for (let draw = 0; draw < count; draw++) sum += values[random.integer(0, count - 1)]!
    means[i] = sum / count
  }
  means.sort()
  const tail = expandedTail(count)
  return { low: quantile(means, tail), high: quantile(means, 1 - tail) }
}

/** The tail probability that stands for 2.5 %: Φ(−√(n/(n − 1)) · t), t the 97.5 % point of Student's with n − 1 degrees. */
function expandedTail(count: number): number {
  return normalCdf(-Math.sqrt(count / (count - 1)) * studentQuantile(0.975, count - 1))
}

/** By linear interpolation between the sorted values (type 7 of Hyndman & Fan 1996). */
function quantile(sorted: Float64Array, probability: number): number {
  const at = probability * (sorted.length - 1)
  const below = Math.floor(at)
  const above = Math.min(below + 1, sorted.length - 1)
  return sorted[below]! + (at - below) * (sorted[above]! - sorted[below]!)
}

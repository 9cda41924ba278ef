// A mean over subjects with its 95 % bootstrap interval.

import { bootstrapInterval, type Interval } from '../statistics/bootstrap.ts'
import { namedGenerator } from '../statistics/generator.ts'

export interface Estimate {
  /** Infinity where an image equals its truth. */
  readonly mean: number
  /** 95 % bootstrap interval of the mean over subjects; null under 6 subjects or where a value is infinite. */
  readonly interval: Interval | null
  readonly subjects: number
}

/**
 * Means in order of subject, so that the sum never depends on the order of records.
 * @param name Keys the resampling: the same name, the same subjects drawn.
 */
export function estimateMean(bySubject: ReadonlyMap<string, number>, name: string): Estimate {
  const values = [...bySubject.values()]
  return {
    mean: values.reduce((sum, value) => sum + value, 0) / values.length,
    interval: bootstrapInterval(values, namedGenerator(name)),
    subjects: values.length,
  }
}

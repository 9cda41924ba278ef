// Does one method beat another? Both saw the same subjects, so their scores are
// compared subject by subject: the spread between subjects, far larger than that
// between methods, cancels.

import { bootstrapInterval, fewestSubjects, type Interval } from './bootstrap.ts'
import type { Generator } from './generator.ts'
import { signedRankP } from './wilcoxon.ts'

export interface PairedComparison {
  readonly subjects: number
  /** Mean of a − b over subjects, in the unit of the scores. */
  readonly meanDifference: number
  /** 95 % bootstrap interval of that mean; null under 6 subjects. */
  readonly interval: Interval | null
  /** Two-sided, Wilcoxon's signed-rank test; not adjusted for the number of comparisons (holm.ts). Null under 6 subjects. */
  readonly pValue: number | null
}

/**
 * Compares two methods over the subjects that both have a finite score for; null when there is none.
 * @param a Mean score of each subject, by subject.
 * @param b The same of the other method, same unit.
 */
export function comparePaired(
  a: ReadonlyMap<string, number>,
  b: ReadonlyMap<string, number>,
  random: Generator,
): PairedComparison | null {
  const differences: number[] = []
  for (const subject of [...a.keys()].sort()) {
    const difference = a.get(subject)! - (b.get(subject) ?? NaN)
    if (Number.isFinite(difference)) differences.push(difference)
  }
  const subjects = differences.length
  if (subjects === 0) return null
  return {
    subjects,
    meanDifference: differences.reduce((sum, difference) => sum + difference, 0) / subjects,
    interval: bootstrapInterval(differences, random),
    pValue: subjects < fewestSubjects ? null : signedRankP(differences),
  }
}

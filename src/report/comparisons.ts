// Is the best method better than the runner-up? Paired over the subjects that both
// were scored on, under the ranking protocol, corrected for how often it is asked.

import { holm } from '../statistics/holm.ts'
import { namedGenerator } from '../statistics/generator.ts'
import { comparePaired } from '../statistics/paired.ts'
import { rankingTable, type Aggregate, type Estimate, type Panel } from './aggregate.ts'

export interface Comparison {
  readonly panel: Panel
  readonly winner: string
  readonly runnerUp: string
  /** Winner minus runner-up in PSNR, dB. */
  readonly gain: Estimate
  /** Subjects on which the winner is better. */
  readonly wins: number
  /** Two-sided, Wilcoxon's signed ranks; null under 6 subjects. */
  readonly p: number | null
  /** The same, corrected for the number of comparisons in this report (Holm). */
  readonly adjustedP: number | null
}

/** One for every panel with at least two ranked methods, in the order of panels. */
export function winnersAgainstRunnersUp({ panels }: Aggregate): Comparison[] {
  const found = panels.flatMap(panel => compareBestTwo(panel) ?? [])
  const tested = found.filter(one => one.p !== null)
  const adjusted = holm(tested.map(one => one.p!))
  return found.map(one => ({ ...one, adjustedP: one.p === null ? null : adjusted[tested.indexOf(one)]! }))
}

/** What the numbers allow to say. */
export function verdict({ p, adjustedP }: Comparison): string {
  if (p === null || adjustedP === null) return 'too few subjects for a test'
  if (adjustedP < 0.05) return 'significantly better'
  return p < 0.05 ? 'better, not after correction' : 'no significant difference'
}

function compareBestTwo(panel: Panel): Comparison | null {
  const [winner, runnerUp] = (rankingTable(panel)?.rows ?? []).filter(row => row.rank !== null)
  const ofWinner = winner?.bySubject['psnr_db']
  const ofRunnerUp = runnerUp?.bySubject['psnr_db']
  if (!ofWinner || !ofRunnerUp) return null
  const name = JSON.stringify(['paired', panel.suite, panel.dataset, panel.split, panel.geometry, panel.dose])
  const result = comparePaired(ofWinner, ofRunnerUp, namedGenerator(name))
  if (!result) return null
  return {
    panel,
    winner: winner!.method,
    runnerUp: runnerUp!.method,
    gain: { mean: result.meanDifference, interval: result.interval, subjects: result.subjects },
    wins: [...ofWinner].filter(([subject, value]) => Number.isFinite(value) && value > (ofRunnerUp.get(subject) ?? Infinity)).length,
    p: result.pValue,
    adjustedP: null,
  }
}

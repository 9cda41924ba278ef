// What a report says about the run itself: who ran what, when, with which code, what
// went wrong, whom to credit, and the command that repeats it. All of it from records.

import type { RunRecord } from '../run/record.ts'
import type { Aggregate } from './aggregate.ts'
import { doseName, instant, plural } from './format.ts'
import { compareText, groupBy, unique } from './group.ts'

export interface Fact {
  readonly name: string
  readonly value: string
}

export function runFacts({ records }: Aggregate): Fact[] {
  const all = (value: (record: RunRecord) => string | null): string =>
    unique(records.map(value).filter(text => text !== null)).join(', ')
  const count = (status: RunRecord['status']): number => records.filter(record => record.status === status).length
  const times = records.map(record => record.recordedAt).sort(compareText)
  const [failed, skipped] = [count('failed'), count('skipped')]
  const facts: Fact[] = [
    { name: 'Suite', value: all(record => record.suite) },
    {
      name: 'Jobs',
      value: [`${count('done')} done`, failed > 0 ? `${failed} failed` : '', skipped > 0 ? `${skipped} skipped` : '']
        .filter(part => part !== '')
        .join(', '),
    },
    { name: 'Recorded', value: span(times.map(instant)) },
    { name: 'Noise seed', value: all(record => String(record.seed)) },
    { name: 'Split', value: all(record => record.split) },
    { name: 'Backend', value: all(record => (record.status === 'done' ? record.backend : null)) },
    { name: 'Adapter', value: all(record => (record.status === 'done' ? record.adapter : null)) || 'none (CPU)' },
    { name: 'Networks', value: all(record => (record.status === 'done' ? (record.network?.runtime ?? null) : null)) },
    { name: 'Network notes', value: all(networkNote) },
    { name: 'sinobench', value: all(record => record.packageVersion) },
    { name: 'Commit', value: all(record => (record.commit === null ? null : shortCommit(record.commit))) || 'not in a repository' },
    { name: 'Numeric code', value: all(record => record.codeHash.slice(0, 10)) },
  ]
  return facts.filter(fact => fact.value !== '')
}

function networkNote(record: RunRecord): string | null {
  const note = record.status === 'done' ? (record.network?.note ?? null) : null
  return note === null ? null : `${record.method.id}: ${note}`
}

/** One reason, and how many jobs it hit. */
export interface Problem {
  readonly method: string
  readonly dataset: string
  readonly reason: string
  readonly jobs: number
  /** Up to three of them: case and dose. */
  readonly examples: readonly string[]
}

/** Failed or skipped jobs by method, dataset and reason. */
export function problems({ records }: Aggregate, status: 'failed' | 'skipped'): Problem[] {
  const hit = records.filter(record => record.status !== 'done').filter(record => record.status === status)
  return [...groupBy(hit, record => JSON.stringify([record.method.id, record.dataset, record.reason])).values()].map(group => ({
    method: group[0]!.method.id,
    dataset: group[0]!.dataset,
    reason: group[0]!.reason,
    jobs: group.length,
    examples: group.slice(0, 3).map(record => `${record.case}, ${doseName(record.dose)}`),
  }))
}

export function problemExamples({ examples, jobs }: Problem): string {
  return examples.join('; ') + (jobs > examples.length ? `; and ${plural(jobs - examples.length, 'more', 'more')}` : '')
}

/** Credits that the shown data asks for, with its datasets. */
export function credits({ records }: Aggregate): { credit: string; datasets: readonly string[] }[] {
  const asked = records.filter(record => record.credit !== null)
  return [...groupBy(asked, record => record.credit!)]
    .map(([credit, group]) => ({ credit, datasets: unique(group.map(record => record.dataset)) }))
    .sort((a, b) => compareText(a.credit, b.credit))
}

/** Commands that repeat the run, one a suite; values are quoted for a POSIX shell. */
export function reproduceCommands({ records }: Aggregate): string[] {
  return [...groupBy(records, record => JSON.stringify([record.suite, record.seed])).values()].map(group => {
    const list = (value: (record: RunRecord) => string): string => quoted(unique(group.map(value)).join(','))
    const doses = [...new Set(group.map(record => record.dose).filter(dose => dose !== null))].sort((a, b) => b - a)
    const caseCounts = new Set(
      [...groupBy(group, record => record.dataset).values()].map(one => new Set(one.map(record => record.case)).size),
    )
    const backends = unique(group.map(record => record.backendAsked))
    return [
      `sinobench run ${quoted(group[0]!.suite)} --seed ${group[0]!.seed}`,
      `--dataset ${list(record => record.dataset)}`,
      `--method ${list(record => record.method.id)}`,
      doses.length > 0 ? `--dose ${doses.join(',')}` : '',
      caseCounts.size === 1 ? `--cases ${[...caseCounts][0]}` : '',
      backends.length === 1 ? `--backend ${backends[0]}` : '',
    ]
      .filter(part => part !== '')
      .join(' \\\n  ')
  })
}

function quoted(text: string): string {
  return /^[A-Za-z0-9_.,:/@-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`
}

function shortCommit(commit: string): string {
  const [hash = '', ...marks] = commit.split('+')
  return [hash.slice(0, 10), ...marks].join('+')
}

function span(values: readonly string[]): string {
  const [first, last] = [values[0]!, values.at(-1)!]
  return first === last ? first : `${first} to ${last}`
}

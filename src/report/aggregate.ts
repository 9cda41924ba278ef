// From records to tables: one panel per suite × dataset × split × geometry × dose,
// in it one row per protocol and method. Slices of one subject are averaged first,
// then subjects. The result depends on the set of records only, never on their order:
// everything is sorted by name before anything is summed.

import type { DoneRecord, RunRecord } from '../run/record.ts'
import { competitionRanks } from '../statistics/ranks.ts'
import { estimateMean, type Estimate } from './estimate.ts'
import { newestRecords } from './newest-records.ts'
import { canonicalJson, compareText, groupBy, median, unique } from './group.ts'
import { compareProtocols, rankingProtocol } from './protocol-names.ts'

export type { Estimate } from './estimate.ts'

/** A method as reports name it, over all panels. */
export interface MethodName {
  readonly id: string
  /** Its title; with its id behind where two methods share one. */
  readonly label: string
  readonly family: RunRecord['method']['family']
  readonly citation: string
}

/** One method under one protocol. */
export interface ScoreRow {
  readonly method: string
  /** By mean PSNR, 1 is best, ties share a rank. Null when not ranked. */
  readonly rank: number | null
  /** Why it is not ranked; null when it is. */
  readonly notRanked: string | null
  /** Cases that the means are over. */
  readonly cases: number
  /** By metric id. */
  readonly scores: Readonly<Record<string, Estimate>>
  /** Mean score per subject, by metric id, then subject in order of name. */
  readonly bySubject: Readonly<Record<string, ReadonlyMap<string, number>>>
}

/** What a method did in one panel, whatever the protocol. */
export interface MethodRun {
  readonly method: string
  readonly done: number
  readonly failures: number
  readonly skipped: number
  readonly prepareMsMedian: number | null
  readonly reconstructMsMedian: number | null
  /** Largest over the cases. */
  readonly peakMemoryMb: number | null
  readonly backends: readonly string[]
  readonly adapters: readonly string[]
  /** What ran the networks of a learned method; empty for others. */
  readonly networks: readonly string[]
  readonly networkNotes: readonly string[]
  /** All records of this method in this panel, in order of subject and case. */
  readonly records: readonly RunRecord[]
}

export interface ProtocolTable {
  readonly protocol: string
  /** Ranked first, best first; then the others by id. */
  readonly rows: readonly ScoreRow[]
}

export interface Panel {
  readonly suite: string
  readonly dataset: string
  readonly split: RunRecord['split']
  readonly geometry: string
  readonly dose: number | null
  readonly kind: RunRecord['caseKind']
  readonly subjects: number
  readonly cases: number
  /** In the order of `Aggregate.methods`. */
  readonly runs: readonly MethodRun[]
  /** The ranking protocol first. Empty for measured data. */
  readonly protocols: readonly ProtocolTable[]
}

export interface Aggregate {
  /** By family, then id: the order of legends and colours. */
  readonly methods: readonly MethodName[]
  /** By suite, dataset, split, geometry, then from the highest dose to the lowest. */
  readonly panels: readonly Panel[]
  /** The newest record of every job, ordered. */
  readonly records: readonly RunRecord[]
}

const families = ['analytic', 'denoiser', 'iterative', 'learned'] as const

/** Tables of all records; older runs of the same job are left out. */
export function aggregate(records: Iterable<RunRecord>): Aggregate {
  const newest = newestRecords(records)
  const methods = methodNames(newest)
  const panels = [...groupBy(newest, panelKey).values()].map(group => panel(group, methods))
  panels.sort(
    (a, b) =>
      compareText(a.suite, b.suite) ||
      compareText(a.dataset, b.dataset) ||
      compareText(a.split, b.split) ||
      compareText(a.geometry, b.geometry) ||
      (b.dose ?? 0) - (a.dose ?? 0),
  )
  return { methods, panels, records: newest }
}

/** The table by which a panel's methods are ranked; null for measured data. */
export function rankingTable(panel: Panel): ProtocolTable | null {
  return panel.protocols.find(table => table.protocol === rankingProtocol) ?? null
}

function panelKey(record: RunRecord): string {
  return JSON.stringify([record.suite, record.dataset, record.split, record.geometry, record.dose])
}

function methodNames(records: readonly RunRecord[]): MethodName[] {
  const byId = groupBy(records, record => record.method.id)
  const newestOfEach = [...byId.values()].map(group => group.reduce((a, b) => (b.recordedAt > a.recordedAt ? b : a)).method)
  const titles = groupBy(newestOfEach, method => method.title)
  return newestOfEach
    .map(({ id, title, family, citation }) => ({
      id,
      label: titles.get(title)!.length > 1 ? `${title} (${id})` : title,
      family,
      citation,
    }))
    .sort((a, b) => families.indexOf(a.family) - families.indexOf(b.family) || compareText(a.id, b.id))
}

function panel(records: readonly RunRecord[], methods: readonly MethodName[]): Panel {
  const first = records[0]!
  const byMethod = groupBy(records, record => record.method.id)
  const done = records.filter(record => record.status === 'done')
  const runs = methods.filter(({ id }) => byMethod.has(id)).map(({ id }) => methodRun(id, byMethod.get(id)!))
  const attempted = records.filter(record => record.status !== 'skipped')
  const ids = unique(done.flatMap(record => Object.keys(record.scores)))
  // All methods failed: their rows still need a table to stand in.
  if (ids.length === 0 && first.caseKind === 'simulated') ids.push(rankingProtocol)
  ids.sort(compareProtocols)
  const data = newestData(done)
  return {
    suite: first.suite,
    dataset: first.dataset,
    split: first.split,
    geometry: first.geometry,
    dose: first.dose,
    kind: first.caseKind,
    subjects: unique(attempted.map(record => record.subject)).length,
    cases: unique(attempted.map(caseKey)).length,
    runs,
    // All methods of a table draw the same subjects, so that their intervals are alike where their scores are.
    protocols: ids.map(protocol => protocolTable(protocol, runs, data, `${panelKey(first)} ${protocol}`)),
  }
}

function methodRun(method: string, records: readonly RunRecord[]): MethodRun {
  const done = records.filter(record => record.status === 'done')
  const memory = done.map(record => record.peakMemoryMb).filter(value => value !== null)
  return {
    method,
    done: done.length,
    failures: records.filter(record => record.status === 'failed').length,
    skipped: records.filter(record => record.status === 'skipped').length,
    prepareMsMedian: median(done.map(record => record.times.prepareMs).filter(value => value !== null)),
    reconstructMsMedian: median(done.map(record => record.times.reconstructMs)),
    peakMemoryMb: memory.length > 0 ? memory.reduce((a, b) => Math.max(a, b)) : null,
    backends: unique(done.map(record => record.backend)),
    adapters: unique(done.map(record => record.adapter).filter(value => value !== null)),
    networks: unique(done.flatMap(record => record.network?.runtime ?? [])),
    networkNotes: unique(done.flatMap(record => record.network?.note ?? [])),
    records,
  }
}

function protocolTable(
  protocol: string,
  runs: readonly MethodRun[],
  data: ReadonlyMap<string, string>,
  name: string,
): ProtocolTable {
  const scored = runs.map(run => ({
    run,
    records: run.records.filter(record => record.status === 'done').filter(record => protocol in record.scores),
  }))
  const allCases = unique(scored.flatMap(({ records }) => records.map(caseKey))).length
  const unranked = scored.map(({ run, records }) => {
    const bySubject = subjectMeans(records, protocol)
    const scores = Object.fromEntries(
      Object.entries(bySubject).map(([metric, means]) => [metric, estimateMean(means, `${name} ${metric}`)]),
    )
    const notRanked = whyNotRanked(run, records, allCases, data)
    return { method: run.method, rank: null as number | null, notRanked, cases: records.length, scores, bySubject }
  })
  const eligible = unranked.filter(row => row.notRanked === null)
  const ranks = competitionRanks(eligible.map(row => row.scores['psnr_db']?.mean ?? -Infinity), 'higher')
  eligible.forEach((row, index) => (row.rank = ranks[index]!))
  const rows = unranked.sort((a, b) => rankOrder(a) - rankOrder(b) || compareText(a.method, b.method))
  return { protocol, rows }
}

function rankOrder(row: ScoreRow): number {
  return row.rank ?? Number.MAX_SAFE_INTEGER
}

/** By metric, the mean over each subject's cases. A metric that one case lacks is that subject's mean over the others. */
function subjectMeans(records: readonly DoneRecord[], protocol: string): Record<string, Map<string, number>> {
  const values = new Map<string, Map<string, number[]>>()
  for (const record of records)
    for (const [metric, score] of Object.entries(record.scores[protocol]!)) {
      if (!values.has(metric)) values.set(metric, new Map())
      const subjects = values.get(metric)!
      if (!subjects.has(record.subject)) subjects.set(record.subject, [])
      subjects.get(record.subject)!.push(score === 'Infinity' ? Infinity : score)
    }
  return Object.fromEntries(
    [...values.entries()].map(([metric, subjects]) => [
      metric,
      new Map([...subjects].map(([subject, list]) => [subject, list.reduce((sum, value) => sum + value, 0) / list.length])),
    ]),
  )
}

/** A rank compares like with like: the same cases, the same data, one setting. */
function whyNotRanked(
  run: MethodRun,
  scored: readonly DoneRecord[],
  allCases: number,
  data: ReadonlyMap<string, string>,
): string | null {
  if (run.failures > 0) return `failed ${run.failures} of ${run.failures + run.done} cases`
  if (scored.length === 0) return run.skipped > 0 ? 'skipped' : 'not scored'
  if (scored.length < allCases) return `scored on ${scored.length} of ${allCases} cases`
  if (scored.some(record => data.get(caseKey(record)) !== record.hashes.sinogram)) return 'ran on older data than others: run it again'
  const settings = unique(scored.map(record => canonicalJson([record.method.parameters, record.method.sourceHash, record.backend, record.network?.runtime, record.codeHash])))
  if (settings.length > 1) return 'mixes several settings or versions: run it again'
  return null
}

/** Hash of each case's sinogram in its newest record: what all methods should have been given. */
function newestData(done: readonly DoneRecord[]): Map<string, string> {
  const newest = new Map<string, DoneRecord>()
  for (const record of done) {
    const known = newest.get(caseKey(record))
    const later =
      !known ||
      record.recordedAt > known.recordedAt ||
      (record.recordedAt === known.recordedAt && record.hashes.sinogram > known.hashes.sinogram)
    if (later) newest.set(caseKey(record), record)
  }
  return new Map([...newest].map(([key, record]) => [key, record.hashes.sinogram]))
}

function caseKey(record: RunRecord): string {
  return JSON.stringify([record.subject, record.case])
}

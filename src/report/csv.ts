// leaderboard.csv: one row per suite × dataset × geometry × dose × method × protocol,
// full precision, empty where there is no value. The first columns never move.

import { stringify } from 'csv-stringify/sync'
import type { RunRecord } from '../run/record.ts'
import type { Aggregate, Estimate, MethodRun, Panel, ScoreRow } from './aggregate.ts'
import { canonicalJson, unique } from './group.ts'

export const csvColumns = [
  'suite',
  'dataset',
  'geometry',
  'dose',
  'method',
  'protocol',
  'rank',
  /** Cases that the means are over. */
  'cases',
  'failures',
  'psnr_db_mean',
  'psnr_db_low',
  'psnr_db_high',
  'ssim_mean',
  'ssim_low',
  'ssim_high',
  'rmse_hu_mean',
  'rmse_hu_low',
  'rmse_hu_high',
  'prepare_ms_median',
  'reconstruct_ms_median',
  'peak_memory_mb',
  'backend',
  'subjects',
  'skipped',
  'not_ranked',
  'psnr_fr_db_mean',
  'ssim_fr_mean',
  'split',
  'seed',
  'adapter',
  'parameters',
  'parameters_from',
  'method_source_hash',
  'code_hash',
  'package_version',
  'commit',
  'network',
  'network_note',
] as const

type Cell = string | number | null

/** The whole file. Several values of one cell (two backends, two commits) are joined by " | ". */
export function leaderboardCsv(leaderboard: Aggregate): string {
  return stringify([[...csvColumns], ...rowsOf(leaderboard).map(row => row.map(written))], { eof: true })
}

/** The same rows as objects, numbers as numbers. */
export function leaderboardRows(leaderboard: Aggregate): Record<string, Cell>[] {
  return rowsOf(leaderboard).map(row => Object.fromEntries(csvColumns.map((column, i) => [column, row[i]!])))
}

function rowsOf({ panels }: Aggregate): Cell[][] {
  const rows: Cell[][] = []
  for (const panel of panels) {
    // Measured data has no scores: one row a method, without a protocol.
    if (panel.protocols.length === 0) for (const run of panel.runs) rows.push(cells(panel, run, '', null))
    for (const { protocol, rows: scoreRows } of panel.protocols)
      for (const row of scoreRows) rows.push(cells(panel, panel.runs.find(run => run.method === row.method)!, protocol, row))
  }
  return rows
}

function cells(panel: Panel, run: MethodRun, protocol: string, row: ScoreRow | null): Cell[] {
  const { records } = run
  return [
    panel.suite,
    panel.dataset,
    panel.geometry,
    panel.dose,
    run.method,
    protocol,
    row?.rank ?? null,
    row?.cases ?? run.done,
    run.failures,
    ...estimateCells(row?.scores['psnr_db']),
    ...estimateCells(row?.scores['ssim']),
    ...estimateCells(row?.scores['rmse_hu']),
    run.prepareMsMedian,
    run.reconstructMsMedian,
    run.peakMemoryMb,
    several(run.backends),
    panel.subjects,
    run.skipped,
    row?.notRanked ?? null,
    row?.scores['psnr_fr_db']?.mean ?? null,
    row?.scores['ssim_fr']?.mean ?? null,
    panel.split,
    all(records, record => String(record.seed)),
    several(run.adapters),
    all(records, record => canonicalJson(record.method.parameters)),
    all(records, record => record.method.parametersFrom),
    all(records, record => record.method.sourceHash),
    all(records, record => record.codeHash),
    all(records, record => record.packageVersion),
    all(records, record => record.commit ?? ''),
    several(run.networks),
    several(run.networkNotes),
  ]
}

function estimateCells(estimate: Estimate | undefined): [Cell, Cell, Cell] {
  return [estimate?.mean ?? null, estimate?.interval?.low ?? null, estimate?.interval?.high ?? null]
}

function all(records: readonly RunRecord[], value: (record: RunRecord) => string): string {
  return several(unique(records.map(value)))
}

function several(values: readonly string[]): string {
  return values.join(' | ')
}

/**
 * A number in its shortest exact form; text that a spreadsheet would take for a
 * formula is led by an apostrophe (OWASP, CSV injection).
 */
function written(cell: Cell): string {
  if (cell === null) return ''
  if (typeof cell === 'number') return String(cell)
  return /^\s*[=+\-@\t\r]/.test(cell) ? `'${cell}` : cell
}

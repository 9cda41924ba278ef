// The leaderboard for a terminal: what ranks, at every dataset and dose, in as many
// columns as fit. Colours are left out where NO_COLOR asks for it or nobody looks.

import { stripVTControlCharacters } from 'node:util'
import Table from 'cli-table3'
import pc from 'picocolors'
import type { RunRecord } from '../run/record.ts'
import { aggregate, rankingTable, type Aggregate, type Panel, type ScoreRow } from './aggregate.ts'
import { boards, type Board } from './boards.ts'
import { problemExamples, problems } from './facts.ts'
import { doseName, duration, fixed, megabytes, plural } from './format.ts'
import { rankingProtocol } from './protocol-names.ts'

export interface TerminalOptions {
  /** Width of the terminal, characters. */
  readonly columns: number
  /** Whether to colour; as picocolors finds the terminal when absent. */
  readonly colour?: boolean
}

interface Column {
  readonly title: string
  readonly align: 'left' | 'right'
  /** From this terminal width on. */
  readonly from: number
  cell(row: ScoreRow, panel: Panel): string
}

type Paint = ReturnType<typeof pc.createColors>

/** The tables as text that ends with a newline; empty records give one line that says so. */
export function terminalReport(records: readonly RunRecord[], { columns, colour }: TerminalOptions): string {
  if (records.length === 0) return 'No records yet.\n'
  const paint = pc.createColors(colour ?? pc.isColorSupported)
  const report = aggregate(records)
  const labels = new Map(report.methods.map(method => [method.id, plain(method.label)]))
  const parts = boards(report).map(board => boardText(board, labels, columns, paint))
  return [...parts, problemText(report, labels, paint)].filter(part => part !== '').join('\n\n') + '\n'
}

function boardText(board: Board, labels: ReadonlyMap<string, string>, width: number, paint: Paint): string {
  const [first] = board.panels
  const scored = board.panels.some(rankingTable)
  const about = `${board.geometry}, ${plural(first!.cases, 'case')} of ${plural(first!.subjects, 'subject')}, ${scored ? rankingProtocol : 'measured, not scored'}`
  const head = `${paint.bold(plain(board.title))}  ${paint.dim(plain(about))}`
  const shown = columnsOf(labels, scored).filter(column => width >= column.from)
  const table = new Table({
    head: shown.map(column => paint.dim(column.title)),
    colAligns: shown.map(column => column.align),
    style: { head: [], border: [], compact: true, 'padding-left': 0, 'padding-right': 2 },
    chars: borderless,
  })
  for (const panel of board.panels) {
    table.push([{ colSpan: shown.length, hAlign: 'left', content: paint.cyan(doseName(panel.dose)) }])
    for (const row of rowsOf(panel)) {
      const cells = shown.map(column => plain(column.cell(row, panel)))
      table.push(row.rank === 1 ? cells.map(cell => paint.bold(cell)) : row.rank === null && scored ? cells.map(cell => paint.dim(cell)) : cells)
    }
  }
  return `${head}\n${table.toString()}`
}

function columnsOf(labels: ReadonlyMap<string, string>, scored: boolean): Column[] {
  const run = (row: ScoreRow, panel: Panel): Panel['runs'][number] => panel.runs.find(one => one.method === row.method)!
  const mean = (metric: string, decimals: number) => (row: ScoreRow) => fixed(row.scores[metric]?.mean, decimals)
  const range = (metric: string, decimals: number) => (row: ScoreRow) => {
    const found = row.scores[metric]?.interval
    return found ? `${fixed(found.low, decimals)}…${fixed(found.high, decimals)}` : ''
  }
  const always: Column[] = [
    { title: '#', align: 'right', from: 0, cell: row => (row.rank === null ? '–' : String(row.rank)) },
    { title: 'method', align: 'left', from: 0, cell: row => labels.get(row.method) ?? row.method },
  ]
  const scores: Column[] = [
    { title: 'PSNR dB', align: 'right', from: 0, cell: mean('psnr_db', 2) },
    { title: '95 %', align: 'left', from: 96, cell: range('psnr_db', 1) },
    { title: 'SSIM', align: 'right', from: 52, cell: mean('ssim', 3) },
    { title: 'RMSE HU', align: 'right', from: 64, cell: mean('rmse_hu', 1) },
  ]
  const costs: Column[] = [
    { title: 'time', align: 'right', from: 72, cell: (row, panel) => duration(run(row, panel).reconstructMsMedian) },
    { title: 'memory', align: 'right', from: 108, cell: (row, panel) => megabytes(run(row, panel).peakMemoryMb) },
    { title: 'backend', align: 'left', from: 120, cell: (row, panel) => run(row, panel).backends.join(', ') },
  ]
  return [...always, ...(scored ? scores : []), ...costs]
}

/** Measured data has no table of scores: one row a method, without rank. */
function rowsOf(panel: Panel): readonly ScoreRow[] {
  return (
    rankingTable(panel)?.rows ??
    panel.runs.map(run => ({ method: run.method, rank: null, notRanked: null, cases: run.done, scores: {}, bySubject: {} }))
  )
}

function problemText(report: Aggregate, labels: ReadonlyMap<string, string>, paint: Paint): string {
  const failed = problems(report, 'failed').map(problem => ({ problem, word: paint.red('failed') }))
  const skipped = problems(report, 'skipped').map(problem => ({ problem, word: paint.yellow('skipped') }))
  const reasons = [...failed, ...skipped].map(
    ({ problem, word }) =>
      `${word}  ${labels.get(problem.method)} on ${plain(problem.dataset)}, ${plural(problem.jobs, 'job')} (${plain(problemExamples(problem))}): ${plain(problem.reason)}`,
  )
  // Why a method without a failure has no rank.
  const others = report.panels.flatMap(panel =>
    (rankingTable(panel)?.rows ?? [])
      .filter(row => row.notRanked !== null && !row.notRanked.startsWith('failed') && row.notRanked !== 'skipped')
      .map(row => `${paint.yellow('not ranked')}  ${labels.get(row.method)} on ${plain(panel.dataset)}, ${doseName(panel.dose)}: ${row.notRanked}`),
  )
  return [...reasons, ...others].join('\n')
}

/** Values from files and methods may hold escape sequences and line breaks: none reach the terminal. */
function plain(text: string): string {
  return stripVTControlCharacters(text).replace(/[\u0000-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]+/g, ' ')
}

const borderless = Object.fromEntries(
  ['top', 'top-mid', 'top-left', 'top-right', 'bottom', 'bottom-mid', 'bottom-left', 'bottom-right', 'left', 'left-mid', 'mid', 'mid-mid', 'right', 'right-mid', 'middle'].map(
    name => [name, ''],
  ),
)

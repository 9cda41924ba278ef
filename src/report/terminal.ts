// The leaderboard for a terminal: what ranks, at every dataset and dose, in as many
// columns as fit. Colours are left out where NO_COLOR asks for it or nobody looks.

import { stripVTControlCharacters } from 'node:util'
import Table from 'cli-table3'
import pc from 'picocolors'
import { rankingTable, type Aggregate, type Panel, type ScoreRow } from './aggregate.ts'
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
  /** Where the terminal is narrow, columns of a higher number go first. */
  readonly drop: number
  cell(row: ScoreRow, panel: Panel): string
}

type Paint = ReturnType<typeof pc.createColors>

/** The tables as text that ends with a newline; empty records give one line that says so. */
export function terminalReport(report: Aggregate, { columns, colour }: TerminalOptions): string {
  if (report.records.length === 0) return 'No records yet.\n'
  const paint = pc.createColors(colour ?? pc.isColorSupported)
  const labels = new Map(report.methods.map(method => [method.id, plain(method.label)]))
  const parts = boards(report).map(board => boardText(board, labels, columns, paint))
  return [...parts, problemText(report, labels, paint)].filter(part => part !== '').join('\n\n') + '\n'
}

function boardText(board: Board, labels: ReadonlyMap<string, string>, width: number, paint: Paint): string {
  const [first] = board.panels
  const scored = board.panels.some(rankingTable)
  const about = `${board.geometry}, ${plural(first!.cases, 'case')} of ${plural(first!.subjects, 'subject')}, ${scored ? rankingProtocol : 'measured, not scored'}`
  const head = `${paint.bold(plain(board.title))}  ${paint.dim(plain(about))}`
  const shown = fitting(columnsOf(labels, scored), board.panels, width)
  const table = new Table({
    head: shown.map(({ column }) => paint.dim(column.title)),
    colAligns: shown.map(({ column }) => column.align),
    style: { head: [], border: [], compact: true, 'padding-left': 0, 'padding-right': gap },
    chars: borderless,
  })
  for (const panel of board.panels) {
    table.push([{ colSpan: shown.length, hAlign: 'left', content: paint.cyan(doseName(panel.dose)) }])
    for (const row of rowsOf(panel)) {
      const cells = shown.map(({ column, room }) => shortened(plain(column.cell(row, panel)), room))
      const style = row.rank === 1 ? paint.bold : row.rank === null && scored ? paint.dim : String
      table.push(cells.map(style))
    }
  }
  return `${head}\n${table.toString()}`
}

/** Drops empty columns, then others until names have room, then shortens names to what is left. */
function fitting(columns: readonly Column[], panels: readonly Panel[], width: number): { column: Column; room: number }[] {
  const sized = columns.map(column => {
    const lengths = panels.flatMap(panel => rowsOf(panel).map(row => plain(column.cell(row, panel)).length))
    return { column, room: Math.max(column.title.length, ...lengths), filled: lengths.some(length => length > 0) }
  })
  const nameAt = (list: typeof sized): number => list.findIndex(({ column }) => column.title === 'method')
  const left = (list: typeof sized): number => width - list.reduce((sum, { room }) => sum + room + gap, 0) + list[nameAt(list)]!.room
  const shown = sized.filter(({ column, filled }) => filled || column.drop === 0)
  while (left(shown) < Math.min(shortestName, shown[nameAt(shown)]!.room)) {
    const last = Math.max(...shown.map(({ column }) => column.drop))
    if (last === 0) break
    shown.splice(
      shown.findIndex(({ column }) => column.drop === last),
      1,
    )
  }
  const name = shown[nameAt(shown)]!
  shown[nameAt(shown)] = { ...name, room: Math.max(8, Math.min(name.room, left(shown))) }
  return shown
}

function shortened(text: string, room: number): string {
  return text.length > room ? `${text.slice(0, room - 1)}…` : text
}

function columnsOf(labels: ReadonlyMap<string, string>, scored: boolean): Column[] {
  const run = (row: ScoreRow, panel: Panel): Panel['runs'][number] => panel.runs.find(one => one.method === row.method)!
  const mean = (metric: string, decimals: number) => (row: ScoreRow) => fixed(row.scores[metric]?.mean, decimals)
  const range = (metric: string, decimals: number) => (row: ScoreRow) => {
    const found = row.scores[metric]?.interval
    return found ? `${fixed(found.low, decimals)}…${fixed(found.high, decimals)}` : ''
  }
  const always: Column[] = [
    { title: '#', align: 'right', drop: 0, cell: row => (row.rank === null ? '–' : String(row.rank)) },
    { title: 'method', align: 'left', drop: 0, cell: row => labels.get(row.method) ?? row.method },
  ]
  const scores: Column[] = [
    { title: 'PSNR dB', align: 'right', drop: 0, cell: mean('psnr_db', 2) },
    { title: '95 %', align: 'left', drop: 4, cell: range('psnr_db', 1) },
    { title: 'SSIM', align: 'right', drop: 1, cell: mean('ssim', 3) },
    { title: 'RMSE HU', align: 'right', drop: 2, cell: mean('rmse_hu', 1) },
  ]
  const costs: Column[] = [
    { title: 'time', align: 'right', drop: 3, cell: (row, panel) => duration(run(row, panel).reconstructMsMedian) },
    { title: 'memory', align: 'right', drop: 5, cell: (row, panel) => megabytes(run(row, panel).peakMemoryMb) },
    { title: 'backend', align: 'left', drop: 6, cell: (row, panel) => backendsOf(run(row, panel)) },
  ]
  return [...always, ...(scored ? scores : []), ...costs]
}

/** "wasm", or "wasm + onnxruntime": versions stand in the files. */
function backendsOf({ backends, networks }: Panel['runs'][number]): string {
  return [backends.join(', '), ...networks.map(runtime => runtime.split(' ')[0]!)].join(' + ')
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

/** Spaces between columns. */
const gap = 2
/** Names are not cut below this many characters while a column can go instead. */
const shortestName = 24

const borderless = Object.fromEntries(
  ['top', 'top-mid', 'top-left', 'top-right', 'bottom', 'bottom-mid', 'bottom-left', 'bottom-right', 'left', 'left-mid', 'mid', 'mid-mid', 'right', 'right-mid', 'middle'].map(
    name => [name, ''],
  ),
)

// `sinobench check engines`: the conformance suite that the tests assert, on this machine.

import { stripVTControlCharacters } from 'node:util'
import Table from 'cli-table3'
import colors from 'picocolors'
import type { Argv, CommandModule } from 'yargs'
import { listBackends, resolveBackend, type BackendStatus } from '../ct/create-projector.ts'
import { backendIds, type BackendId } from '../ct/projector.ts'
import { measureEngine, type Measurement } from '../testing/projector-conformance.ts'
import { parseChoice, parseNames } from './flags.ts'

interface CheckFlags {
  what: string
  backend?: string
  json: boolean
}

const command: CommandModule<object, CheckFlags> = {
  command: 'check <what>',
  describe: 'Check the engines of this machine against exact answers and each other',
  builder: (yargs: Argv) =>
    yargs
      .positional('what', { type: 'string', demandOption: true, describe: 'engines' })
      .options({
        backend: { type: 'string', describe: `backends, with commas: ${backendIds.join(' | ')} [default: all that are available]` },
        json: { type: 'boolean', default: false, describe: 'every measurement, as JSON' },
      })
      .example('$0 check engines', 'every engine that is available, every beam')
      .example('$0 check engines --backend wasm,webgpu --json', 'two of them') as Argv<CheckFlags>,
  handler: check,
}

export default command

async function check({ what, backend, json }: CheckFlags): Promise<void> {
  parseChoice('check', what, ['engines'])
  const named = parseNames('backend', backend)?.map(name => parseChoice('backend', name, backendIds))
  // An engine that was named must be there; without names, what is missing is only said.
  for (const id of named ?? []) await resolveBackend(id)
  const statuses = (await listBackends()).filter(({ id }) => named?.includes(id) ?? true)
  const checked: CheckedEngine[] = []
  for (const status of statuses) {
    if (status.available && !json) process.stderr.write(`Checking ${status.id}: ${status.detail}\n`)
    checked.push(await checkEngine(status))
  }
  process.stdout.write(json ? `${JSON.stringify(checked, null, 2)}\n` : `${describeChecks(checked, process.stdout.columns ?? Infinity)}\n`)
  if (checked.some(failed)) process.exitCode = 1
}

export interface CheckedMeasurement extends Measurement {
  readonly ok: boolean
}

export interface CheckedEngine {
  readonly engine: BackendId
  readonly adapter: string | null
  readonly available: boolean
  /** What the engine is, or why it is not available and what to do. */
  readonly detail: string
  readonly measurements: readonly CheckedMeasurement[]
  /** What ended the checks before their end, null where nothing did. */
  readonly error: string | null
}

/** Every check of one engine, or none where it is not available. An engine that throws has failed. */
export async function checkEngine(
  { id, available, adapter, detail }: BackendStatus,
  measure: (backend: BackendId) => AsyncIterable<Measurement> = measureEngine,
): Promise<CheckedEngine> {
  const measurements: CheckedMeasurement[] = []
  let error: string | null = null
  try {
    if (available) for await (const one of measure(id)) measurements.push({ ...one, ok: one.value <= one.limit })
  } catch (thrown) {
    error = thrown instanceof Error ? thrown.message : String(thrown)
  }
  return { engine: id, adapter, available, detail, measurements, error }
}

/** Whether a check failed; an engine that is not available has none. */
export function failed({ measurements, error }: CheckedEngine): boolean {
  return error !== null || measurements.some(({ ok }) => !ok)
}

/**
 * One table, a block an engine and a row a check; then what is not available, and the sum.
 * Geometries stand across, or the worst of them alone where the terminal has fewer `columns`.
 */
export function describeChecks(checked: readonly CheckedEngine[], columns: number): string {
  const all = checked.flatMap(({ measurements }) => measurements)
  const geometries = [...new Set(all.map(({ geometry }) => geometry))]
  const across = checkTable(checked, geometries.map(short), row => geometries.map(geometry => cellOf(row.find(one => one.geometry === geometry))))
  const fits = across.split('\n').every(line => stripVTControlCharacters(line).length <= columns)
  const table = fits ? across : checkTable(checked, ['worst', 'of'], row => worstOf(row))

  const notes: string[] = []
  for (const { engine, available, detail, error } of checked) {
    if (!available) notes.push(`Not available: ${engine}. ${detail}`)
    if (error !== null) notes.push(colors.red(`${engine} failed: ${error}`))
  }
  const wrong = all.filter(({ ok }) => !ok).length
  const engines = checked.filter(({ available }) => available)
  const broken = engines.filter(({ error }) => error !== null).length
  const sum = `${all.length} checks of ${engines.length} engine(s): ${wrong === 0 ? 'all within their limits' : `${wrong} beyond their limits`}`
  return [...(all.length > 0 ? [table] : []), ...notes, `${sum}${broken > 0 ? `; ${broken} engine(s) did not reach the end` : ''}.`].join('\n')
}

function checkTable(
  checked: readonly CheckedEngine[],
  heads: readonly string[],
  cells: (row: readonly CheckedMeasurement[]) => readonly string[],
): string {
  const right = ['right', ...heads.map(head => (head === 'of' ? 'left' : 'right'))] as const
  const table = new Table({
    head: ['check', 'limit', ...heads, 'ok'],
    colAligns: ['left', ...right, 'left'],
    chars: { mid: '', 'left-mid': '', 'mid-mid': '', 'right-mid': '' },
    style: { head: [], border: [] },
  })
  for (const { engine, adapter, measurements } of checked) {
    if (measurements.length === 0) continue
    table.push([colors.bold(adapter === null ? engine : `${engine} (${adapter})`), '', ...heads.map(() => ''), ''])
    for (const check of new Set(measurements.map(measurement => measurement.check))) {
      const row = measurements.filter(measurement => measurement.check === check)
      table.push([`  ${check}`, shortNumber(row[0]!.limit), ...cells(row), row.every(({ ok }) => ok) ? 'yes' : colors.red('NO')])
    }
  }
  return table.toString()
}

/** `short curved fan` in a column of its longest word. */
function short(geometry: string): string {
  return geometry.replaceAll(' ', '\n')
}

function cellOf(measurement: CheckedMeasurement | undefined): string {
  if (measurement === undefined) return ''
  return measurement.ok ? shortNumber(measurement.value) : colors.red(`${shortNumber(measurement.value)} ✗`)
}

function worstOf(row: readonly CheckedMeasurement[]): [value: string, geometry: string] {
  const worst = row.reduce((a, b) => (a.value >= b.value || Number.isNaN(a.value) ? a : b))
  return [cellOf(worst), worst.geometry]
}

/** 0, 3, 0.25, 4.2e-7. */
function shortNumber(value: number): string {
  if (Number.isInteger(value)) return String(value)
  return Math.abs(value) < 0.001 ? value.toExponential(1) : String(Number(value.toPrecision(2)))
}

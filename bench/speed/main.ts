// `npm run bench [-- backend,…] [--sizes 256,512,1024] [--growth] [--memory] [--json FILE]`:
// what operations cost, by tinybench; how time grows over four sizes; how much memory an
// FBP takes at its peak. Sums over results are printed, so that no work can be left out.

import { writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { listBackends } from '../../src/ct/create-projector.ts'
import { backendIds, type BackendId } from '../../src/ct/projector.ts'
import { UserError } from '../../src/ct/user-error.ts'
import { describeMachine, machineLine } from '../machine.ts'
import { markdownTable } from '../markdown-table.ts'
import { measureEngine } from './engine.ts'
import { geometries } from './geometries.ts'
import { measureGrowth } from './growth.ts'
import { measureHarness } from './harness.ts'
import { measureMemory } from './memory.ts'
import type { Row } from './row.ts'

const threads = 1
/** Engines for checking and for want of a better one: their larger sizes take minutes, so only who names them gets them. */
const smallUnlessNamed: readonly BackendId[] = ['reference', 'gpujs-webasm', 'gpujs-cpu']

interface Found {
  readonly text: string
  readonly json: Readonly<Record<string, unknown>>
}

async function operations(list: string | undefined, sizes: readonly number[]): Promise<Found> {
  const { backends, leftOut } = await chosenBackends(list)
  const rows: Row[] = []
  let sum = 0
  const keep = (measured: { rows: Row[]; sum: number }): void => {
    rows.push(...measured.rows)
    sum += measured.sum
  }
  for (const backend of backends) {
    const small = list === undefined && smallUnlessNamed.includes(backend)
    for (const size of small ? [Math.min(...sizes)] : sizes)
      for (const [beam, geometry] of Object.entries(geometries(size))) {
        process.stderr.write(`${backend} ${size}² ${beam}\n`)
        keep(await measureEngine({ backend, beam, geometry, size, threads }))
      }
  }
  for (const size of sizes) {
    process.stderr.write(`SSIM and acquisition ${size}²\n`)
    keep(await measureHarness(size))
  }
  const table = markdownTable(
    ['engine', 'beam', 'image', 'operation', 'median ms', 'minimum', 'p75', 'ns', 'per', 'MB moved'],
    rows.map(row => [
      ...[row.engine, row.beam, `${row.size}²`, row.operation],
      ...[row.medianMs, row.minimumMs, row.p75Ms].map(ms => ms.toFixed(ms < 100 ? 1 : 0)),
      ...[row.nsEach.toFixed(3), row.per, (row.bytes / 1e6).toFixed(1)],
    ]),
  )
  const notes = [
    `${threads} thread an engine. MB moved: the arrays that an operation reads and writes, each once. Sum over results: ${sum}`,
    ...leftOut.map(reason => `Left out: ${reason}`),
  ]
  return { text: `${table}\n${notes.join('\n')}`, json: { threads, rows, leftOut } }
}

async function chosenBackends(list: string | undefined): Promise<{ backends: BackendId[]; leftOut: string[] }> {
  const wanted = list?.split(',') ?? [...backendIds]
  const unknown = wanted.find(id => !backendIds.includes(id as BackendId))
  if (unknown !== undefined) throw new UserError(`Unknown backend "${unknown}". Known: ${backendIds.join(', ')}.`)
  const found = (await listBackends()).filter(({ id }) => wanted.includes(id))
  return {
    backends: found.filter(({ available }) => available).map(({ id }) => id),
    leftOut: found.filter(({ available }) => !available).map(({ id, detail }) => `${id}. ${detail}`),
  }
}

function parseSizes(text: string): number[] {
  const sizes = text.split(',').map(Number)
  if (!sizes.every(size => Number.isInteger(size) && size >= 16 && size <= 4096))
    throw new UserError(`--sizes is "${text}", expected whole numbers from 16 to 4096 with commas: --sizes 256,512.`)
  return sizes
}

try {
  const { values: flags, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      sizes: { type: 'string', default: '256,512,1024' },
      growth: { type: 'boolean', default: false },
      memory: { type: 'boolean', default: false },
      json: { type: 'string' },
    },
  })
  const machine = describeMachine()
  const found: Found[] = []
  if (flags.growth) {
    const { rows, sum, text } = await measureGrowth(threads)
    found.push({ text: `${text}\nThe least time, and nanoseconds each. Sum over results: ${sum}`, json: { threads, growth: rows } })
  }
  if (flags.memory) {
    const { peaks, text, withinLimit } = measureMemory()
    found.push({ text, json: { memory: peaks } })
    if (!withinLimit) process.exitCode = 1
  }
  if (found.length === 0) found.push(await operations(positionals[0], parseSizes(flags.sizes)))
  console.log([machineLine(machine), ...found.map(({ text }) => text)].join('\n\n'))
  if (flags.json !== undefined) writeFileSync(flags.json, JSON.stringify(Object.assign({ machine }, ...found.map(({ json }) => json)), null, 2) + '\n')
} catch (error) {
  const isUsersMistake = error instanceof UserError || (error as { code?: string }).code?.startsWith('ERR_PARSE_ARGS')
  if (!isUsersMistake) throw error
  console.error((error as Error).message)
  process.exitCode = 2
}

// The quick suite as a whole, by this checkout and by pipeline.py: both from their start
// to their end, in alternating rounds, on two cores each.

import { execFileSync, spawn } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parse, stringify } from 'yaml'
import { UserError } from '../../src/ct/user-error.ts'
import { readRecords } from '../../src/run/record-file.ts'
import { markdownTable } from '../markdown-table.ts'
import { writePipelineCases } from './pipeline-cases.ts'
import { runRounds, summary, withSpread, type Comparison } from './rounds.ts'

const cores = 2
const wanted = 2
/** Methods that pipeline.py has, too. */
const shared: readonly string[] = ['fbp', 'gaussian', 'nlm']

interface Whole {
  readonly seconds: number
  readonly jobs: number
  /** Mean over all jobs, hu-window@1, by method. */
  readonly psnrDb: Readonly<Record<string, number>>
}

/** @throws UserError when the Python environment is not there. */
export async function comparePipelines(rounds: number): Promise<Comparison> {
  const root = join(import.meta.dirname, '..', '..')
  const python = join(import.meta.dirname, '.venv/bin/python')
  if (!existsSync(python)) throw new UserError('bench/peers/.venv is not there. Run bench/peers/setup.sh.')
  execFileSync('npm', ['run', '--silent', 'build:run'], { cwd: root, stdio: ['ignore', 'ignore', 'inherit'] })
  const folder = mkdtempSync(join(tmpdir(), 'sinobench-pipeline-'))
  try {
    const suite = join(folder, 'quick.yaml')
    writeFileSync(suite, stringify(sharedSuite(join(root, 'bench', 'suites', 'quick.yaml'))))
    const given = join(folder, 'cases')
    mkdirSync(given)
    const jobs = await writePipelineCases(suite, given)
    const answers = await runRounds<Whole>(
      {
        sinobench: () => ours(join(root, 'dist', 'main.js'), suite, join(folder, 'out')),
        python: () => theirs(python, given),
      },
      rounds,
      0,
    )
    for (const [name, [first]] of Object.entries(answers))
      if (first!.jobs !== jobs) throw new Error(`${name} did ${first!.jobs} jobs, the suite has ${jobs}.`)
    return report(answers, jobs)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

function sharedSuite(path: string): unknown {
  const suite = parse(readFileSync(path, 'utf8')) as { methods: (string | { id: string })[] }
  return { ...suite, methods: suite.methods.filter(method => shared.includes(typeof method === 'string' ? method : method.id)) }
}

async function ours(main: string, suite: string, out: string): Promise<Whole> {
  rmSync(out, { recursive: true, force: true })
  const { seconds } = await timed(process.execPath, [main, 'run', suite, '--backend', 'wasm', '--jobs', String(cores), '--out', out, '--json'])
  const byMethod = new Map<string, number[]>()
  const records = readRecords(out)
  for (const record of records) {
    if (record.status !== 'done') throw new Error(`A job of ${record.method.id} is ${record.status}: ${record.reason}`)
    byMethod.set(record.method.id, [...(byMethod.get(record.method.id) ?? []), Number(record.scores['hu-window@1']!['psnr_db'])])
  }
  const psnrDb = Object.fromEntries([...byMethod].map(([id, values]) => [id, values.reduce((sum, value) => sum + value, 0) / values.length]))
  return { seconds, jobs: records.length, psnrDb }
}

async function theirs(python: string, given: string): Promise<Whole> {
  const { seconds, output } = await timed(python, [join(import.meta.dirname, 'pipeline.py'), given, String(cores)])
  return { seconds, ...(JSON.parse(output) as Omit<Whole, 'seconds'>) }
}

async function timed(command: string, args: readonly string[]): Promise<{ seconds: number; output: string }> {
  const start = performance.now()
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'] })
  let output = ''
  let errors = ''
  child.stdout.on('data', (text: Buffer) => (output += text.toString()))
  child.stderr.on('data', (text: Buffer) => (errors += text.toString()))
  const code = await new Promise<number | null>((resolve, reject) => child.on('error', reject).on('close', resolve))
  if (code !== 0) throw new Error(`${command} ${args[0]} ended with code ${code}: ${errors.slice(-2000)}`)
  return { seconds: (performance.now() - start) / 1000, output }
}

function report(answers: Readonly<Record<string, Whole[]>>, jobs: number): Comparison {
  const [ours, theirs] = [answers['sinobench']!, answers['python']!]
  const seconds = (wholes: readonly Whole[]) => summary(wholes.map(whole => whole.seconds))
  const ratio = summary(theirs.map((whole, round) => whole.seconds / ours[round]!.seconds))
  const table = markdownTable(
    ['work', 'Python s', 'sinobench s', 'ratio', 'wanted'],
    [[`quick, ${jobs} jobs`, withSpread(seconds(theirs)), withSpread(seconds(ours)), withSpread(ratio), `${wanted}${ratio.median >= wanted ? '' : ' ✗'}`]],
  )
  const methods = Object.keys(ours[0]!.psnrDb)
  const same = methods.map(id => `${id} ${ours[0]!.psnrDb[id]!.toFixed(2)} and ${theirs[0]!.psnrDb[id]!.toFixed(2)}`)
  const notes = [
    `Whole programs, from start to end, ${cores} cores each. Python: ASTRA CPU, NumPy, SciPy, scikit-image (bench/peers/pipeline.py says what it leaves out).`,
    `Mean PSNR of sinobench and Python, dB: ${same.join(', ')}.`,
  ]
  return { found: { jobs, sinobench: ours, python: theirs, ratio: { ...ratio, wanted } }, text: `${table}\n${notes.join('\n')}` }
}

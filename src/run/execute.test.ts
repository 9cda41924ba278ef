import { execFileSync, spawn } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, expect, test } from 'vitest'
import { UserError } from '../ct/user-error.ts'
import { executeJobs, type Progress } from './execute.ts'
import { installation } from './installation.ts'
import { InProcess, MethodProcesses, type MethodRunner } from './method-process.ts'
import { makePlan, type Plan } from './plan.ts'
import { readRecords } from './record-file.ts'
import type { DoneRecord, RunRecord } from './record.ts'
import { lockDirectory, resume, sweepPassingFiles, takeUpAgain } from './resume.ts'
import { narrowSuite, readSuite } from './suite.ts'

const folder = mkdtempSync(join(tmpdir(), 'sinobench-execute-'))
afterAll(() => rmSync(folder, { recursive: true }))
const misbehaving = fileURLToPath(new URL('./test-methods/misbehaving.ts', import.meta.url))
const silent: Progress = { started: () => {}, noted: () => {}, warned: () => {}, recorded: () => {} }
const backend = 'gpujs-webasm'

function suiteFile(name: string, fields: Record<string, unknown>): string {
  const path = join(folder, `${name}.yaml`)
  writeFileSync(path, JSON.stringify({ title: name, cases: 1, doses: [0.25], previews: 0, ...fields })) // JSON is YAML
  return path
}

function planOf(path: string, seed?: number): Promise<Plan> {
  const suite = narrowSuite(readSuite(path), { seed })
  return makePlan({ suite: { ...suite, id: 'test' }, dataDirectory: null, backendAsked: 'auto', engine: { backend, adapter: null, reason: 'for tests' } })
}

async function run(plan: Plan, directory: string): Promise<{ ran: number; records: RunRecord[] }> {
  const unlock = lockDirectory(directory)
  const runner = new InProcess()
  try {
    const resumption = resume(plan, directory, false)
    await executeJobs({ plan, resumption, directory, runner, concurrency: 1, threads: 1, progress: silent })
    return { ran: resumption.pending.length, records: readRecords(directory) }
  } finally {
    await runner.dispose()
    unlock()
  }
}

/** What must not depend on order, company or time. */
function numbers(records: readonly RunRecord[]): Map<string, unknown> {
  const done = records.filter((record): record is DoneRecord => record.status === 'done')
  return new Map(done.map(({ dataset, method, dose, key, scores, quality, hashes }) => [`${dataset} ${method.id} ${dose}`, { key, scores, quality, hashes }]))
}

test('same seed, same bits: other datasets before it and more methods beside it change no number', async () => {
  const alone = await run(await planOf(suiteFile('alone', { datasets: ['phantom-thorax'], methods: ['fbp'] })), join(folder, 'alone'))
  const company = await run(
    await planOf(suiteFile('company', { datasets: ['phantom-quality', 'phantom-thorax'], methods: ['gaussian', 'fbp'] })),
    join(folder, 'company'),
  )
  const expected = numbers(alone.records).get('phantom-thorax fbp 0.25')
  expect(expected).toBeDefined()
  expect(numbers(company.records).get('phantom-thorax fbp 0.25')).toEqual(expected)
})

test('the seed of the suite changes the noise and not the truth', async () => {
  const path = suiteFile('seeded', { datasets: ['phantom-thorax'], methods: ['fbp'] })
  const [one, two] = [await run(await planOf(path, 1), join(folder, 'one')), await run(await planOf(path, 2), join(folder, 'two'))]
  const [first, second] = [one.records[0] as DoneRecord, two.records[0] as DoneRecord]
  expect(second.hashes.truth).toBe(first.hashes.truth)
  expect(second.hashes.sinogram).not.toBe(first.hashes.sinogram)
  expect(() => resume({ ...({} as Plan), suite: { ...readSuite(path), id: 'test', seed: 2 } }, join(folder, 'one'), false)).toThrow(/holds records of suite "test" with seed 1/)
})

test('a job that is recorded is not run again, unless its preview is gone or changed', async () => {
  const directory = join(folder, 'again')
  const plan = await planOf(suiteFile('again', { datasets: ['phantom-thorax'], methods: ['fbp', 'gaussian'], previews: 1 }))
  const first = await run(plan, directory)
  expect(first.ran).toBe(2)
  expect((await run(plan, directory)).ran).toBe(0)
  const { image } = (first.records[0] as DoneRecord).artefacts
  rmSync(join(directory, image!.path))
  const again = await run(plan, directory)
  expect(again.ran).toBe(1)
  expect(existsSync(join(directory, image!.path))).toBe(true)
  expect(numbers(again.records)).toEqual(numbers(first.records))
})

test('settings that are taken up again are the newest again, and a method whose import changes is run again', async () => {
  const directory = join(folder, 'back')
  const method = join(folder, 'my-fbp.ts')
  const imported = join(folder, 'my-cutoff.ts')
  const api = join(installation().packageRoot, 'src', 'api.ts')
  writeFileSync(
    method,
    `import { defineMethod, fbp } from '${api}'
     import { z } from '${fileURLToPath(import.meta.resolve('zod'))}'
     import { cutoff } from './my-cutoff.ts'
     export default defineMethod({ title: 'Mine', family: 'analytic', citation: 'me', parameters: z.object({}),
       prepare: async ({ projector }) => ({ reconstruct: s => fbp(projector, s, { name: 'hann', cutoff }) }) })`,
  )
  const path = suiteFile('back', { datasets: ['phantom-quality'], methods: [method] })
  const runWith = async (cutoff: string): Promise<{ ran: number; hidden: number; newest: string }> => {
    writeFileSync(imported, `export const cutoff = ${cutoff}`)
    const plan = await planOf(path)
    const runner = new MethodProcesses() // a process of its own loads the file anew
    lockDirectory(directory)()
    const resumption = resume(plan, directory, false)
    const { pending, hidden } = resumption
    takeUpAgain(directory, hidden)
    await executeJobs({ plan, resumption, directory, runner, concurrency: 1, threads: 1, progress: silent })
    await runner.dispose()
    return { ran: pending.length, hidden: hidden.length, newest: (readRecords(directory).at(-1) as DoneRecord).hashes.image }
  }
  const first = await runWith('0.7')
  const changed = await runWith('0.2')
  expect(changed).toMatchObject({ ran: 1, hidden: 0 })
  expect(changed.newest).not.toBe(first.newest)
  expect(await runWith('0.7')).toEqual({ ran: 0, hidden: 1, newest: first.newest })
  expect(await runWith('0.7')).toEqual({ ran: 0, hidden: 0, newest: first.newest })
})

test('what a killed run left half-written is swept away', () => {
  const directory = join(folder, 'swept', 'images')
  mkdirSync(directory, { recursive: true })
  writeFileSync(join(directory, '.fbp.png.52d1aba4.tmp'), '')
  writeFileSync(join(directory, 'fbp.png'), '')
  sweepPassingFiles(join(folder, 'swept'))
  expect(readdirSync(directory)).toEqual(['fbp.png'])
})

test('a method that fails is recorded with its reason and the others run', async () => {
  const bad = ['throw', 'nan', 'shape'].map(way => ({ id: misbehaving, as: way, parameters: { way } }))
  const { records } = await run(await planOf(suiteFile('bad', { datasets: ['phantom-thorax'], methods: [...bad, 'fbp'] })), join(folder, 'bad'))
  expect(records.map(record => [record.method.id, record.status])).toEqual([
    ['throw', 'failed'],
    ['nan', 'failed'],
    ['shape', 'failed'],
    ['fbp', 'done'],
  ])
})

test('a case that a preset cannot scan is skipped with the reason', async () => {
  const path = suiteFile('large', { datasets: ['phantom-thorax'], methods: ['fbp'], presets: ['2detect'] })
  const { records } = await run(await planOf(path), join(folder, 'large'))
  expect(records).toMatchObject([{ status: 'skipped', reason: expect.stringMatching(/mm/) }])
})

test('what the child process is sent names no case and holds no truth', async () => {
  const sent: unknown[] = []
  const runner = new MethodProcesses()
  const plan = await planOf(suiteFile('blind', { datasets: ['phantom-quality'], methods: ['fbp'] }))
  const directory = join(folder, 'blind')
  lockDirectory(directory)()
  const spy: MethodRunner = { run: (name, job) => (sent.push(job), runner.run(name, job)), delivered: () => runner.delivered(), dispose: () => runner.dispose() }
  await executeJobs({ plan, resumption: resume(plan, directory, false), directory, runner: spy, concurrency: 1, threads: 1, progress: silent })
  await runner.dispose()
  const [record] = readRecords(directory) as [DoneRecord]
  expect(sent).toHaveLength(2) // two realisations, for the image quality
  for (const job of sent) {
    expect(Object.keys(job as object).sort()).toEqual(
      ['backend', 'geometry', 'grid', 'methodPath', 'noise', 'parameters', 'randomKey', 'scale', 'sinogram', 'threads', 'timeoutMs'].sort(),
    )
    const text = JSON.stringify(job)
    for (const secret of [record.case, record.subject, 'phantom-quality']) expect(text).not.toContain(`"${secret}"`)
  }
})

test('two runs never write to one folder; a lock left by a killed run is taken over', () => {
  const directory = join(folder, 'locked')
  const unlock = lockDirectory(directory)
  writeFileSync(join(directory, 'run.lock'), String(process.ppid))
  expect(() => lockDirectory(directory)).toThrow(/Another run/)
  unlock()
  writeFileSync(join(directory, 'run.lock'), '999999999')
  lockDirectory(directory)()
  expect(existsSync(join(directory, 'run.lock'))).toBe(false)
  writeFileSync(join(folder, 'a-file'), '')
  expect(() => lockDirectory(join(folder, 'a-file'))).toThrow(UserError)
})

test('killed at any moment and started again, a run ends with the same leaderboard, times aside', { timeout: 120_000 }, async () => {
  const path = suiteFile('killed', { datasets: ['phantom-quality'], cases: 2, methods: ['fbp', 'gaussian'], previews: 1 })
  const main = join(installation().packageRoot, 'src', 'cli', 'main.ts')
  const command = [...installation().execArgv, main, 'run', path, '--backend', backend, '--in-process', '--out']
  const whole = join(folder, 'whole')
  execFileSync(process.execPath, [...command, whole], { stdio: 'ignore' })
  const killed = join(folder, 'killed')
  const child = spawn(process.execPath, [...command, killed], { stdio: 'ignore' })
  const lines = (): number => (existsSync(join(killed, 'records.jsonl')) ? readFileSync(join(killed, 'records.jsonl'), 'utf8').split('\n').length - 1 : 0)
  while (lines() < 1) await new Promise(resolve => setTimeout(resolve, 5))
  child.kill('SIGKILL')
  await new Promise(resolve => child.on('exit', resolve))
  expect(lines()).toBeLessThan(4)
  execFileSync(process.execPath, [...command, killed], { stdio: 'ignore' })
  expect(leaderboard(killed)).toEqual(leaderboard(whole))
})

/** The rows of leaderboard.csv without times and memory. */
function leaderboard(directory: string): string[][] {
  const rows = readFileSync(join(directory, 'leaderboard.csv'), 'utf8').trim().split('\n').map(line => line.split(','))
  const aside = rows[0]!.map(name => /_ms_|memory/.test(name))
  expect(aside.filter(Boolean)).toHaveLength(3)
  return rows.map(row => row.filter((_, column) => !aside[column]))
}

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeAll, describe, expect, test, vi } from 'vitest'
import type { ResolvedBackend } from '../ct/create-projector.ts'
import { evenAngles, imageGrid, parallelBeam } from '../ct/geometry.ts'
import type { BackendChoice, BackendId } from '../ct/projector.ts'
import { defaultScale } from '../ct/units.ts'
import { useSoftwareGpu } from '../testing/software-gpu.ts'
import { executeJobs } from './execute.ts'
import type { MethodJob } from './method-host.ts'
import { InProcess, MethodProcesses, type MethodRunner, type Outcome } from './method-process.ts'
import { makePlan, type Plan } from './plan.ts'
import { readRecords } from './record-file.ts'
import type { RunRecord } from './record.ts'
import { lockDirectory, resume } from './resume.ts'
import { narrowSuite, readSuite } from './suite.ts'

const method = fileURLToPath(new URL('./test-methods/engine-faults.ts', import.meta.url))
const gpu = await useSoftwareGpu('runs whose GPU is lost')
const geometry = parallelBeam({ anglesRad: evenAngles(20, Math.PI), bins: 45, pitchMm: 1 })
const slow = 300_000 // a process a job: half a second alone, ten on a busy machine

function job(fault: string, backend: BackendId, changes: Partial<MethodJob> = {}): MethodJob {
  return {
    ...{ methodPath: method, parameters: { fault, pidFile: '' }, geometry, grid: imageGrid(33, 33, 1), noise: null, scale: defaultScale },
    ...{ backend, threads: 2, sinogram: Float32Array.from({ length: 20 * 45 }, (_, i) => Math.sin(i)), randomKey: [1, 2], timeoutMs: 60_000 },
    ...changes,
  }
}

/** No child and no thread is left that would keep this process. */
function expectNothingLeft(): void {
  expect(process.getActiveResourcesInfo().filter(name => /ProcessWrap|MessagePort/.test(name))).toEqual([])
}

async function recovers(runner: MethodRunner, backend: BackendId, fault: string): Promise<Outcome> {
  const whole = await runner.run('x', job('none', backend))
  if (whole.kind !== 'done') throw new Error(whole.reason)
  const broken = await runner.run('x', job(fault, backend))
  const again = await runner.run('x', job('none', backend))
  expect(again).toMatchObject({ kind: 'done', result: { image: whole.result.image, backend, prepareMs: expect.any(Number) } })
  await runner.dispose()
  return broken
}

describe('an engine that fails fails its job, says why, and the next job has another', () => {
  afterEach(() => {
    vi.unstubAllEnvs()
    expectNothingLeft()
  })

  test.each([
    ['trap', 'wasm', /^The wasm kernel \w+ failed: (RuntimeError: )?memory access out of bounds$/],
    ['threads', 'wasm', /^The wasm kernel \w+ failed: A thread of the wasm engine ended with code 1\.$/],
    ['size', 'wasm', /^The wasm engine could not get 1373\d MiB \(it holds \d+ of at most 4096\)\. Release arrays/],
    ['sigkill', 'wasm', /^The method's process was ended by SIGKILL \(out of memory\?\)\.$/],
    ['exit', 'wasm', /^The method's process ended with code 0\.$/],
    ['heap', 'gpujs-cpu', /^The method's process was ended by SIG\w+: .*heap out of memory/],
  ] as const)('%s on %s', async (fault, backend, reason) => {
    if (fault === 'heap') vi.stubEnv('NODE_OPTIONS', '--max-old-space-size=80')
    expect(await recovers(new MethodProcesses(), backend, fault)).toEqual({ kind: 'failed', gone: null, reason: expect.stringMatching(reason) })
  }, slow)

  test.each(['trap', 'threads', 'size'])('%s, in this process', async fault => {
    expect(await recovers(new InProcess(), 'wasm', fault)).toMatchObject({ kind: 'failed', gone: null })
  }, slow)

  test.skipIf(!gpu).each([
    ['gpu-lost', 'lost', /^The GPU SwiftShader.* was lost \(.*\): .*destroyed\.$/],
    ['gpu-error', null, /^The GPU SwiftShader.* failed \(.*\): Buffer size/],
  ])('%s', async (fault, gone, reason) => {
    for (const runner of [new MethodProcesses(), new InProcess()])
      expect(await recovers(runner, 'webgpu', fault)).toEqual({ kind: 'failed', gone, reason: expect.stringMatching(reason) })
  }, slow)
})

describe.skipIf(!gpu)('a run whose GPU is lost', () => {
  const folder = mkdtempSync(join(tmpdir(), 'sinobench-faults-'))
  const driver = process.env['VK_ICD_FILENAMES']
  const webgpu: ResolvedBackend = { backend: 'webgpu', adapter: 'SwiftShader', reason: 'the GPU SwiftShader answered' }
  const wasm: ResolvedBackend = { backend: 'wasm', adapter: null, reason: 'no GPU answered' }
  afterEach(() => void (process.env['VK_ICD_FILENAMES'] = driver))
  beforeAll(() => () => rmSync(folder, { recursive: true }))

  function planOf(faults: Record<string, string>, backendAsked: BackendChoice, engine: ResolvedBackend): Promise<Plan> {
    const path = join(folder, 'suite.yaml')
    const methods = Object.entries(faults).map(([as, fault]) => ({ id: method, as, parameters: { fault } }))
    const suite = { title: 'Faults', cases: 1, doses: [0.25], previews: 0, datasets: ['phantom-thorax'], presets: ['parallel-256'], methods }
    writeFileSync(path, JSON.stringify(suite)) // JSON is YAML
    return makePlan({ suite: { ...narrowSuite(readSuite(path), {}), id: 'faults' }, dataDirectory: null, backendAsked, engine })
  }

  /** Runs a plan; after the method `last` was recorded there is no driver any more. */
  async function run(plan: Plan, name: string, last: string): Promise<{ records: Record<string, RunRecord>; ran: string[]; warnings: string[] }> {
    const directory = join(folder, name)
    const [ran, warnings]: [string[], string[]] = [[], []]
    const runner = new MethodProcesses()
    const watched: MethodRunner = {
      run: (id, one) => (ran.push(`${id} on ${one.backend}`), runner.run(id, one)),
      delivered: () => runner.delivered(),
      dispose: () => runner.dispose(),
    }
    lockDirectory(directory)()
    const progress = {
      ...{ started: () => {}, noted: () => {}, warned: (warning: string) => void warnings.push(warning) },
      recorded: ({ method: { id } }: { method: { id: string } }) => {
        if (id === last) process.env['VK_ICD_FILENAMES'] = join(folder, 'no-driver.json')
      },
    }
    if (last === '') process.env['VK_ICD_FILENAMES'] = join(folder, 'no-driver.json')
    await executeJobs({ plan, resumption: resume(plan, directory, false), directory, runner: watched, concurrency: 1, threads: 1, progress })
    await runner.dispose()
    expectNothingLeft()
    return { records: Object.fromEntries(readRecords(directory).map(record => [record.method.id, record])), ran, warnings }
  }

  test('for good goes on on the CPU under auto, and every record says what it ran on and why', { timeout: slow }, async () => {
    const methods = { before: 'none', loses: 'gpu-lost', after: 'none', later: 'none' }
    const plan = await planOf(methods, 'auto', webgpu)
    const first = await run(plan, 'auto', 'loses')
    expect(first.ran).toEqual(['before on webgpu', 'loses on webgpu', 'after on webgpu', 'after on wasm', 'later on wasm'])
    expect(first.warnings).toEqual([expect.stringMatching(/^The GPU SwiftShader is gone \(No WebGPU adapter answered\. .*The rest runs on wasm\./)])
    const gone = expect.stringMatching(/^the GPU SwiftShader is gone: No WebGPU adapter answered/)
    expect(first.records).toMatchObject({
      before: { status: 'done', backend: 'webgpu', adapter: expect.stringContaining('SwiftShader'), backendAsked: 'auto', backendReason: 'the GPU SwiftShader answered' },
      loses: { status: 'failed', backend: 'webgpu', reason: expect.stringContaining('was lost') },
      after: { status: 'done', backend: 'wasm', adapter: null, backendAsked: 'auto', backendReason: gone },
      later: { status: 'done', backend: 'wasm', adapter: null, backendReason: gone },
    })

    // Keys name the engine that ran: a run on either engine finds what that engine did, and no more.
    const onCpu = await planOf(methods, 'auto', wasm)
    const pending = (one: Plan): string[] => resume(one, join(folder, 'auto'), false).pending.map(({ method: { id } }) => id)
    expect(pending(onCpu)).toEqual(['before', 'loses'])
    expect(pending(plan)).toEqual(['after', 'later'])
    const keys = Object.fromEntries(onCpu.jobs.map(({ method: { id }, key }) => [id, key]))
    expect([first.records['after']!.key, first.records['later']!.key]).toEqual([keys['after'], keys['later']])

    // The GPU answers at the start and is gone at once: what the CPU has done is taken up again, not run again.
    const second = await run(plan, 'auto', '')
    expect(second.ran).toEqual(['after on webgpu'])
    expect(second.records['after']).toEqual({ ...first.records['after'], recordedAt: expect.any(String) })
  })

  test('in two jobs in a row is left under auto, though it comes back', { timeout: slow }, async () => {
    const { records, ran, warnings } = await run(await planOf({ one: 'gpu-lost', two: 'gpu-lost', three: 'none' }, 'auto', webgpu), 'twice', 'never')
    expect(ran).toEqual(['one on webgpu', 'two on webgpu', 'three on wasm'])
    expect(records).toMatchObject({ one: { status: 'failed' }, two: { status: 'failed' }, three: { status: 'done', backend: 'wasm' } })
    expect(warnings).toHaveLength(1)
  })

  test('fails its jobs where webgpu was named, and runs no other engine', { timeout: slow }, async () => {
    const { records, ran, warnings } = await run(await planOf({ loses: 'gpu-lost', after: 'none' }, 'webgpu', webgpu), 'named', 'loses')
    expect(ran).toEqual(['loses on webgpu', 'after on webgpu'])
    expect(records).toMatchObject({
      loses: { status: 'failed', backend: 'webgpu', backendAsked: 'webgpu' },
      after: { status: 'failed', backend: 'webgpu', reason: expect.stringContaining('No WebGPU adapter answered') },
    })
    expect(warnings).toEqual([])
  })
})

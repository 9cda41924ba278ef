// The loop: for every case, preset and dose simulate once, let every method
// reconstruct, score, record. The parent simulates the next scans and scores while child
// processes reconstruct, and its work takes a core like theirs; records are appended as
// they come, so a kill loses at most the jobs in flight.

import type { ResolvedBackend } from '../ct/create-projector.ts'
import type { Case, Disc, QualityLayout, SimulatedCase } from '../ct/case.ts'
import type { NoiseModel } from '../ct/method.ts'
import { prepareScan, type PreparedScan } from '../ct/prepare-scan.ts'
import type { ImageGrid } from '../ct/geometry.ts'
import type { Sinogram } from '../ct/image.ts'
import { seedKey } from '../ct/random.ts'
import { defaultScale, huImage, type AttenuationScale } from '../ct/units.ts'
import { UserError } from '../ct/user-error.ts'
import { keepPreviews } from './artefacts.ts'
import { EngineChoice } from './engine-choice.ts'
import { doneRecord, failedRecord, skippedRecord } from './make-record.ts'
import type { MethodRunner, Outcome } from './method-process.ts'
import { jobOn, type Job, type Plan } from './plan.ts'
import { sha256OfFloats } from './provenance.ts'
import { RecordFile } from './record-file.ts'
import type { RunRecord } from './record.ts'
import { recordedNow, type Resumption } from './resume.ts'
import { Slots } from './slots.ts'

export interface Progress {
  /** A job starts: case and method as a reader knows them. */
  started(job: Job): void
  /** Something about a case that its reader should know. */
  noted(note: string): void
  /** The run goes on, but not as it was planned. */
  warned(warning: string): void
  /** A job has its record. */
  recorded(job: Job, record: RunRecord): void
}

export interface ExecuteRequest {
  readonly plan: Plan
  /** What is there already, and the jobs that have no valid record yet. */
  readonly resumption: Resumption
  readonly directory: string
  readonly runner: MethodRunner
  /** Cores to share: jobs at a time, this process's own work counted as one. */
  readonly concurrency: number
  /** Threads that each job's engine may use. */
  readonly threads: number
  readonly progress: Progress
}

/** What a method's job needs of its scan; the truth stays on this side. */
export interface Measurement {
  readonly sinogram: Sinogram
  readonly grid: ImageGrid
  readonly scale: AttenuationScale
  readonly noise: NoiseModel | null
  /** Row-major [row][column], float32, HU; null for measured data. */
  readonly truthHu: Float32Array | null
  /** SHA-256 of the sinogram and of the truth's attenuation. */
  readonly hashes: { readonly sinogram: string; readonly truth: string | null }
  /** A measured scan without calibration: values stay in 1/mm. */
  readonly calibrated: boolean
  /** Where quality is measured, and the same object and dose with other noise to do it; null where it is not. */
  readonly quality: { readonly layout: QualityLayout; readonly repeated: Sinogram } | null
}

/** Scans that wait with jobs that have not started, while the next one is simulated. */
const scansAhead = 2

/** One call of executeJobs, as its parts share it. */
interface Execution extends ExecuteRequest {
  readonly engines: EngineChoice
  readonly slots: Slots
  /** Of the last scans, oldest first: settled when all jobs of a scan have started. */
  readonly scansWaiting: Promise<unknown>[]
  record(planned: Job, record: RunRecord): void
}

/**
 * Runs the pending jobs, appends their records and returns them.
 * @throws UserError when records or images cannot be written; what was recorded stays.
 */
export async function executeJobs(request: ExecuteRequest): Promise<RunRecord[]> {
  const { plan, resumption, directory, progress } = request
  const records = new RecordFile(directory)
  const recorded: RunRecord[] = []
  const slots = new Slots(request.concurrency)
  const execution: Execution = {
    ...request,
    engines: new EngineChoice(plan.backendAsked, plan.engine, warning => progress.warned(warning)),
    slots,
    scansWaiting: [],
    record(planned, record) {
      records.append(record)
      recorded.push(record)
      progress.recorded(planned, record)
    },
  }
  try {
    for (const found of plan.datasets) {
      const byCase = groupBy(
        resumption.pending.filter(job => job.dataset === found.id),
        job => job.caseId,
      )
      if (byCase.size === 0) continue
      for await (const one of found.dataset.cases({ split: plan.suite.split, dataDirectory: plan.dataDirectory, skipped: () => {} })) {
        const jobs = byCase.get(one.id)
        if (!jobs) continue
        await runCase(one, jobs, execution)
        byCase.delete(one.id)
        if (byCase.size === 0) break
      }
    }
    await slots.settled()
    return recorded
  } finally {
    await slots.abandoned()
    records.close()
  }
}

async function runCase(one: Case, jobs: readonly Job[], execution: Execution): Promise<void> {
  if (one.kind === 'measured') {
    const { sinogram, grid, scale } = one
    const hashes = { sinogram: sha256OfFloats(sinogram.data), truth: null }
    const simulated = { noise: null, truthHu: null, quality: null }
    return startJobs(jobs, { sinogram, grid, scale: scale ?? defaultScale, calibrated: scale !== null, hashes, ...simulated }, execution)
  }
  const { plan, progress } = execution
  for (const [preset, ofPreset] of groupBy(jobs, job => job.preset!)) {
    let scan: PreparedScan
    try {
      const seed = { suiteSeed: plan.suite.seed, dataset: ofPreset[0]!.dataset, caseId: one.id }
      scan = await ownWork(execution, () => prepareScan({ object: one.object, preset, seed }))
      if (scan.note !== null) progress.noted(scan.note)
    } catch (error) {
      if (!(error instanceof UserError)) throw error
      for (const job of ofPreset) execution.record(job, skippedRecord(plan, job, error.message))
      continue
    }
    const truth = { hu: huImage(scan.truth.data, scan.scale), hash: sha256OfFloats(scan.truth.data) }
    await ownWork(execution, async pause => {
      const steps = scan.integrate()
      while (!steps.next().done) await pause()
    })
    for (const [dose, ofDose] of groupBy(ofPreset, job => job.dose!))
      await startJobs(ofDose, await ownWork(execution, () => measure(one, scan, truth, dose)), execution)
  }
}

/** What all scans of a case share. */
interface Truth {
  /** Row-major [row][column], float32, HU. */
  readonly hu: Float32Array
  readonly hash: string
}

function measure(one: SimulatedCase, scan: PreparedScan, truth: Truth, dose: number): Measurement {
  const { sinogram, noise } = scan.measure(dose, 0)
  const { grid, scale } = scan
  const hashes = { sinogram: sha256OfFloats(sinogram.data), truth: truth.hash }
  const quality = one.quality
    ? { layout: enlarged(one.quality, scan.magnification), repeated: scan.measure(dose, 1).sinogram }
    : null
  return { sinogram, grid, scale, noise, truthHu: truth.hu, hashes, calibrated: true, quality }
}

/** A preset may scan an object at another size than it was drawn. */
function enlarged(layout: QualityLayout, factor: number): QualityLayout {
  const scaled = <D extends Disc>(disc: D): D => ({
    ...disc,
    xMm: disc.xMm * factor,
    yMm: disc.yMm * factor,
    radiusMm: disc.radiusMm * factor,
  })
  return { inserts: layout.inserts.map(scaled), edge: scaled(layout.edge), uniform: layout.uniform.map(scaled) }
}

/**
 * Work that takes this thread, simulating or scoring, in a slot of its own. Before it begins, and where it pauses,
 * children's answers come in and jobs go out: sending one needs this thread.
 */
function ownWork<T>({ slots, runner }: Execution, work: (pause: () => Promise<void>) => T | Promise<T>): Promise<T> {
  const pause = async (): Promise<void> => {
    await new Promise<void>(resolve => setImmediate(resolve))
    await runner.delivered()
  }
  return slots.work(async () => {
    await pause()
    return work(pause)
  })
}

/** Queues a scan's jobs, and waits while there is a queue. */
async function startJobs(jobs: readonly Job[], measurement: Measurement, execution: Execution): Promise<void> {
  const { slots, scansWaiting } = execution
  scansWaiting.push(Promise.all(jobs.map(job => new Promise<void>(started => slots.follow(runJob(job, measurement, execution, started))))))
  if (scansWaiting.length > scansAhead) await scansWaiting.shift()
  slots.rethrow()
}

async function runJob(planned: Job, measurement: Measurement, execution: Execution, started: () => void): Promise<void> {
  const { plan, engines, directory, slots } = execution
  const release = await slots.acquire(planned.method.id).finally(started)
  execution.progress.started(planned)
  let job = planned
  let engine = plan.engine
  let recorded: Promise<void>
  try {
    let ended: Ended
    do {
      engine = engines.now
      job = jobOn(planned, engine.backend)
      const known = job.key === planned.key ? null : execution.resumption.recorded(job)
      if (known) return execution.record(planned, recordedNow(known))
      ended = await reconstructAll(job, engine, measurement, execution)
    } while (await engines.heard(engine, ended.outcome.kind === 'failed' ? ended.outcome : null))
    // Asked for before the slot is given back, so that this job is recorded before the next begins.
    recorded = ownWork(execution, async pause => {
      let record = await recordOf(plan, job, engine, measurement, ended, pause)
      if (job.preview && record.status === 'done' && ended.outcome.kind === 'done')
        record = { ...record, ...(await keepPreviews(directory, job, measurement, ended.outcome.result.image)) }
      execution.record(planned, record)
    })
  } finally {
    release()
  }
  await recorded
}

/** What came of a job; `second` is the same with other noise, where quality is measured. A failure of either is the job's. */
interface Ended {
  readonly outcome: Outcome
  readonly second: Outcome | null
}

async function reconstructAll(job: Job, engine: ResolvedBackend, measurement: Measurement, execution: Execution): Promise<Ended> {
  const outcome = await reconstruct(job, engine, measurement, measurement.sinogram, 0, execution)
  if (!measurement.quality || outcome.kind === 'failed') return { outcome, second: null }
  const second = await reconstruct(job, engine, measurement, measurement.quality.repeated, 1, execution)
  if (second.kind === 'failed') return { outcome: { ...second, reason: `With other noise: ${second.reason}` }, second: null }
  return { outcome, second }
}

async function recordOf(
  plan: Plan,
  job: Job,
  engine: ResolvedBackend,
  measurement: Measurement,
  { outcome, second }: Ended,
  pause: () => Promise<void>,
): Promise<RunRecord> {
  if (outcome.kind === 'failed') return failedRecord(plan, job, engine, measurement, outcome.reason)
  try {
    return await doneRecord(plan, job, engine, measurement, outcome, second, pause)
  } catch (error) {
    if (!(error instanceof UserError)) throw error
    return failedRecord(plan, job, engine, measurement, `The image could not be scored: ${error.message}`)
  }
}

function reconstruct(
  job: Job,
  engine: ResolvedBackend,
  measurement: Measurement,
  sinogram: Sinogram,
  realisation: number,
  { plan, runner, threads }: Execution,
): Promise<Outcome> {
  return runner.run(job.method.id, {
    methodPath: job.method.found.path,
    parameters: job.parameters,
    geometry: sinogram.geometry,
    grid: measurement.grid,
    noise: measurement.noise,
    scale: measurement.scale,
    backend: engine.backend,
    threads,
    sinogram: sinogram.data,
    randomKey: seedKey('method', plan.suite.seed, job.dataset, job.caseId, job.preset?.id ?? '', job.dose ?? 0, job.method.id, realisation),
    timeoutMs: plan.suite.timeoutS * 1000,
  })
}

function groupBy<K, V>(values: readonly V[], key: (value: V) => K): Map<K, V[]> {
  const groups = new Map<K, V[]>()
  for (const value of values) {
    const group = groups.get(key(value))
    if (group) group.push(value)
    else groups.set(key(value), [value])
  }
  return groups
}

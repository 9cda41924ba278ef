// The loop: for every case, preset and dose simulate once, let every method
// reconstruct, score, record. The parent simulates and scores while child processes
// reconstruct; records are appended as they come, so a kill loses at most the jobs in flight.

import type { ResolvedBackend } from '../ct/create-projector.ts'
import type { Case, Disc, QualityLayout, SimulatedCase } from '../ct/case.ts'
import type { NoiseModel } from '../ct/method.ts'
import { prepareScan, type PreparedScan } from '../ct/prepare-scan.ts'
import type { ImageGrid } from '../ct/geometry.ts'
import type { CtImage, Sinogram } from '../ct/image.ts'
import { seedKey } from '../ct/random.ts'
import { defaultScale, type AttenuationScale } from '../ct/units.ts'
import { UserError } from '../ct/user-error.ts'
import { keepPreviews } from './artefacts.ts'
import { EngineChoice } from './engine-choice.ts'
import { doneRecord, failedRecord, skippedRecord } from './make-record.ts'
import type { MethodRunner, Outcome } from './method-process.ts'
import { jobOn, type Job, type Plan } from './plan.ts'
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
  /** Jobs at a time. */
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
  /** Null for measured data. */
  readonly truth: CtImage | null
  /** A measured scan without calibration: values stay in 1/mm. */
  readonly calibrated: boolean
  /** Where quality is measured, and the same object and dose with other noise to do it; null where it is not. */
  readonly quality: { readonly layout: QualityLayout; readonly repeated: Sinogram } | null
}

/** One call of executeJobs, as its parts share it. */
interface Execution extends ExecuteRequest {
  readonly engines: EngineChoice
  readonly slots: Slots
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
    const measurement = { sinogram, grid, scale: scale ?? defaultScale, noise: null, truth: null, calibrated: scale !== null, quality: null }
    return runScan(jobs, measurement, execution)
  }
  for (const [preset, ofPreset] of groupBy(jobs, job => job.preset!)) {
    let scan: PreparedScan
    try {
      const seed = { suiteSeed: execution.plan.suite.seed, dataset: ofPreset[0]!.dataset, caseId: one.id }
      scan = prepareScan({ object: one.object, preset, seed })
      if (scan.note !== null) execution.progress.noted(scan.note)
    } catch (error) {
      if (!(error instanceof UserError)) throw error
      for (const job of ofPreset) execution.record(job, skippedRecord(execution.plan, job, error.message))
      continue
    }
    for (const [dose, ofDose] of groupBy(ofPreset, job => job.dose!))
      await runScan(ofDose, measure(one, scan, dose), execution)
  }
}

function measure(one: SimulatedCase, scan: PreparedScan, dose: number): Measurement {
  const { sinogram, noise } = scan.measure(dose, 0)
  const { grid, scale, truth } = scan
  const quality = one.quality
    ? { layout: enlarged(one.quality, scan.magnification), repeated: scan.measure(dose, 1).sinogram }
    : null
  return { sinogram, grid, scale, noise, truth, calibrated: true, quality }
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

async function runScan(jobs: readonly Job[], measurement: Measurement, execution: Execution): Promise<void> {
  for (const job of jobs) {
    const release = await execution.slots.acquire()
    execution.slots.follow(runJob(job, measurement, execution, release))
    // Lets answers of child processes in before the next simulation takes this thread.
    await new Promise<void>(resolve => setImmediate(resolve))
  }
}

async function runJob(planned: Job, measurement: Measurement, execution: Execution, release: () => void): Promise<void> {
  const { plan, engines, directory } = execution
  execution.progress.started(planned)
  let job = planned
  let engine = plan.engine
  let ended: Ended
  try {
    do {
      engine = engines.now
      job = jobOn(planned, engine.backend)
      const known = job.key === planned.key ? null : execution.resumption.recorded(job)
      if (known) return execution.record(planned, recordedNow(known))
      ended = await reconstructAll(job, engine, measurement, execution)
    } while (await engines.heard(engine, ended.outcome.kind === 'failed' ? ended.outcome : null))
  } finally {
    release()
  }
  let record = recordOf(plan, job, engine, measurement, ended)
  if (job.preview && record.status === 'done' && ended.outcome.kind === 'done')
    record = { ...record, ...(await keepPreviews(directory, job, measurement, ended.outcome.result.image)) }
  execution.record(planned, record)
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

function recordOf(plan: Plan, job: Job, engine: ResolvedBackend, measurement: Measurement, { outcome, second }: Ended): RunRecord {
  if (outcome.kind === 'failed') return failedRecord(plan, job, engine, measurement, outcome.reason)
  try {
    return doneRecord(plan, job, engine, measurement, outcome, second)
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

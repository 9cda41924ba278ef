// The loop: for every case, preset and dose simulate once, let every method
// reconstruct, score, record. The parent simulates and scores while child processes
// reconstruct; records are appended as they come, so a kill loses at most the jobs in flight.

import type { Case, Disc, QualityLayout, SimulatedCase } from '../ct/case.ts'
import type { NoiseModel } from '../ct/method.ts'
import { prepareScan, type PreparedScan } from '../ct/prepare-scan.ts'
import type { ImageGrid } from '../ct/geometry.ts'
import type { CtImage, Sinogram } from '../ct/image.ts'
import { seedKey } from '../ct/random.ts'
import { defaultScale, type AttenuationScale } from '../ct/units.ts'
import { UserError } from '../ct/user-error.ts'
import { keepPreviews } from './artefacts.ts'
import type { MethodRunner, Outcome } from './method-process.ts'
import type { Job, Plan } from './plan.ts'
import { RecordFile } from './record-file.ts'
import type { RunRecord } from './record.ts'
import { doneRecord, failedRecord, skippedRecord } from './make-record.ts'
import { Slots } from './slots.ts'

export interface Progress {
  /** A job starts: case and method as a reader knows them. */
  started(job: Job): void
  /** Something about a case that its reader should know. */
  noted(note: string): void
  /** A job has its record. */
  recorded(job: Job, record: RunRecord): void
}

export interface ExecuteRequest {
  readonly plan: Plan
  /** Jobs of the plan that have no valid record yet. */
  readonly pending: readonly Job[]
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

/**
 * Runs the pending jobs and appends their records.
 * @throws UserError when records or images cannot be written; what was recorded stays.
 */
export async function executeJobs(request: ExecuteRequest): Promise<void> {
  const { plan, pending, directory } = request
  const records = new RecordFile(directory)
  const slots = new Slots(request.concurrency)
  try {
    for (const found of plan.datasets) {
      const byCase = groupBy(
        pending.filter(job => job.dataset === found.id),
        job => job.caseId,
      )
      if (byCase.size === 0) continue
      for await (const one of found.dataset.cases({ split: plan.suite.split, dataDirectory: plan.dataDirectory, skipped: () => {} })) {
        const jobs = byCase.get(one.id)
        if (!jobs) continue
        await runCase(one, jobs, request, records, slots)
        byCase.delete(one.id)
        if (byCase.size === 0) break
      }
    }
    await slots.settled()
  } finally {
    await slots.abandoned()
    records.close()
  }
}

async function runCase(one: Case, jobs: readonly Job[], request: ExecuteRequest, records: RecordFile, slots: Slots): Promise<void> {
  if (one.kind === 'measured') {
    const { sinogram, grid, scale } = one
    const measurement = { sinogram, grid, scale: scale ?? defaultScale, noise: null, truth: null, calibrated: scale !== null, quality: null }
    return runScan(jobs, measurement, request, records, slots)
  }
  for (const [preset, ofPreset] of groupBy(jobs, job => job.preset!)) {
    let scan: PreparedScan
    try {
      const seed = { suiteSeed: request.plan.suite.seed, dataset: ofPreset[0]!.dataset, caseId: one.id }
      scan = prepareScan({ object: one.object, preset, seed })
      if (scan.note !== null) request.progress.noted(scan.note)
    } catch (error) {
      if (!(error instanceof UserError)) throw error
      for (const job of ofPreset) {
        const record = skippedRecord(request.plan, job, error.message)
        records.append(record)
        request.progress.recorded(job, record)
      }
      continue
    }
    for (const [dose, ofDose] of groupBy(ofPreset, job => job.dose!))
      await runScan(ofDose, measure(one, scan, dose), request, records, slots)
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

async function runScan(
  jobs: readonly Job[],
  measurement: Measurement,
  request: ExecuteRequest,
  records: RecordFile,
  slots: Slots,
): Promise<void> {
  for (const job of jobs) {
    const release = await slots.acquire()
    slots.follow(runJob(job, measurement, request, records, release))
    // Lets answers of child processes in before the next simulation takes this thread.
    await new Promise<void>(resolve => setImmediate(resolve))
  }
}

async function runJob(
  job: Job,
  measurement: Measurement,
  request: ExecuteRequest,
  records: RecordFile,
  release: () => void,
): Promise<void> {
  const { plan, progress, directory } = request
  progress.started(job)
  let outcome: Outcome
  let second: Outcome | null = null
  try {
    outcome = await reconstruct(job, measurement, measurement.sinogram, 0, request)
    if (measurement.quality && outcome.kind === 'done') second = await reconstruct(job, measurement, measurement.quality.repeated, 1, request)
  } finally {
    release()
  }
  let record = recordOf(plan, job, measurement, outcome, second)
  if (job.preview && record.status === 'done' && outcome.kind === 'done')
    record = { ...record, ...(await keepPreviews(directory, job, measurement, outcome.result.image)) }
  records.append(record)
  progress.recorded(job, record)
}

function recordOf(plan: Plan, job: Job, measurement: Measurement, outcome: Outcome, second: Outcome | null): RunRecord {
  if (outcome.kind === 'failed') return failedRecord(plan, job, measurement, outcome.reason)
  if (second?.kind === 'failed') return failedRecord(plan, job, measurement, `With other noise: ${second.reason}`)
  try {
    return doneRecord(plan, job, measurement, outcome, second)
  } catch (error) {
    if (!(error instanceof UserError)) throw error
    return failedRecord(plan, job, measurement, `The image could not be scored: ${error.message}`)
  }
}

function reconstruct(job: Job, measurement: Measurement, sinogram: Sinogram, realisation: number, request: ExecuteRequest): Promise<Outcome> {
  const { plan, runner, threads } = request
  return runner.run(job.method.id, {
    methodPath: job.method.found.path,
    parameters: job.parameters,
    geometry: sinogram.geometry,
    grid: measurement.grid,
    noise: measurement.noise,
    scale: measurement.scale,
    backend: plan.backend,
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

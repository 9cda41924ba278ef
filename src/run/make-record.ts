// From a job and what came of it to its record.

import { noiseModelAt } from '../ct/acquisition.ts'
import type { ResolvedBackend } from '../ct/create-projector.ts'
import { viewCount } from '../ct/geometry.ts'
import { huImage } from '../ct/units.ts'
import { scoresByProtocol } from '../metrics/protocols.ts'
import { measureQuality } from '../metrics/quality.ts'
import type { Measurement } from './execute.ts'
import type { Outcome } from './method-process.ts'
import type { Job, Plan } from './plan.ts'
import { provenance, sha256OfFloats } from './provenance.ts'
import { recordVersion, type DoneRecord, type FailedRecord, type Quality, type RunRecord } from './record.ts'

type Done = Extract<Outcome, { kind: 'done' }>

/**
 * Scores an image and records it, without previews; pauses between protocols.
 * @throws UserError when the truth cannot be scored against.
 */
export async function doneRecord(
  plan: Plan,
  job: Job,
  engine: ResolvedBackend,
  measurement: Measurement,
  outcome: Done,
  second: Outcome | null,
  pause: () => Promise<void>,
): Promise<DoneRecord> {
  const { result } = outcome
  const { rows, columns } = measurement.grid
  const { truthHu, scale } = measurement
  const imageHu = huImage(result.image, scale)
  const scores: DoneRecord['scores'] = {}
  if (truthHu)
    for (const [protocol, found] of scoresByProtocol({ imageHu, truthHu, rows, columns, window: job.window, exam: job.exam })) {
      scores[protocol] = found
      await pause()
    }
  let quality: Quality | null = null
  if (measurement.quality && second?.kind === 'done')
    quality = measureQuality([imageHu, huImage(second.result.image, scale)], measurement.grid, measurement.quality.layout)
  return {
    ...common(plan, job, engine, measurement),
    status: 'done',
    backend: result.backend,
    adapter: result.adapter,
    ...(result.network && { network: { ...result.network } }),
    scores,
    quality,
    times: { prepareMs: result.prepareMs, reconstructMs: result.reconstructMs },
    peakMemoryMb: outcome.peakMemoryMb,
    hashes: { ...measurement.hashes, image: sha256OfFloats(result.image) },
    artefacts: {},
    errorWindowHu: null,
    trace: result.trace,
  }
}

export function failedRecord(plan: Plan, job: Job, engine: ResolvedBackend, measurement: Measurement, reason: string): FailedRecord {
  return { ...common(plan, job, engine, measurement), status: 'failed', backend: engine.backend, reason }
}

/** For a case that a preset cannot scan. */
export function skippedRecord(plan: Plan, job: Job, reason: string): RunRecord {
  return { ...common(plan, job, plan.engine, null), status: 'skipped', reason }
}

function common(plan: Plan, job: Job, engine: ResolvedBackend, measurement: Measurement | null) {
  const { packageVersion, commit, code } = provenance()
  const geometry = measurement?.sinogram.geometry ?? job.preset!.geometry
  const grid = measurement?.grid ?? job.preset!.grid
  const noise = measurement ? measurement.noise : noiseModelAt(job.preset!, job.dose!)
  return {
    schemaVersion: recordVersion,
    key: job.key,
    suite: plan.suite.id,
    seed: plan.suite.seed,
    dataset: job.dataset,
    case: job.caseId,
    caseKind: job.caseKind,
    subject: job.subject,
    split: job.split,
    geometry: job.preset?.id ?? job.dataset,
    views: viewCount(geometry),
    bins: geometry.bins,
    rows: grid.rows,
    columns: grid.columns,
    pixelMm: grid.pixelMm,
    dose: job.dose,
    photonsPerRay: noise?.photonsPerRay ?? null,
    electronicNoise: noise?.electronicNoise ?? null,
    method: {
      id: job.method.id,
      title: job.method.title,
      family: job.method.found.method.family,
      citation: job.method.found.method.citation,
      parameters: job.parameters,
      parametersFrom: job.parametersFrom,
      sourceHash: job.method.sourceHash,
    },
    backendAsked: plan.backendAsked,
    backendReason: engine.reason,
    window: job.window,
    exam: job.exam,
    credit: job.credit,
    packageVersion,
    commit,
    codeHash: code,
    recordedAt: new Date().toISOString(),
  } as const
}

// Records of a made-up run for tests of reports and of what reads records: plausible
// numbers, no physics. Deterministic: every number derives from the names.

import { createHash } from 'node:crypto'
import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { encode } from 'fast-png'
import type { Artefact, DoneRecord, FailedRecord, Quality, RunRecord } from '../run/record.ts'

type SkippedRecord = Extract<RunRecord, { status: 'skipped' }>

export interface ExampleMethod {
  readonly id: string
  readonly title: string
  readonly family: RunRecord['method']['family']
  /** dB above plain FBP at full dose, and the gain at a tenth of it. */
  readonly gainDb: readonly [number, number]
  readonly reconstructMs: number
}

export const exampleMethods: readonly ExampleMethod[] = [
  { id: 'fbp', title: 'Filtered back-projection', family: 'analytic', gainDb: [0, 0], reconstructMs: 38 },
  { id: 'fbp-ram-lak', title: 'FBP, full Ram-Lak', family: 'analytic', gainDb: [-2.4, -6.1], reconstructMs: 37 },
  { id: 'fbp-gaussian', title: 'FBP + Gaussian', family: 'denoiser', gainDb: [-0.2, 0.4], reconstructMs: 44 },
  { id: 'fbp-nlm', title: 'FBP + non-local means', family: 'denoiser', gainDb: [0.6, 1.7], reconstructMs: 412 },
]

export interface ExampleOptions {
  readonly datasets?: readonly string[]
  readonly methods?: readonly ExampleMethod[]
  readonly doses?: readonly number[]
  readonly subjects?: number
  readonly casesPerSubject?: number
}

/** A whole run: every job done, no previews. */
export function exampleRun(options: ExampleOptions = {}): DoneRecord[] {
  const { datasets = ['phantom-abdomen', 'phantom-head', 'phantom-quality', 'phantom-thorax'], doses = [1, 0.25, 0.1] } = options
  const { methods = exampleMethods, subjects = 6, casesPerSubject = 1 } = options
  const records: DoneRecord[] = []
  for (const dataset of datasets)
    for (let subject = 1; subject <= subjects; subject++)
      for (let slice = 1; slice <= casesPerSubject; slice++)
        for (const dose of doses)
          for (const method of methods) records.push(exampleRecord({ dataset, subject: `s${subject}`, slice, dose, method }))
  return records
}

export interface ExampleJob {
  readonly dataset?: string
  readonly subject?: string
  readonly slice?: number
  readonly dose?: number
  readonly method?: ExampleMethod
  /** PSNR under hu-window@1; the other scores follow from it. */
  readonly psnrDb?: number | 'Infinity'
}

/** One job that is done. */
export function exampleRecord(job: ExampleJob = {}): DoneRecord {
  const { dataset = 'phantom-thorax', subject = 's1', slice = 1, dose = 1, method = exampleMethods[0]! } = job
  const name = `${dataset}/${subject}/${slice}`
  const psnrDb = job.psnrDb ?? madeUpPsnr(name, dataset, dose, method)
  const quality = dataset === 'phantom-quality' ? madeUpQuality(method, dose) : null
  return {
    ...exampleCommon(job),
    status: 'done',
    backend: 'gpujs-webasm',
    adapter: null,
    scores: madeUpScores(psnrDb, name),
    quality,
    times: {
      prepareMs: subject === 's1' ? 21 + 30 * unit(`prepare ${method.id}`) : null,
      reconstructMs: method.reconstructMs * (0.9 + 0.3 * unit(`time ${name} ${dose} ${method.id}`)),
    },
    peakMemoryMb: 120 + 60 * unit(`memory ${method.id}`),
    hashes: {
      sinogram: sha256(`sinogram ${name} ${dose}`),
      truth: sha256(`truth ${name}`),
      image: sha256(`image ${name} ${dose} ${method.id}`),
    },
    artefacts: {},
    errorWindowHu: null,
    trace: [],
  }
}

export function exampleFailure(job: ExampleJob, reason: string): FailedRecord {
  return { ...exampleCommon(job), status: 'failed', reason }
}

export function exampleSkip(job: ExampleJob, reason: string): SkippedRecord {
  return { ...exampleCommon(job), status: 'skipped', reason }
}

/** Writes the four previews of a record below `directory` and returns the record that names them. */
export function withPreviews(record: DoneRecord, directory: string, size = 64): DoneRecord {
  const { dataset, dose, method } = record
  const folder = `images/${dataset}/${record.case}`
  const noiseHu = 12 / Math.sqrt(dose ?? 1) / 10 ** ((record.method.id.length % 5) / 20)
  const disc = discHu(size)
  let state = parseInt(sha256(`${method.id} ${dose}`).slice(0, 8), 16)
  const next = (): number => (state = (Math.imul(state, 1664525) + 1013904223) >>> 0) / 2 ** 32
  const noise = disc.map(() => noiseHu * (next() + next() - 1) * 2.4)
  const image = disc.map((value, i) => value + noise[i]!)
  const save = (name: string, values: readonly number[], low: number, high: number, columns = size): Artefact => {
    const data = Uint8Array.from(values, value => Math.min(255, Math.max(0, Math.round((255 * (value - low)) / (high - low)))))
    const png = encode({ width: columns, height: data.length / columns, data, channels: 1, depth: 8 })
    const path = `${folder}/${name}.png`
    mkdirSync(dirname(join(directory, path)), { recursive: true })
    writeFileSync(join(directory, path), png)
    return { path, sha256: sha256(png) }
  }
  const { lowHu, highHu } = record.window
  const views = Math.round(size * 0.75)
  const chord = Array.from({ length: views * size }, (_, i) => Math.sqrt(Math.max(0, 1 - ((2 * (i % size)) / (size - 1) - 1) ** 2)))
  return {
    ...record,
    artefacts: {
      truth: save('truth', disc, lowHu, highHu),
      sinogram: save(`sinogram-${dose}`, chord, 0, 1.2),
      image: save(`${method.id}-${dose}`, image, lowHu, highHu),
      error: save(`${method.id}-${dose}-error`, noise, -100, 100),
    },
    errorWindowHu: 100,
  }
}

function exampleCommon(job: ExampleJob): Omit<SkippedRecord, 'status' | 'reason'> {
  const { dataset = 'phantom-thorax', subject = 's1', slice = 1, dose = 1, method = exampleMethods[0]! } = job
  const thorax = dataset.includes('thorax')
  return {
    schemaVersion: 1,
    key: sha256(JSON.stringify([dataset, subject, slice, dose, method.id])),
    suite: 'quick',
    seed: 1,
    dataset,
    case: `${subject}-${slice}`,
    caseKind: 'simulated',
    subject,
    split: 'test',
    geometry: 'parallel-256',
    views: 360,
    bins: 367,
    rows: 256,
    columns: 256,
    pixelMm: 1.5,
    dose,
    photonsPerRay: 3.6e5 * dose,
    electronicNoise: 3.1623,
    method: {
      id: method.id,
      title: method.title,
      family: method.family,
      citation: 'Example, A. et al. (2026). Numbers that nobody measured.',
      parameters: { filter: method.id === 'fbp-ram-lak' ? 'ram-lak' : 'hann', cutoff: 0.8 },
      parametersFrom: method.id === 'fbp-ram-lak' ? 'set' : 'tuned',
      sourceHash: sha256(method.id),
    },
    backendAsked: 'auto',
    window: thorax ? { lowHu: -1350, highHu: 150 } : { lowHu: -150, highHu: 250 },
    exam: thorax ? 'chest' : 'abdomen',
    credit: null,
    packageVersion: '0.1.0',
    commit: '0123456789abcdef0123456789abcdef01234567',
    codeHash: sha256('code'),
    recordedAt: '2026-11-23T10:00:00.000Z',
  }
}

function madeUpPsnr(name: string, dataset: string, dose: number, method: ExampleMethod): number {
  const base = 33 + 5 * unit(dataset)
  const [full, tenth] = method.gainDb
  const gain = full + (tenth - full) * -Math.log10(dose)
  return base + 7 * Math.log10(dose) + gain + 1.6 * (unit(`case ${name}`) - 0.5) + 0.5 * (unit(`${name} ${method.id} ${dose}`) - 0.5)
}

function madeUpScores(psnrDb: number | 'Infinity', name: string): DoneRecord['scores'] {
  if (psnrDb === 'Infinity') return { 'hu-window@1': { psnr_db: 'Infinity', ssim: 1, rmse_hu: 0 } }
  const ssim = 1 - 0.35 * 10 ** (-(psnrDb - 24) / 18)
  const rmse = (rangeHu: number, db: number): number => rangeHu * 10 ** (-db / 20)
  const wobble = 0.3 * (unit(`protocol ${name}`) - 0.5)
  return {
    'hu-window@1': { psnr_db: psnrDb, ssim, rmse_hu: rmse(1500, psnrDb) },
    'lodopab@1': {
      psnr_db: psnrDb - 3.2 + wobble,
      ssim: ssim - 0.04,
      rmse_hu: rmse(1500, psnrDb),
      psnr_fr_db: psnrDb + 1.1,
      ssim_fr: ssim - 0.02,
    },
    // Smoothing is punished less here, so that ranks differ between protocols.
    'ldctbench@1': { psnr_db: 20 + 0.4 * psnrDb + 9 * wobble * unit(`${psnrDb}`), ssim: ssim - 0.1, rmse_hu: rmse(1500, psnrDb) },
    'redcnn@1': { psnr_db: psnrDb - 12 - wobble, ssim: ssim - 0.15, rmse_hu: rmse(1500, psnrDb) },
    'full-range@1': { psnr_db: psnrDb + 8.7, ssim: (1 + ssim) / 2, rmse_hu: rmse(1500, psnrDb) },
  }
}

function madeUpQuality(method: ExampleMethod, dose: number): Quality {
  const sharpness = method.id === 'fbp-ram-lak' ? 1.5 : method.id === 'fbp-gaussian' ? 0.8 : 1
  const noiseHu = (9 * sharpness ** 1.5) / Math.sqrt(dose)
  const frequencyPerMm = Array.from({ length: 24 }, (_, i) => (i + 0.5) / 72)
  const peak = 0.09 * sharpness
  return {
    inserts: [-1000, -100, 14, 60, 1000].map(trueHu => ({
      name: trueHu === -1000 ? 'air' : trueHu === 1000 ? 'bone' : `insert ${trueHu}`,
      trueHu,
      biasHu: 4 * (unit(`bias ${trueHu} ${method.id} ${dose}`) - 0.5),
      noiseHu: noiseHu * (0.9 + 0.2 * unit(`noise ${trueHu} ${method.id}`)),
    })),
    mtf50PerMm: method.id === 'fbp-ram-lak' ? null : 0.17 * sharpness,
    mtf: { frequencyPerMm, value: frequencyPerMm.map(f => Math.exp(-Math.LN2 * (f / (0.17 * sharpness)) ** 2)) },
    nps: {
      frequencyPerMm,
      value: frequencyPerMm.map(f => ((noiseHu ** 2 * 6 * f) / peak) * Math.exp(1 - (f / peak) ** 2)),
    },
    npsPeakPerMm: peak,
  }
}

/** A body of 0 HU with a lung-like hole and a bright spot, in air. */
function discHu(size: number): number[] {
  return Array.from({ length: size * size }, (_, i) => {
    const x = (2 * (i % size)) / (size - 1) - 1
    const y = (2 * Math.floor(i / size)) / (size - 1) - 1
    if (Math.hypot(x + 0.35, y) < 0.25) return -850
    if (Math.hypot(x - 0.3, y + 0.3) < 0.1) return 300
    return Math.hypot(x, y) < 0.85 ? 40 : -1000
  })
}

/** A number in [0, 1) that depends on the text alone. */
function unit(text: string): number {
  return parseInt(sha256(text).slice(0, 8), 16) / 2 ** 32
}

function sha256(data: string | Uint8Array): string {
  return createHash('sha256').update(data).digest('hex')
}

// The schema of a run record: one JSON line per job, everything that a report
// needs and everything that determines the numbers. Parsed where it is read.

import { z } from 'zod'
import { backendIds } from '../ct/projector.ts'

export const recordVersion = 1

/** A score; JSON knows no Infinity, so identical images give the string "Infinity". */
const score = z.union([z.number(), z.literal('Infinity')])
/** Scores of one image under one protocol, by metric id: psnr_db, ssim, rmse_hu and any the protocol adds. */
const scores = z.record(z.string(), score)

const artefact = z.object({
  /** Path below the run's folder, with forward slashes. */
  path: z.string(),
  /** SHA-256 of the file, hex. */
  sha256: z.string(),
})

const curve = z.object({
  /** Spatial frequency, line pairs per mm. */
  frequencyPerMm: z.array(z.number()),
  value: z.array(z.number()),
})

export const qualitySchema = z.object({
  inserts: z.array(
    z.object({
      name: z.string(),
      /** CT number of the drawn object, HU. */
      trueHu: z.number(),
      /** Mean of the image inside the insert minus trueHu, HU. */
      biasHu: z.number(),
      /** Standard deviation of the noise inside the insert, from the difference of two realisations divided by √2, HU. */
      noiseHu: z.number(),
    }),
  ),
  /** Spatial frequency at which the edge's modulation transfer falls to one half, line pairs per mm. Null when it never does below Nyquist. */
  mtf50PerMm: z.number().nullable(),
  mtf: curve,
  /** Radial noise power spectrum, HU²·mm². */
  nps: curve,
  /** Frequency of the spectrum's peak, line pairs per mm. */
  npsPeakPerMm: z.number(),
})

const common = {
  schemaVersion: z.literal(recordVersion),
  /** SHA-256 of everything that determines the numbers, hex. */
  key: z.string(),
  suite: z.string(),
  /** Seed of the noise. */
  seed: z.number().int(),
  dataset: z.string(),
  case: z.string(),
  caseKind: z.enum(['simulated', 'measured']),
  /** Patient or anatomy. */
  subject: z.string(),
  split: z.enum(['train', 'tune', 'test']),
  /** Preset id, or the measured dataset's own geometry. */
  geometry: z.string(),
  views: z.number().int(),
  bins: z.number().int(),
  rows: z.number().int(),
  columns: z.number().int(),
  pixelMm: z.number(),
  /** Fraction of the full dose; null for measured data. */
  dose: z.number().nullable(),
  /** Photons per ray at this dose; null for measured data. */
  photonsPerRay: z.number().nullable(),
  /** Standard deviation, photons; null for measured data. */
  electronicNoise: z.number().nullable(),
  method: z.object({
    id: z.string(),
    title: z.string(),
    family: z.enum(['analytic', 'iterative', 'denoiser', 'learned']),
    citation: z.string(),
    parameters: z.record(z.string(), z.unknown()),
    /** tuned: from the tuning table. default: the method's own. set: by the user. */
    parametersFrom: z.enum(['tuned', 'default', 'set']),
    /** SHA-256 of the method's source and weights, hex. */
    sourceHash: z.string(),
  }),
  backendAsked: z.enum([...backendIds, 'auto']),
  /** Why this backend: it was asked for, or what `auto` found, also half-way through a run. */
  backendReason: z.string().optional(),
  window: z.object({ lowHu: z.number(), highHu: z.number() }),
  exam: z.enum(['chest', 'abdomen', 'neuro']),
  /** Credit that a report showing this data must print; null where none is asked for. */
  credit: z.string().nullable(),
  packageVersion: z.string(),
  /** Commit of the project the code was built from, null outside a repository; "+dirty" marks uncommitted changes. */
  commit: z.string().nullable(),
  /** SHA-256 of the shared numeric code (ct, kernels, networks, phantoms, metrics, io), hex. */
  codeHash: z.string(),
  /** When the line was appended, ISO 8601, UTC. A record whose settings are taken up again is appended again. */
  recordedAt: z.string(),
}

export const doneRecordSchema = z.object({
  ...common,
  status: z.literal('done'),
  /** The backend that really ran. */
  backend: z.enum(backendIds),
  /** Name of the GPU adapter; null on a CPU. */
  adapter: z.string().nullable(),
  /** Of a learned method: what really ran its network ("onnxruntime 1.30.0 cpu"), and why not another where that needs saying. */
  network: z.object({ runtime: z.string(), note: z.string().nullable() }).optional(),
  /** By protocol id, then metric id. Empty for measured data. */
  scores: z.record(z.string(), scores),
  /** Physical image quality; null but for cases that carry a quality layout. */
  quality: qualitySchema.nullable(),
  times: z.object({
    /** Null when the method was prepared for an earlier job of the same problem. */
    prepareMs: z.number().nullable(),
    reconstructMs: z.number(),
  }),
  /** Largest resident memory of the method's process so far, MB. Null when it ran in this process. */
  peakMemoryMb: z.number().nullable(),
  /** SHA-256 of the noisy sinogram's bytes, of the truth's (null if measured) and of the image's (float32, little endian), hex. */
  hashes: z.object({ sinogram: z.string(), truth: z.string().nullable(), image: z.string() }),
  /** Previews (PNG) that reports show: image and error map of this method, truth and sinogram of its case. */
  artefacts: z.object({
    image: artefact.optional(),
    error: artefact.optional(),
    truth: artefact.optional(),
    sinogram: artefact.optional(),
  }),
  /** Window of the error map, ± HU; null without one. */
  errorWindowHu: z.number().nullable(),
  /** Convergence trace: one entry per reported iteration. */
  trace: z.array(z.object({ iteration: z.number().int(), values: z.record(z.string(), z.number()) })),
})

export const failedRecordSchema = z.object({
  ...common,
  status: z.literal('failed'),
  /** The backend that the job ran on, or should have. */
  backend: z.enum(backendIds).optional(),
  /** Why, in one or two lines. */
  reason: z.string(),
})

export const skippedRecordSchema = z.object({
  ...common,
  status: z.literal('skipped'),
  /** Why, in one line. */
  reason: z.string(),
})

export const runRecordSchema = z.discriminatedUnion('status', [doneRecordSchema, failedRecordSchema, skippedRecordSchema])

export type RunRecord = z.infer<typeof runRecordSchema>
export type DoneRecord = z.infer<typeof doneRecordSchema>
export type FailedRecord = z.infer<typeof failedRecordSchema>
export type Quality = z.infer<typeof qualitySchema>
/** Scores of one image under one protocol, by metric id. */
export type Scores = z.infer<typeof scores>
export type Artefact = z.infer<typeof artefact>

/**
 * What a record is about, whatever its numbers: two records of one identity are two
 * runs of the same job, and the newer one counts. Seed, parameters, backend and code
 * are not part of it, since changing them and running again is meant to supersede.
 */
export function recordIdentity(record: RunRecord): string {
  return JSON.stringify([
    record.suite,
    record.dataset,
    record.geometry,
    record.dose,
    record.split,
    record.subject,
    record.case,
    record.method.id,
  ])
}

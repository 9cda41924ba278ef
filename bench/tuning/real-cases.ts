// Real slices for tuning and for checking what tuning gave. Four patients, chosen by a
// hash of the patient's id, are for tuning alone; every other one is held out from it.

import { createHash } from 'node:crypto'
import { findDataset } from '../../src/run/find-modules.ts'
import type { SceneCase } from './scene.ts'

const tunePatients = 4

/**
 * The first slice of each patient, patients in the order of the SHA-256 of their id.
 * @param part tune: the first four patients. held-out: the others.
 * @throws Error when the folder holds too few patients to hold any out.
 */
export async function realCases(directory: string, part: 'tune' | 'held-out', count: number): Promise<SceneCase[]> {
  const { dataset } = await findDataset('dicom')
  const bySubject = new Map<string, SceneCase>()
  for await (const one of dataset.cases({ split: 'train', dataDirectory: directory, skipped: () => {} }))
    if (one.kind === 'simulated' && !bySubject.has(one.subject)) bySubject.set(one.subject, one)
  const hash = (subject: string): string => createHash('sha256').update(subject).digest('hex')
  const ordered = [...bySubject].sort(([a], [b]) => (hash(a) < hash(b) ? -1 : 1)).map(([, one]) => one)
  if (ordered.length <= tunePatients)
    throw new Error(`${directory} holds slices of ${ordered.length} patients; ${tunePatients} are for tuning, so at least ${tunePatients + 1} are needed.`)
  return part === 'tune' ? ordered.slice(0, tunePatients).slice(0, count) : ordered.slice(tunePatients, tunePatients + count)
}

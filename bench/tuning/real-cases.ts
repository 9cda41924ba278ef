// Real slices for tuning and for checking what tuning gave: the patients that are for
// tuning alone (src/run/tuning-patients.ts), or every other one.

import { findDataset } from '../../src/run/find-modules.ts'
import { splitPatients } from '../../src/run/tuning-patients.ts'
import type { SceneCase } from './scene.ts'

/**
 * The first slice of each patient, patients in the order of splitPatients.
 * @throws UserError when the folder holds too few patients to hold any out.
 */
export async function realCases(directory: string, part: 'tune' | 'held-out', count: number): Promise<SceneCase[]> {
  const { dataset } = await findDataset('dicom')
  const bySubject = new Map<string, SceneCase>()
  for await (const one of dataset.cases({ split: 'train', dataDirectory: directory, skipped: () => {} }))
    if (one.kind === 'simulated' && !bySubject.has(one.subject)) bySubject.set(one.subject, one)
  const { tune, fit } = splitPatients(bySubject.keys(), directory)
  return (part === 'tune' ? tune : fit).slice(0, count).map(subject => bySubject.get(subject)!)
}

// The cases that a network may be trained or stopped on: never those that methods are
// scored on. Phantoms are split by the seeds of their anatomies; a folder of real
// slices by patient.

import type { SimulatedCase } from '../ct/case.ts'
import { UserError } from '../ct/user-error.ts'
import type { FoundDataset } from './find-modules.ts'
import { splitPatients } from './tuning-patients.ts'

/** Which part of a dataset: a split by seed, or patients of the folder that --data names. */
export type TrainingPart =
  | { readonly kind: 'split'; readonly split: 'train' | 'tune' }
  | { readonly kind: 'patients'; readonly patients: 'fit' | 'tune' | 'all'; readonly dataDirectory: string }

export interface TrainingCases {
  /** How many there are, null where only reading them tells. */
  readonly count: number | null
  /** Cases one by one. */
  readonly cases: AsyncIterable<SimulatedCase>
}

/**
 * @param skipped told of every file that is passed over, with the reason.
 * @throws UserError when the dataset is measured, or the folder holds too few patients to split.
 */
export async function trainingCases({ id, dataset }: FoundDataset, part: TrainingPart, skipped: (file: string, reason: string) => void): Promise<TrainingCases> {
  if (dataset.kind === 'measured') throw new UserError(`Dataset "${id}" holds measured projections, whose truth nobody knows; there are no pairs to export.`)
  if (part.kind === 'split') return { count: null, cases: simulated(id, dataset.cases({ split: part.split, dataDirectory: null, skipped })) }
  const { dataDirectory, patients } = part
  const all = (told: typeof skipped): AsyncIterable<SimulatedCase> => simulated(id, dataset.cases({ split: 'train', dataDirectory, skipped: told }))
  const slices = new Map<string, number>()
  for await (const { subject } of all(() => {})) slices.set(subject, (slices.get(subject) ?? 0) + 1)
  const chosen = new Set(patients === 'all' ? slices.keys() : splitPatients(slices.keys(), dataDirectory)[patients])
  const count = [...chosen].reduce((sum, subject) => sum + slices.get(subject)!, 0)
  return { count, cases: ofSubjects(all(skipped), chosen) }
}

async function* simulated(id: string, cases: ReturnType<FoundDataset['dataset']['cases']>): AsyncGenerator<SimulatedCase> {
  for await (const one of cases) {
    if (one.kind === 'measured') throw new UserError(`Case "${id}/${one.id}" is measured; its truth is not known, so it makes no pair.`)
    yield one
  }
}

async function* ofSubjects(cases: AsyncIterable<SimulatedCase>, subjects: ReadonlySet<string>): AsyncGenerator<SimulatedCase> {
  for await (const one of cases) if (subjects.has(one.subject)) yield one
}

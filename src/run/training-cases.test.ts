import { describe, expect, it } from 'vitest'
import type { Case, Split } from '../ct/case.ts'
import { anatomySeeds } from '../phantoms/cases.ts'
import { findDataset, type FoundDataset } from './find-modules.ts'
import { trainingCases, type TrainingPart } from './training-cases.ts'

/** Slices of six patients, patient "a" with two. */
const slices: FoundDataset = {
  id: 'slices',
  path: '',
  dataset: {
    ...{ title: 'Slices', kind: 'simulated', licence: '', credit: null, needsData: true },
    async *cases({ split, dataDirectory, skipped }) {
      skipped('broken.dcm', 'is no slice')
      for (const [subject, id] of ['a1', 'b1', 'a2', 'c1', 'd1', 'e1', 'f1'].map(id => [id[0]!, id]))
        yield { kind: 'simulated', id: `${dataDirectory}/${id}`, subject: subject!, split, window: { lowHu: 0, highHu: 1 }, exam: 'chest', object } as Case
    },
  },
}
const object = { kind: 'raster', rows: 1, columns: 1, pixelMm: 1, hu: new Float32Array(1) }

async function idsOf(found: FoundDataset, part: TrainingPart, most = Infinity): Promise<{ ids: string[]; count: number | null; skipped: number }> {
  let skipped = 0
  const { count, cases } = await trainingCases(found, part, () => void skipped++)
  const ids: string[] = []
  for await (const one of cases) {
    ids.push(one.id)
    if (ids.length === most) break
  }
  return { ids, count, skipped }
}

const patients = (which: 'fit' | 'tune' | 'all'): TrainingPart => ({ kind: 'patients', patients: which, dataDirectory: 'x' })

describe('trainingCases', () => {
  it('parts the slices by patient, all slices of one on the same side, in the order of the dataset', async () => {
    expect(await idsOf(slices, patients('tune'))).toEqual({ ids: ['x/b1', 'x/c1', 'x/d1', 'x/f1'], count: 4, skipped: 1 })
    expect(await idsOf(slices, patients('fit'))).toEqual({ ids: ['x/a1', 'x/a2', 'x/e1'], count: 3, skipped: 1 })
    expect((await idsOf(slices, patients('all'))).count).toBe(7)
  })

  it.each(['train', 'tune'] as const)('takes phantoms of the %s seeds alone', async (split: Split & ('train' | 'tune')) => {
    const found = await findDataset('phantom-quality')
    const { ids } = await idsOf(found, { kind: 'split', split }, 2)
    expect(ids).toEqual([`${split}-001`, `${split}-002`])
    const { cases } = await trainingCases(found, { kind: 'split', split }, () => {})
    for await (const { subject } of cases) {
      expect(subject).toBe(`quality-${String(anatomySeeds[split].first).padStart(4, '0')}`)
      break
    }
  })

  it('refuses measured data', async () => {
    const found = await findDataset('tooth')
    await expect(trainingCases(found, patients('all'), () => {})).rejects.toThrow('whose truth nobody knows')
  })
})

import { mkdtemp, mkdir, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { Case, Dataset, Split } from '../src/api.ts'
import { axialSlice, dicomBytes, type DicomTag } from '../src/testing/dicom-bytes.ts'
import { realData } from '../src/testing/real-data.ts'
import dicom from './dicom.ts'
import htc2022 from './htc2022.ts'
import tooth from './tooth.ts'

async function all(dataset: Dataset, dataDirectory: string, split: Split = 'test'): Promise<{ cases: Case[]; skipped: string[] }> {
  const cases: Case[] = []
  const skipped: string[] = []
  for await (const one of dataset.cases({ split, dataDirectory, skipped: (_, reason) => void skipped.push(reason) })) cases.push(one)
  return { cases, skipped }
}

describe('dataset dicom', () => {
  it('names cases by their place, subjects by patient, and credits the collections that ask for it', async () => {
    const root = await mkdtemp(join(tmpdir(), 'sinobench-dataset-'))
    await mkdir(join(root, 'deep'))
    const file = (patient: string, more: Record<string, DicomTag> = {}): Buffer =>
      dicomBytes({ ...axialSlice(2, 2, [0, 1024, 2000, 24]), '00100020': ['LO', patient], ...more })
    await writeFile(join(root, 'a.dcm'), file('TCGA-17-Z034', { '00130010': ['LO', 'CTP'], '00131010': ['LO', 'TCGA-LUAD'] }))
    await writeFile(join(root, 'deep', 'b.DCM'), file('Lung_Dx-A0001'))
    await writeFile(join(root, 'c'), file('Somebody'))
    await writeFile(join(root, 'readme.txt'), 'hello')
    const { cases, skipped } = await all(dicom, root)
    expect(cases.map(({ id, subject }) => [id, subject])).toEqual([
      ['deep/b', 'Lung_Dx-A0001'],
      ['c', 'Somebody'],
      ['a', 'TCGA-17-Z034'],
    ])
    expect(cases.map(({ credit }) => credit?.match(/TCGA-LUAD|Lung-PET-CT-Dx/)?.[0] ?? null)).toEqual(['Lung-PET-CT-Dx', null, 'TCGA-LUAD'])
    expect(skipped).toEqual(['is not a DICOM file: no DICM after 128 bytes.'])
    const [first] = cases
    expect(first).toMatchObject({ kind: 'simulated', split: 'test', object: { kind: 'raster', rows: 2, columns: 2, pixelMm: 0.7 } })
  })

  it('says why a folder holds no slice', async () => {
    const root = await mkdtemp(join(tmpdir(), 'sinobench-dataset-'))
    await expect(all(dicom, root)).rejects.toThrow('holds no axial CT slice: it holds no files')
    await writeFile(join(root, 'x.csv'), 'a,b')
    await expect(all(dicom, root)).rejects.toThrow('holds no axial CT slice: x.csv is not a DICOM file')
    await expect(all(htc2022, root)).rejects.toThrow('holds no scan of the challenge')
    await expect(all(tooth, root)).rejects.toThrow('holds no Data Exchange file')
  })
})

const slices = realData('ct-slices/validation')
describe.skipIf(slices === null)('real slices', () => {
  it('are eight of four patients, all credited', async () => {
    const { cases } = await all(dicom, slices!)
    expect(cases).toHaveLength(8)
    expect(new Set(cases.map(({ subject }) => subject)).size).toBe(4)
    for (const one of cases) expect(one.credit).toMatch(/TCGA-LU(AD|SC), The Cancer Imaging Archive, CC BY 3\.0/)
  })
})

const sinograms = realData('sinograms')
describe.skipIf(sinograms === null)('real sinograms', () => {
  it('are five discs, with the reconstructions beside them skipped, and a tooth of two rows', async () => {
    const discs = await all(htc2022, join(sinograms!, 'htc2022'))
    expect(discs.cases.map(({ id }) => id)).toEqual(['solid_disc', 'ta', 'tb', 'tc', 'td'].map(name => `htc2022_${name}_full`))
    expect(discs.skipped).toHaveLength(3)
    const rows = await all(tooth, join(sinograms!, 'tooth', 'tooth.h5'))
    expect(rows.cases.map(({ id, subject, credit }) => [id, subject, credit?.includes('TomoPy')])).toEqual([
      ['tooth-row-0', 'tooth', true],
      ['tooth-row-1', 'tooth', true],
    ])
    expect((await all(htc2022, join(sinograms!, 'htc2022'), 'train')).cases).toEqual([])
  })
})

// Real axial CT slices from a folder of DICOM files (--data), scanned anew through a
// preset. A slice is its own truth, so one with a sharp kernel brings noise along.
// The folder decides the split: nothing in a file says for what it may be used.

import { relative, sep } from 'node:path'
import { defineDataset, readDicomFolder, UserError, type DicomSlice } from '../src/api.ts'

/** Collections that ask for credit, by the name or patient ids in their files. */
const collections = [
  {
    name: /^TCGA-LUAD$/,
    credit:
      'TCGA-LUAD, The Cancer Imaging Archive, CC BY 3.0: Albertina et al. 2016, doi:10.7937/K9/TCIA.2016.JGNIHEP5. Shown as simulated and reconstructed anew.',
  },
  {
    name: /^TCGA-LUSC$/,
    credit:
      'TCGA-LUSC, The Cancer Imaging Archive, CC BY 3.0: Kirk et al. 2016, doi:10.7937/K9/TCIA.2016.TYGKKFMQ. Shown as simulated and reconstructed anew.',
  },
  {
    name: /^Lung[-_](PET-CT-)?Dx/,
    credit:
      'Lung-PET-CT-Dx, The Cancer Imaging Archive, CC BY 4.0: Li et al. 2020, doi:10.7937/TCIA.2020.NNC2-0461. Shown as simulated and reconstructed anew.',
  },
]

export default defineDataset({
  title: 'CT slices from DICOM files',
  kind: 'simulated',
  licence: "as the data's owner states",
  credit: null,
  needsData: true,
  defaultPresets: ['mayo-siemens'],
  async *cases({ split, dataDirectory, skipped }) {
    if (dataDirectory === null) throw new UserError('Dataset "dicom" needs a folder of DICOM files: --data DIR.')
    let found = 0
    let firstReason = 'it holds no files'
    const skip = (file: string, reason: string): void => {
      if (firstReason === 'it holds no files') firstReason = `${relative(dataDirectory, file) || file} ${reason}`
      skipped(file, reason)
    }
    for await (const slice of readDicomFolder(dataDirectory, skip)) {
      found++
      yield {
        kind: 'simulated',
        id: caseId(dataDirectory, slice.path),
        subject: slice.patientId || slice.seriesUid || caseId(dataDirectory, slice.path),
        split,
        window: { lowHu: -1350, highHu: 150 },
        exam: 'chest',
        credit: creditOf(slice),
        object: { kind: 'raster', rows: slice.rows, columns: slice.columns, pixelMm: slice.pixelMm, hu: slice.hu },
      }
    }
    if (found === 0) throw new UserError(`${dataDirectory} holds no axial CT slice: ${firstReason.replace(/\.$/, '')}. Name a folder of DICOM files with --data.`)
  },
})

/** The file's place below the folder, with forward slashes and without ".dcm". */
function caseId(directory: string, path: string): string {
  const place = relative(directory, path) || path.split(sep).at(-1)!
  return place.split(sep).join('/').replace(/\.dcm$/i, '')
}

function creditOf({ collection, patientId }: DicomSlice): string | null {
  const known = collections.find(({ name }) => name.test(collection ?? patientId))
  if (known) return known.credit
  if (patientId.startsWith('TCGA-')) return 'The Cancer Genome Atlas, The Cancer Imaging Archive: see the collection for its licence and citation.'
  return collection === null ? null : `${collection}, The Cancer Imaging Archive: see the collection for its licence and citation.`
}

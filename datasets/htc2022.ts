// Real fan-beam scans of acrylic discs with holes, 70 mm across: the Helsinki
// Tomography Challenge 2022. --data names a .mat file or a folder of them.

import { readdir, stat } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { defineDataset, readHtc2022, UserError, type MeasuredScan } from '../src/api.ts'

export default defineDataset({
  title: 'Helsinki Tomography Challenge 2022: acrylic discs, measured',
  kind: 'measured',
  licence: 'CC BY 4.0',
  credit: 'Helsinki Tomography Challenge 2022 open tomographic dataset, University of Helsinki, CC BY 4.0: Meaney et al. 2023, doi:10.5281/zenodo.8041800.',
  needsData: true,
  async *cases({ split, dataDirectory, skipped }) {
    if (dataDirectory === null) throw new UserError('Dataset "htc2022" needs the .mat files of the challenge: --data DIR.')
    if (split !== 'test') return
    let found = 0
    for (const file of await matFiles(dataDirectory)) {
      let scan: MeasuredScan
      try {
        scan = await readHtc2022(file)
      } catch (error) {
        if (!(error instanceof UserError) || file === dataDirectory) throw error
        skipped(file, error.message)
        continue
      }
      found++
      const { sinogram, grid, scale } = scan
      const id = basename(file, '.mat')
      // The window is not used: the scan is not calibrated in HU.
      yield { kind: 'measured', id, subject: id, split, window: { lowHu: -1000, highHu: 1000 }, exam: 'chest', sinogram, grid, scale }
    }
    if (found === 0) throw new UserError(`${dataDirectory} holds no scan of the challenge (.mat with CtDataFull or CtDataLimited).`)
  },
})

async function matFiles(path: string): Promise<string[]> {
  if (!(await stat(path)).isDirectory()) return [path]
  return (await readdir(path)).filter(name => name.endsWith('.mat')).sort().map(name => join(path, name))
}

// Real parallel-beam scan of a tooth (TomoPy's test data) or any other Data Exchange
// file: flat and dark corrected, centre of rotation estimated, one case per detector
// row. --data names an .h5 file or a folder of them.

import { readdir, stat } from 'node:fs/promises'
import { basename, extname, join } from 'node:path'
import { dataExchangeRows, defineDataset, readDataExchange, UserError } from '../src/api.ts'

const toothCredit = 'Tooth scan: TomoPy test data, UChicago Argonne, LLC (Gürsoy et al. 2014, doi:10.1107/S1600577514013939).'

export default defineDataset({
  title: 'Tooth, measured at a synchrotron (Data Exchange HDF5)',
  kind: 'measured',
  licence: 'UChicago Argonne (TomoPy test data); other files as their owner states',
  credit: null,
  needsData: true,
  async *cases({ split, dataDirectory, skipped }) {
    if (dataDirectory === null) throw new UserError('Dataset "tooth" needs a Data Exchange file: --data tooth.h5.')
    if (split !== 'test') return
    let found = 0
    for (const file of await hdf5Files(dataDirectory)) {
      const name = basename(file, extname(file))
      try {
        const rows = await dataExchangeRows(file)
        for (let row = 0; row < rows; row++) {
          const { sinogram, grid, scale } = await readDataExchange(file, { row })
          found++
          // The window is not used: the scan is not calibrated in HU.
          const window = { lowHu: -1000, highHu: 1000 }
          const credit = name === 'tooth' ? toothCredit : null
          yield { kind: 'measured', id: `${name}-row-${row}`, subject: name, split, window, exam: 'chest', credit, sinogram, grid, scale }
        }
      } catch (error) {
        if (!(error instanceof UserError) || file === dataDirectory) throw error
        skipped(file, error.message)
      }
    }
    if (found === 0) throw new UserError(`${dataDirectory} holds no Data Exchange file (.h5 with exchange/data).`)
  },
})

async function hdf5Files(path: string): Promise<string[]> {
  if (!(await stat(path)).isDirectory()) return [path]
  return (await readdir(path)).filter(name => /\.(h5|hdf5?)$/.test(name)).sort().map(name => join(path, name))
}

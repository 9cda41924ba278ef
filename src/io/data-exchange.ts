// Scientific Data Exchange (De Carlo et al. 2014): HDF5 with exchange/data [view][row]
// [bin], data_white and data_dark, and theta. One detector row is one parallel-beam
// slice. Trap: the file rarely knows its pixel size; without one, a pixel is 1 mm and
// attenuation is per pixel.

import { imageGrid, parallelBeam } from '../ct/geometry.ts'
import { sinogram } from '../ct/image.ts'
import { estimateRotationCentre } from '../ct/rotation-centre.ts'
import { lineIntegrals, meanField } from '../ct/transmission.ts'
import { UserError } from '../ct/user-error.ts'
import { withHdf5, type Hdf5Reader } from './hdf5.ts'
import type { MeasuredScan } from './measured-scan.ts'

export interface DataExchangeOptions {
  /** Detector row, from 0. Default: the first. */
  readonly row?: number
  /** Bin (from 0, with fraction) that the axis of rotation projects to. Default: estimated. */
  readonly centreBin?: number
  /** Distance of neighbouring bins, mm. Default: 1. */
  readonly pixelMm?: number
}

/** Number of detector rows: one slice each. @throws UserError when the file is not Data Exchange. */
export async function dataExchangeRows(path: string): Promise<number> {
  return withHdf5(path, file => projectionShape(file, path)[1])
}

/** @throws UserError when the file is missing, truncated, or not Data Exchange, or has no such row. */
export async function readDataExchange(path: string, options: DataExchangeOptions = {}): Promise<MeasuredScan> {
  const { row = 0, pixelMm = 1 } = options
  const { counts, flat, dark, anglesRad, bins, notes } = await withHdf5(path, file => readRow(file, row, path))
  const { data, deadBins, starvedRays } = lineIntegrals({ counts, flat, dark }, path)
  if (deadBins.length > 0) notes.push(`${deadBins.length} dead bins filled from their neighbours`)
  if (starvedRays > 0) notes.push(`${starvedRays} rays without signal raised to the floor`)
  const centre = options.centreBin ?? estimateRotationCentre({ anglesRad, bins }, data)
  if (!(centre >= 0 && centre <= bins - 1)) throw new UserError(`The centre of rotation, bin ${centre}, is not one of the bins 0 to ${bins - 1}.`)
  notes.push(`centre of rotation at bin ${centre.toFixed(2)} (${options.centreBin === undefined ? 'estimated' : 'given'})`)
  if (options.pixelMm === undefined) notes.push('pixel size not known: 1 mm assumed, so 1/mm means per pixel')
  const geometry = parallelBeam({ anglesRad, bins, pitchMm: pixelMm, offsetMm: ((bins - 1) / 2 - centre) * pixelMm })
  return { sinogram: sinogram(geometry, data, path), grid: imageGrid(bins, bins, pixelMm), scale: null, notes }
}

function projectionShape(file: Hdf5Reader, path: string): [number, number, number] {
  if (!file.isDataset('exchange/data')) throw new UserError(`${path} has no exchange/data: it is not a Data Exchange file.`)
  const shape = file.shape('exchange/data')
  if (shape.length !== 3) throw new UserError(`${path}: exchange/data has ${shape.length} axes, expected [view][row][bin].`)
  return shape as [number, number, number]
}

function readRow(file: Hdf5Reader, row: number, path: string) {
  const [storedViews, rows, bins] = projectionShape(file, path)
  if (!Number.isInteger(row) || row < 0 || row >= rows) throw new UserError(`${path} has no row ${row}: its ${rows} rows are 0 to ${rows - 1}.`)
  const field = (name: string): Float64Array => {
    const [fields, fieldRows, fieldBins] = file.shape(name)
    if (!fields || fieldRows !== rows || fieldBins !== bins)
      throw new UserError(`${path}: ${name} has shape ${file.shape(name).join(' × ')}, expected [field] × ${rows} × ${bins}.`)
    return meanField(file.numbers(name, [[0, fields], [row, row + 1], [0, bins]]), bins)
  }
  const angles = viewAngles(file, storedViews, path)
  // Half a turn later a parallel beam sees the first view again, mirrored.
  const span = Math.abs(angles[storedViews - 1]! - angles[0]!)
  const repeated = storedViews > 1 && [Math.PI, 2 * Math.PI].some(turn => Math.abs(span - turn) < 1e-6)
  const views = repeated ? storedViews - 1 : storedViews
  const dark = file.isDataset('exchange/data_dark') ? field('exchange/data_dark') : new Float64Array(bins)
  return {
    counts: file.numbers('exchange/data', [[0, views], [row, row + 1], [0, bins]]),
    flat: field('exchange/data_white'),
    dark,
    anglesRad: angles.slice(0, views),
    bins,
    notes: [`row ${row} of ${rows}, ${views} views × ${bins} bins, parallel beam; flat and dark fields applied${repeated ? '; the last view repeated the first and was dropped' : ''}`],
  }
}

/** Radians. Without theta: even over half a turn. */
function viewAngles(file: Hdf5Reader, views: number, path: string): number[] {
  if (!file.isDataset('exchange/theta')) return Array.from({ length: views }, (_, view) => (view * Math.PI) / views)
  const theta = file.numbers('exchange/theta')
  if (theta.length !== views) throw new UserError(`${path} has ${views} views and ${theta.length} angles in exchange/theta.`)
  const inRadians = file.textAttribute('exchange/theta', 'units')?.startsWith('rad') ?? false
  return Array.from(theta, angle => (inRadians ? angle : (angle * Math.PI) / 180))
}

// Projections from whatever file a user has: NPY with a geometry.json beside it, an
// HTC2022 .mat, or Data Exchange HDF5. The first bytes decide, not the file's name.

import { imageGrid, viewCount, type Geometry, type ImageGrid } from '../ct/geometry.ts'
import { sinogram } from '../ct/image.ts'
import { UserError } from '../ct/user-error.ts'
import { readDataExchange } from './data-exchange.ts'
import { readGeometryFile } from './geometry-file.ts'
import { hasSignature } from './hdf5.ts'
import { readHtc2022 } from './htc2022.ts'
import type { MeasuredScan } from './measured-scan.ts'
import { readNpy } from './npy.ts'
import { readBeginning } from './read-bytes.ts'

export interface ScanOptions {
  /** Path of geometry.json: for NPY only, and needed there. */
  readonly geometryPath?: string | undefined
  /** Detector row: for Data Exchange only. */
  readonly row?: number | undefined
  /** Bin of the axis of rotation: for Data Exchange only. */
  readonly centreBin?: number | undefined
  /** Pixel size, mm: of the detector for Data Exchange, else of the image. */
  readonly pixelMm?: number | undefined
  /** Rows and columns of the image. */
  readonly size?: number | undefined
}

/** @throws UserError when the file is not one of these, is damaged, or an option does not go with it. */
export async function readScan(path: string, options: ScanOptions): Promise<MeasuredScan> {
  const kind = await scanKind(path)
  if (kind !== 'npy' && options.geometryPath !== undefined)
    throw new UserError(`--geometry is for .npy sinograms; ${path} knows its own geometry. Leave it away.`)
  if (kind !== 'data-exchange')
    for (const [flag, value] of [['--row', options.row], ['--centre', options.centreBin]] as const)
      if (value !== undefined) throw new UserError(`${flag} is for Data Exchange HDF5 files; ${path} is none. Leave it away.`)
  switch (kind) {
    case 'npy':
      return readNpyScan(path, options)
    case 'htc2022': {
      const scan = await readHtc2022(path)
      return { ...scan, grid: changedGrid(scan.grid, options) }
    }
    case 'data-exchange': {
      const { row, centreBin, pixelMm } = options
      const scan = await readDataExchange(path, {
        ...(row !== undefined && { row }),
        ...(centreBin !== undefined && { centreBin }),
        ...(pixelMm !== undefined && { pixelMm }),
      })
      return { ...scan, grid: changedGrid(scan.grid, { size: options.size }) }
    }
    default:
      return kind satisfies never
  }
}

async function scanKind(path: string): Promise<'npy' | 'htc2022' | 'data-exchange'> {
  const bytes = await readBeginning(path, 4096)
  if (bytes.subarray(0, 6).toString('latin1') === '\x93NUMPY' || /\.npy$/i.test(path)) return 'npy'
  if (bytes.subarray(0, 6).toString('latin1') === 'MATLAB' || /\.mat$/i.test(path)) return 'htc2022'
  if (hasSignature(bytes) || /\.(h5|hdf5?)$/i.test(path)) return 'data-exchange'
  throw new UserError(`${path} is no sinogram that is known here: expected .npy with --geometry, an HTC2022 .mat, or Data Exchange HDF5.`)
}

async function readNpyScan(path: string, options: ScanOptions): Promise<MeasuredScan> {
  const { geometryPath, size, pixelMm } = options
  if (geometryPath === undefined)
    throw new UserError(`${path} does not know its geometry. Add --geometry geometry.json, as \`sinobench simulate\` writes it.`)
  const { geometry, grid, scale } = await readGeometryFile(geometryPath)
  const { shape, data } = await readNpy(path)
  requireShape(shape, geometry, path, geometryPath)
  if (!grid && (size === undefined || pixelMm === undefined))
    throw new UserError(`${geometryPath} names no image grid. Add --size and --pixel-mm, such as --size 512 --pixel-mm 0.7.`)
  return {
    sinogram: sinogram(geometry, data, `Sinogram "${path}"`),
    grid: grid ? changedGrid(grid, options) : imageGrid(size!, size!, pixelMm!),
    scale,
    notes: [],
  }
}

function requireShape(shape: readonly number[], geometry: Geometry, path: string, geometryPath: string): void {
  const name = `Sinogram "${path}"`
  if (shape.length !== 2) throw new UserError(`${name} has the shape (${shape.join(', ')}), expected (views, bins).`)
  const [views, bins] = shape as [number, number]
  const expected = viewCount(geometry)
  if (views === geometry.bins && bins === expected && views !== bins)
    throw new UserError(`${name} is ${views} × ${bins}, its geometry ${expected} views × ${geometry.bins} bins. Transpose it: views first.`)
  if (views !== expected) throw new UserError(`${name} has ${views} views, its geometry declares ${expected}. Check anglesRad in ${geometryPath}.`)
  if (bins !== geometry.bins) throw new UserError(`${name} has ${bins} bins, its geometry declares ${geometry.bins}. Check bins in ${geometryPath}.`)
}

/** With another number of pixels the image shows more or less of the same scale. */
function changedGrid(grid: ImageGrid, { size, pixelMm }: Pick<ScanOptions, 'size' | 'pixelMm'>): ImageGrid {
  return imageGrid(size ?? grid.rows, size ?? grid.columns, pixelMm ?? grid.pixelMm)
}

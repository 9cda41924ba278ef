// What `sinobench simulate` can be given, as objects to scan: a phantom's name, an
// image of CT numbers in NPY, a DICOM slice, or a folder of slices.

import { existsSync, statSync } from 'node:fs'
import { basename, extname, relative } from 'node:path'
import { splits, type Case, type Dataset, type RasterObject, type ScanObject } from '../ct/case.ts'
import { unknownName } from '../ct/nearest-name.ts'
import { UserError } from '../ct/user-error.ts'
import { readDicomFolder, readDicomSlice, type DicomSlice } from '../io/dicom.ts'
import { readNpy } from '../io/npy.ts'
import { datasetIds, findDataset } from './find-modules.ts'

export interface ScanInput {
  readonly object: ScanObject
  /** How messages call it. */
  readonly name: string
  /** What seeds the noise beside preset, dose and seed; for a phantom the same as in a run. */
  readonly dataset: string
  readonly caseId: string
  /** Folder below --out; empty for the only object. */
  readonly folder: string
}

export interface InputRequest {
  /** A path, or a phantom such as "phantom-thorax" or "phantom-thorax/test-003". */
  readonly input: string
  /** Pixel size of an NPY image, mm. */
  readonly pixelMm: number | undefined
  /** Told of every file that is passed over, with the reason. */
  skipped(file: string, reason: string): void
}

/** Longest search for a case of a phantom that has no end of them. */
const mostCases = 1000

/**
 * @throws UserError when the input is neither a file nor a phantom (with the nearest name), is
 * not readable, or --pixel-mm is missing or out of place.
 */
export async function* scanInputs({ input, pixelMm, skipped }: InputRequest): AsyncGenerator<ScanInput> {
  const datasetId = datasetIds().find(id => input === id || input.startsWith(`${id}/`))
  const isNpy = extname(input).toLowerCase() === '.npy'
  if (pixelMm !== undefined && (!isNpy || datasetId))
    throw new UserError(`--pixel-mm is for .npy images; "${input}" knows its own size. Leave it away.`)
  if (datasetId) yield await phantomInput(datasetId, input.slice(datasetId.length + 1))
  else if (!existsSync(input)) throw notFound(input)
  else if (statSync(input).isDirectory()) yield* folderInputs(input, skipped)
  else if (isNpy) yield await npyInput(input, pixelMm)
  else yield fileInput(await readDicomSlice(input), basename(input), '')
}

async function phantomInput(datasetId: string, caseId: string): Promise<ScanInput> {
  const { dataset } = await findDataset(datasetId)
  if (dataset.needsData) throw new UserError(`Dataset "${datasetId}" reads your own files: give simulate the file or folder itself.`)
  if (dataset.kind === 'measured') throw new UserError(`Dataset "${datasetId}" holds measured projections; there is nothing to simulate.`)
  const found = await findCase(dataset, datasetId, caseId)
  if (found.kind === 'measured') throw new UserError(`Case "${datasetId}/${found.id}" is measured; there is nothing to simulate.`)
  return { object: found.object, name: `${datasetId}/${found.id}`, dataset: datasetId, caseId: found.id, folder: '' }
}

/** The case of this id, or the first test case when it is empty. */
async function findCase(dataset: Dataset, datasetId: string, caseId: string): Promise<Case> {
  const seen: string[] = []
  const named = splits.filter(split => caseId.startsWith(`${split}-`))
  for (const split of caseId === '' ? (['test'] as const) : named.length > 0 ? named : splits) {
    let count = 0
    for await (const one of dataset.cases({ split, dataDirectory: null, skipped: () => {} })) {
      if (caseId === '' || one.id === caseId) return one
      if (seen.length < 12) seen.push(one.id)
      if (++count === mostCases) break
    }
  }
  if (caseId === '') throw new UserError(`Dataset "${datasetId}" has no test cases.`)
  throw unknownName(`case of ${datasetId}`, caseId, seen)
}

async function* folderInputs(directory: string, skipped: InputRequest['skipped']): AsyncGenerator<ScanInput> {
  const folders = new Set<string>()
  for await (const slice of readDicomFolder(directory, skipped)) {
    const path = relative(directory, slice.path)
    const short = path.replace(/\.dcm$/i, '')
    const folder = folders.has(short) ? path : short
    folders.add(folder)
    yield fileInput(slice, path, folder)
  }
  if (folders.size === 0) throw new UserError(`${directory} holds no axial CT slice in DICOM.`)
}

function fileInput(slice: DicomSlice, caseId: string, folder: string): ScanInput {
  const { rows, columns, pixelMm, hu, path } = slice
  return { object: { kind: 'raster', rows, columns, pixelMm, hu }, name: path, dataset: 'simulate', caseId, folder }
}

async function npyInput(path: string, pixelMm: number | undefined): Promise<ScanInput> {
  if (pixelMm === undefined) throw new UserError(`${path} does not say how large its pixels are. Add --pixel-mm, such as --pixel-mm 0.7.`)
  const { shape, data } = await readNpy(path)
  if (shape.length !== 2) throw new UserError(`${path} has the shape (${shape.join(', ')}), expected one image of (rows, columns) in HU.`)
  const object: RasterObject = { kind: 'raster', rows: shape[0]!, columns: shape[1]!, pixelMm, hu: data }
  return { object, name: path, dataset: 'simulate', caseId: basename(path), folder: '' }
}

/** A path that is not there, or a phantom mistyped. */
function notFound(input: string): UserError {
  if (/\.\w+$/.test(input) || input.startsWith('.') || input.startsWith('/')) return new UserError(`No file at ${input}. Check the path.`)
  const { message } = unknownName('phantom', input.split('/')[0]!, datasetIds().filter(id => id.startsWith('phantom-')))
  return new UserError(`${message} No file is there either.`)
}

// Axial CT slices from DICOM: one file, or a folder in the order of its series.
// Rows and columns stay as stored: row 0 is what a viewer shows at the top.

import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { UserError } from '../ct/user-error.ts'
import { parseDicomHeader, type DicomHeader } from './dicom-header.ts'
import { decodeHu } from './dicom-pixels.ts'
import { readBeginning, readError, readWholeFile } from './read-bytes.ts'

export type { DicomHeader } from './dicom-header.ts'

export interface DicomSlice extends DicomHeader {
  readonly path: string
  /** Row-major [row][column], float32, HU; padding is −1000. */
  readonly hu: Float32Array
}

/** Enough of a file for its tags; where they are longer the whole file is read. */
const headerBytes = 256 * 1024

/** @throws UserError with the reason when the file is missing, truncated or not a single axial CT slice. */
export async function readDicomSlice(path: string): Promise<DicomSlice> {
  const parsed = await parseDicomHeader(await readWholeFile(path), path)
  return { path, ...parsed.header, hu: decodeHu(parsed, path) }
}

/** As readDicomSlice, without the pixels and without noticing that they are truncated. */
export async function readDicomHeader(path: string): Promise<DicomHeader> {
  const beginning = await readBeginning(path, headerBytes)
  try {
    return (await parseDicomHeader(beginning, path)).header
  } catch (error) {
    if (beginning.length < headerBytes) throw error
    return (await parseDicomHeader(await readWholeFile(path), path)).header
  }
}

/**
 * Every axial CT slice of a folder and the folders below it: series by series
 * (patient, then series UID), each in order of position. Headers are read first;
 * pixels are read one slice at a time, when asked for. A single file is a folder of one.
 * @param onSkip told of every file that is passed over, with the reason.
 * @throws UserError when the folder cannot be read.
 */
export async function* readDicomFolder(directory: string, onSkip: (path: string, reason: string) => void): AsyncGenerator<DicomSlice> {
  const found: { path: string; header: DicomHeader }[] = []
  for (const path of await filesBelow(directory)) {
    const header = await tryOrSkip(path, () => readDicomHeader(path), onSkip)
    if (header) found.push({ path, header })
  }
  found.sort((a, b) => compareSlices(a.header, b.header) || compareText(a.path, b.path))
  for (const { path } of found) {
    const slice = await tryOrSkip(path, () => readDicomSlice(path), onSkip)
    if (slice) yield slice
  }
}

async function tryOrSkip<T>(path: string, read: () => Promise<T>, onSkip: (path: string, reason: string) => void): Promise<T | null> {
  try {
    return await read()
  } catch (error) {
    if (!(error instanceof UserError)) throw error
    onSkip(path, error.message.startsWith(path) ? error.message.slice(path.length).trim() : error.message)
    return null
  }
}

/** All files below a folder, hidden ones aside, in order of their names. */
async function filesBelow(directory: string): Promise<string[]> {
  try {
    if (!(await stat(directory)).isDirectory()) return [directory]
    const entries = await readdir(directory, { withFileTypes: true, recursive: true })
    return entries
      .filter(entry => entry.isFile() && !entry.name.startsWith('.'))
      .map(entry => join(entry.parentPath, entry.name))
      .sort(compareText)
  } catch (error) {
    throw readError(directory, error)
  }
}

function compareSlices(a: DicomHeader, b: DicomHeader): number {
  return (
    compareText(a.patientId, b.patientId) ||
    compareText(a.seriesUid, b.seriesUid) ||
    (a.positionMm ?? 0) - (b.positionMm ?? 0) ||
    (a.instanceNumber ?? 0) - (b.instanceNumber ?? 0)
  )
}

/** By code unit: the same on every machine, whatever its language. */
function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}

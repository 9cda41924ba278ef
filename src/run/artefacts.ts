// Previews (PNG) of chosen cases: truth, sinogram, each method's image and its error
// map. Records name them by path and hash; a job whose previews are gone is run again.

import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { viewCount } from '../ct/geometry.ts'
import type { Sinogram } from '../ct/image.ts'
import { huImage } from '../ct/units.ts'
import { writeFileAtomic } from '../io/atomic-write.ts'
import { encodeDiverging, encodeGray } from '../io/png.ts'
import type { Measurement } from './execute.ts'
import type { Job } from './plan.ts'
import { sha256 } from './provenance.ts'
import type { Artefact, DoneRecord, RunRecord } from './record.ts'

/** Longest side of a sinogram's preview, pixels. */
const sinogramSide = 400

/** Writes a job's previews (and its case's, when they are not there) below the run's folder. */
export async function keepPreviews(
  directory: string,
  job: Job,
  measurement: Measurement,
  image: Float32Array,
): Promise<Pick<DoneRecord, 'artefacts' | 'errorWindowHu'>> {
  const { truthHu, scale, grid, sinogram, calibrated } = measurement
  const { rows, columns } = grid
  const folder = ['images', job.dataset, job.caseId, job.preset?.id ?? 'measured'].map(fileName)
  const atDose = job.dose === null ? folder : [...folder, `dose-${job.dose}`]
  const write = (path: readonly string[], png: Uint8Array): Promise<Artefact> => writeArtefact(directory, path.join('/'), png)
  const values = calibrated ? huImage(image, scale) : image
  const { lowHu, highHu } = job.window
  const [low, high] = calibrated ? [lowHu, highHu] : percentiles(values)
  const ofCase = (name: string, encode: () => Uint8Array, path: readonly string[]): Promise<Artefact> =>
    once(measurement, name, () => write(path, encode()))
  const artefacts: DoneRecord['artefacts'] = {
    image: await write([...atDose, `${fileName(job.method.id)}.png`], encodeGray(values, rows, columns, low, high)),
    sinogram: await ofCase('sinogram', () => encodeSinogram(sinogram), [...atDose, 'sinogram.png']),
  }
  if (!truthHu) return { artefacts, errorWindowHu: null }
  const errorWindowHu = errorWindow(lowHu, highHu)
  const error = values.map((value, i) => value - truthHu[i]!)
  artefacts.truth = await ofCase('truth', () => encodeGray(truthHu, rows, columns, low, high), [...folder, 'truth.png'])
  artefacts.error = await write([...atDose, `${fileName(job.method.id)}.error.png`], encodeDiverging(error, rows, columns, errorWindowHu))
  return { artefacts, errorWindowHu }
}

/** Whether every preview that a record names is there, unchanged. */
export function previewsArePresent(directory: string, record: RunRecord): boolean {
  if (record.status !== 'done') return true
  return Object.values(record.artefacts).every(artefact => {
    if (!artefact) return true
    const path = join(directory, artefact.path)
    return existsSync(path) && sha256(readFileSync(path)) === artefact.sha256
  })
}

const caseArtefacts = new WeakMap<Measurement, Map<string, Promise<Artefact>>>()

/** Pictures of the scan are the same for every method: made once. */
function once(measurement: Measurement, name: string, make: () => Promise<Artefact>): Promise<Artefact> {
  const known = caseArtefacts.get(measurement) ?? new Map<string, Promise<Artefact>>()
  caseArtefacts.set(measurement, known)
  const artefact = known.get(name) ?? make()
  known.set(name, artefact)
  return artefact
}

function encodeSinogram({ geometry, data }: Sinogram): Uint8Array {
  const small = shrink(data, viewCount(geometry), geometry.bins, sinogramSide)
  return encodeGray(small.values, small.rows, small.columns, ...percentiles(small.values))
}

/** Error maps show ± a tenth of the window, at least ± 40 HU. */
function errorWindow(lowHu: number, highHu: number): number {
  return Math.max(40, Math.round((highHu - lowHu) / 10))
}

async function writeArtefact(directory: string, path: string, png: Uint8Array): Promise<Artefact> {
  const file = join(directory, path)
  const hash = sha256(png)
  if (!existsSync(file) || sha256(readFileSync(file)) !== hash) await writeFileAtomic(file, png)
  return { path, sha256: hash }
}

/** Ids from files may hold anything; a name that had to be changed keeps a piece of its hash. */
function fileName(id: string): string {
  const plain = id.replace(/[^A-Za-z0-9._-]/g, '_').replace(/^\.+/, '_')
  return plain === id ? id : `${plain.slice(0, 80)}-${sha256(id).slice(0, 8)}`
}

/** The 1st and 99th percentile, so that a few hot pixels do not darken the rest. */
function percentiles(values: Float32Array): [number, number] {
  const sorted = values.slice().sort()
  const low = sorted[Math.floor(0.01 * (sorted.length - 1))]!
  const high = sorted[Math.ceil(0.99 * (sorted.length - 1))]!
  return high > low ? [low, high] : [low, low + 1]
}

/** Averages whole blocks until the longest side fits. */
function shrink(values: Float32Array, rows: number, columns: number, side: number): { values: Float32Array; rows: number; columns: number } {
  const step = Math.ceil(Math.max(rows, columns) / side)
  const outRows = Math.floor(rows / step)
  const outColumns = Math.floor(columns / step)
  if (step === 1 || outRows === 0 || outColumns === 0) return { values, rows, columns }
  const out = new Float32Array(outRows * outColumns)
  for (let row = 0; row < outRows * step; row++)
    for (let column = 0; column < outColumns * step; column++)
      out[Math.floor(row / step) * outColumns + Math.floor(column / step)]! += values[row * columns + column]! / (step * step)
  return { values: out, rows: outRows, columns: outColumns }
}

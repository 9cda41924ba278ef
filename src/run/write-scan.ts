// A simulated scan as four files, all or none: written to a passing folder beside
// their place, then renamed.
//   sinogram.npy      line integrals, float32, [view][bin]
//   geometry.json     the geometry with its grid and attenuation scale
//   truth.npy         CT numbers, HU, float32, [row][column]
//   acquisition.json  what was scanned, and how it was counted

import { randomUUID } from 'node:crypto'
import { existsSync } from 'node:fs'
import { rename, rm, stat } from 'node:fs/promises'
import { basename, dirname, join, resolve } from 'node:path'
import { viewCount } from '../ct/geometry.ts'
import type { Measurement, PreparedScan } from '../ct/prepare-scan.ts'
import { huImage } from '../ct/units.ts'
import { UserError } from '../ct/user-error.ts'
import { makeFolder, writeError, writeJsonAtomic } from '../io/atomic-write.ts'
import { writeNpy } from '../io/npy.ts'

export const scanFileNames = ['sinogram.npy', 'geometry.json', 'truth.npy', 'acquisition.json'] as const

/** What acquisition.json says beside the noise model. */
export interface ScanDescription {
  readonly object: string
  readonly preset: string
  readonly dose: number
  readonly seed: number
  readonly dataset: string
  readonly case: string
  readonly packageVersion: string
}

/**
 * Makes `directory` and writes the four files; files of these names that are there are replaced, others stay.
 * @throws UserError when the folder cannot be written; nothing is left half-written then.
 */
export async function writeScan(directory: string, scan: PreparedScan, measured: Measurement, about: ScanDescription): Promise<void> {
  const target = resolve(directory)
  await requireFolder(target)
  const exists = existsSync(target)
  const name = `.${basename(target)}.${randomUUID().slice(0, 8)}.tmp`
  const passing = exists ? join(target, name) : join(dirname(target), name)
  try {
    makeFolder(passing)
    const { geometry, grid, scale, magnification, truth } = scan
    await writeNpy(join(passing, 'sinogram.npy'), measured.sinogram.data, [viewCount(geometry), geometry.bins])
    await writeJsonAtomic(join(passing, 'geometry.json'), { ...geometry, grid, scale })
    await writeNpy(join(passing, 'truth.npy'), huImage(truth.data, scale), [grid.rows, grid.columns])
    await writeJsonAtomic(join(passing, 'acquisition.json'), { ...about, magnification, ...measured.noise })
    if (exists) for (const file of scanFileNames) await rename(join(passing, file), join(target, file))
    else await rename(passing, target)
  } catch (error) {
    throw error instanceof UserError ? error : writeError(directory, error)
  } finally {
    await rm(passing, { recursive: true, force: true }).catch(() => {}) // there only after a failure, whose error is the one to tell
  }
}

async function requireFolder(path: string): Promise<void> {
  const found = await stat(path).catch(() => null)
  if (found && !found.isDirectory()) throw new UserError(`${path} is a file; --out names a folder.`)
}

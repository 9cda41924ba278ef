// Files that are whole or not there: written beside their place under a passing
// name, then renamed. A kill leaves the old file; a failure removes the passing one.

import { randomUUID } from 'node:crypto'
import { accessSync, constants, existsSync, mkdirSync, statSync } from 'node:fs'
import { rename, rm, writeFile } from 'node:fs/promises'
import { basename, dirname, join, resolve } from 'node:path'
import { UserError } from '../ct/user-error.ts'

export interface FileToWrite {
  readonly path: string
  readonly contents: string | Uint8Array | readonly Uint8Array[]
}

/**
 * Writes a file whole or not at all; makes its folder where it is missing.
 * @throws UserError when the folder cannot be written or the disk is full.
 */
export async function writeFileAtomic(path: string, contents: FileToWrite['contents']): Promise<void> {
  await writeFilesAtomic([{ path, contents }])
}

/**
 * Writes files that belong together: each one whole, and none while another cannot be written.
 * @throws UserError as writeFileAtomic does.
 */
export async function writeFilesAtomic(files: readonly FileToWrite[]): Promise<void> {
  const passing = files.map(({ path }) => join(dirname(path), `.${basename(path)}.${randomUUID().slice(0, 8)}.tmp`))
  let at = ''
  try {
    for (const [i, { path, contents }] of files.entries()) {
      at = path
      makeFolders(resolve(dirname(path)))
      await writeFile(passing[i]!, Array.isArray(contents) ? (contents as readonly Uint8Array[]) : (contents as string | Uint8Array))
      requireFilePlace(path)
    }
    for (const [i, { path }] of files.entries()) {
      at = path
      await rename(passing[i]!, path)
    }
  } catch (error) {
    for (const file of passing) await rm(file, { force: true }).catch(() => {}) // the first error is the one to tell
    throw writeError(at, error)
  }
}

/**
 * Finds out before long work whether a file can be written, without making anything.
 * @throws UserError when a folder bears its name, or the nearest folder that is there is not writable.
 */
export function requireWritable(path: string): void {
  requireFilePlace(path)
  let folder = dirname(resolve(path))
  try {
    while (!statSync(folder, { throwIfNoEntry: false }) && dirname(folder) !== folder) folder = dirname(folder)
    if (!statSync(folder).isDirectory()) throw Object.assign(new Error(folder), { code: 'ENOTDIR' })
    accessSync(folder, constants.W_OK)
  } catch (error) {
    throw writeError(path, error)
  }
}

function requireFilePlace(path: string): void {
  if (existsSync(path) && statSync(path).isDirectory()) throw writeError(path, Object.assign(new Error(path), { code: 'EISDIR' }))
}

/**
 * Makes a folder and those above it where they are missing. (Node's recursive mkdir
 * never returns for a folder below /proc.)
 * @throws UserError when it cannot be made.
 */
export function makeFolder(path: string): void {
  try {
    makeFolders(resolve(path))
  } catch (error) {
    throw writeError(path, error)
  }
}

function makeFolders(path: string): void {
  try {
    mkdirSync(path)
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'ENOENT' && dirname(path) !== path) {
      makeFolders(dirname(path))
      mkdirSync(path)
    } else if (!statSync(path, { throwIfNoEntry: false })?.isDirectory()) throw error
  }
}

/** JSON with two spaces and a final newline. @throws UserError as writeFileAtomic does. */
export async function writeJsonAtomic(path: string, value: unknown): Promise<void> {
  await writeFileAtomic(path, JSON.stringify(value, null, 2) + '\n')
}

/** Turns a file system's error about writing `path` into what to do about it; any other error comes back as it is. */
export function writeError(path: string, error: unknown): unknown {
  const reasons: Record<string, string> = {
    EACCES: `its folder is not writable. Choose another place`,
    EPERM: `its folder is not writable. Choose another place`,
    EROFS: `its disk is read-only. Choose another place`,
    ENOSPC: `the disk is full. Free space, or choose another place`,
    EDQUOT: `the disk quota is used up. Free space, or choose another place`,
    ENOTDIR: `part of its path is a file, not a folder. Choose another place`,
    EEXIST: `part of its path is a file, not a folder. Choose another place`,
    EISDIR: `a folder of that name is there. Choose another name`,
    ENOTEMPTY: `a folder of that name is there. Choose another name`,
    ENAMETOOLONG: `its name is too long. Choose a shorter one`,
    ENOENT: `its folder cannot be made. Choose another place`,
    ENODEV: `its folder cannot be made. Choose another place`,
  }
  const reason = reasons[(error as NodeJS.ErrnoException).code ?? '']
  return reason ? new UserError(`Cannot write ${path}: ${reason}.`) : error
}

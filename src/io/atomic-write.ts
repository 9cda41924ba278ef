// Files that are whole or not there: written beside their place under a passing
// name, then renamed. A kill leaves the old file; a failure removes the passing one.

import { randomUUID } from 'node:crypto'
import { mkdirSync, statSync } from 'node:fs'
import { rename, rm, writeFile } from 'node:fs/promises'
import { basename, dirname, join, resolve } from 'node:path'
import { UserError } from '../ct/user-error.ts'

/**
 * Writes a file whole or not at all; makes its folder where it is missing.
 * @throws UserError when the folder cannot be written or the disk is full.
 */
export async function writeFileAtomic(path: string, contents: string | Uint8Array | readonly Uint8Array[]): Promise<void> {
  const passing = join(dirname(path), `.${basename(path)}.${randomUUID().slice(0, 8)}.tmp`)
  try {
    makeFolders(resolve(dirname(path)))
    await writeFile(passing, Array.isArray(contents) ? (contents as readonly Uint8Array[]) : (contents as string | Uint8Array))
    await rename(passing, path)
  } catch (error) {
    await rm(passing, { force: true }).catch(() => {}) // the first error is the one to tell
    throw writeError(path, error)
  }
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
    EACCES: `its folder is not writable. Choose another with --out`,
    EPERM: `its folder is not writable. Choose another with --out`,
    EROFS: `its disk is read-only. Choose another with --out`,
    ENOSPC: `the disk is full. Free space, or choose another with --out`,
    EDQUOT: `the disk quota is used up. Free space, or choose another with --out`,
    ENOTDIR: `part of its path is a file, not a folder. Choose another with --out`,
    EEXIST: `part of its path is a file, not a folder. Choose another with --out`,
    EISDIR: `a folder of that name is there. Choose another name`,
    ENOTEMPTY: `a folder of that name is there. Choose another name`,
    ENAMETOOLONG: `its name is too long. Choose a shorter one`,
    ENOENT: `its folder cannot be made. Choose another with --out`,
    ENODEV: `its folder cannot be made. Choose another with --out`,
  }
  const reason = reasons[(error as NodeJS.ErrnoException).code ?? '']
  return reason ? new UserError(`Cannot write ${path}: ${reason}.`) : error
}

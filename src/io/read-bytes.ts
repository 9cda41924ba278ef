// Reading a file that a user named: what can go wrong is told with the path.

import { open, readFile } from 'node:fs/promises'
import { UserError } from '../ct/user-error.ts'

/** All bytes of a file. @throws UserError when it is missing, a folder, or not readable. */
export async function readWholeFile(path: string): Promise<Buffer> {
  try {
    return await readFile(path)
  } catch (error) {
    throw readError(path, error)
  }
}

/** The first `length` bytes of a file, or all of a shorter one. @throws UserError as readWholeFile does. */
export async function readBeginning(path: string, length: number): Promise<Buffer> {
  try {
    const file = await open(path)
    try {
      const bytes = Buffer.alloc(length)
      const { bytesRead } = await file.read(bytes, 0, length, 0)
      return bytes.subarray(0, bytesRead)
    } finally {
      await file.close()
    }
  } catch (error) {
    throw readError(path, error)
  }
}

/** Turns a file system's error about reading `path` into a UserError; any other error comes back as it is. */
export function readError(path: string, error: unknown): unknown {
  switch ((error as NodeJS.ErrnoException).code) {
    case 'ENOENT':
    case 'ENOTDIR':
      return new UserError(`No file at ${path}. Check the path.`)
    case 'EISDIR':
      return new UserError(`${path} is a folder, expected a file.`)
    case 'EACCES':
    case 'EPERM':
      return new UserError(`${path} may not be read: permission denied.`)
    case 'ERR_FS_FILE_TOO_LARGE':
      return new UserError(`${path} is larger than 2 GiB, more than one file is read of at once.`)
    default:
      return error
  }
}

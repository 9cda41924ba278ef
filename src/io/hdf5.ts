// HDF5 files, read lazily: a slice of a dataset, never the file. The library is
// h5wasm. Traps: a filter that it lacks gives stale bytes without an error, so
// filters are checked first.

import { resolve } from 'node:path'
import type * as Library from 'h5wasm/node'
import { UserError } from '../ct/user-error.ts'
import { hdf5Reason, loadHdf5Library, type Hdf5Library } from './hdf5-library.ts'
import { readBeginning } from './read-bytes.ts'

export interface Hdf5Reader {
  /** Names below a group ('/' by default), in the file's order; empty when there is no such group. */
  names(group?: string): string[]
  isGroup(path: string): boolean
  isDataset(path: string): boolean
  /** Lengths of a dataset's axes. @throws UserError when there is no such dataset. */
  shape(path: string): number[]
  /**
   * Numbers of a dataset, or of the part [from, to) of each axis, row-major.
   * @throws UserError when there is no such dataset, it holds no real numbers, or it is compressed in an unknown way.
   */
  numbers(path: string, part?: readonly (readonly [number, number])[]): Float64Array
  /** A text attribute, null where there is none. */
  textAttribute(path: string, name: string): string | null
}

/** Filters that the library has: deflate, shuffle, Fletcher's checksum, n-bit, scale-offset. */
const knownFilters = new Set([1, 2, 3, 5, 6])
const signature = Buffer.from('\x89HDF\r\n\x1a\n', 'latin1')

/**
 * Opens a file, lets `use` read from it, and closes it.
 * @throws UserError when the file is missing, not HDF5, or truncated; and what `use` throws.
 */
export async function withHdf5<T>(path: string, use: (file: Hdf5Reader) => T): Promise<T> {
  if (!hasSignature(await readBeginning(path, 4096))) throw new UserError(`${path} is not an HDF5 file: it has no HDF5 signature.`)
  const library = await loadHdf5Library()
  const file = open(library, path)
  try {
    return use(reader(library, file, path))
  } finally {
    file.close()
  }
}

/** The signature stands at 0, 512, 1024, 2048 …: MATLAB puts a text before it. */
export function hasSignature(bytes: Buffer): boolean {
  return [0, 512, 1024, 2048].some(offset => bytes.subarray(offset, offset + 8).equals(signature))
}

function open(library: Hdf5Library, path: string): Library.File {
  try {
    return new library.File(resolve(path), 'r')
  } catch (error) {
    throw new UserError(`${path} cannot be read as HDF5: ${hdf5Reason(error)}.`)
  }
}

function reader(library: Hdf5Library, file: Library.File, path: string): Hdf5Reader {
  const find = (name: string): unknown => {
    let entity: unknown = file
    for (const part of name.split('/').filter(part => part !== '')) {
      if (!(entity instanceof library.Group) || !entity.keys().includes(part)) return null
      entity = entity.get(part)
    }
    return entity
  }
  const dataset = (name: string): Library.Dataset => {
    const found = find(name)
    if (found instanceof library.Dataset) return found
    throw new UserError(`${path} has no dataset ${name}. It has: ${file.paths().slice(0, 12).join(', ') || 'nothing'}.`)
  }
  return {
    names: (group = '/') => {
      const found = find(group)
      return found instanceof library.Group ? found.keys() : []
    },
    isGroup: name => find(name) instanceof library.Group,
    isDataset: name => find(name) instanceof library.Dataset,
    shape: name => dataset(name).shape ?? [],
    numbers: (name, part) => {
      const found = dataset(name)
      const unknown = found.filters.find(filter => !knownFilters.has(filter.id))
      if (unknown)
        throw new UserError(
          `${path}: ${name} is compressed with ${unknown.name || `filter ${unknown.id}`}, which is not known here. Run: h5repack -f GZIP=4 ${path} repacked.h5.`,
        )
      const value = readValue(found, part, `${path}: ${name}`)
      if (typeof value === 'number') return Float64Array.of(value)
      if (ArrayBuffer.isView(value) && !(value instanceof DataView)) return Float64Array.from(value as unknown as ArrayLike<number | bigint>, Number)
      throw new UserError(`${path}: ${name} holds no real numbers.`)
    },
    textAttribute: (name, attribute) => {
      const found = find(name)
      if (!(found instanceof library.Group || found instanceof library.Dataset)) return null
      const value = found.attrs[attribute]?.value
      return typeof value === 'string' ? value : null
    },
  }
}

function readValue(dataset: Library.Dataset, part: readonly (readonly [number, number])[] | undefined, name: string): unknown {
  try {
    return part ? dataset.slice(part.map(([from, to]) => [from, to])) : dataset.value
  } catch (error) {
    throw new UserError(`${name} cannot be read: ${hdf5Reason(error)}.`)
  }
}

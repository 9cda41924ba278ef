// HDF5 files, written as their data come: a stack grows on disk by an image at a time,
// so that memory never holds more than one. The file bears a passing name beside its
// place until it is whole. The library is h5wasm, which writes to real paths in Node.

import { randomUUID } from 'node:crypto'
import { rename, rm } from 'node:fs/promises'
import { basename, dirname, join, resolve } from 'node:path'
import type { Dataset, File } from 'h5wasm/node'
import { UserError } from '../ct/user-error.ts'
import { makeFolder, writeError } from './atomic-write.ts'
import { hdf5Reason, loadHdf5Library } from './hdf5-library.ts'

export interface Hdf5Stack {
  /** Adds one item: row-major, float32, as many values as the stack's item shape has. */
  append(values: Float32Array): void
}

export interface Hdf5Writer {
  /** An empty float32 dataset [0, ...shape] that grows along its first axis; a chunk is one image (the last two axes), uncompressed. */
  stack(name: string, shape: readonly number[]): Hdf5Stack
  /** A whole dataset; one axis as long as `values` when `shape` is absent. */
  dataset(name: string, values: Float32Array | Float64Array | Int32Array | readonly string[], shape?: readonly number[]): void
  /** An attribute of the file; numbers are whole and stored as int64. */
  attribute(name: string, value: string | number): void
}

/**
 * Makes a file, lets `fill` write to it, and gives it its name when `fill` has returned;
 * replaces a file of that name. After a failure nothing is left.
 * @throws UserError when the file cannot be written; and what `fill` throws.
 */
export async function writeHdf5<T>(path: string, fill: (file: Hdf5Writer) => Promise<T>): Promise<T> {
  const { File } = await loadHdf5Library()
  const target = resolve(path)
  const passing = join(dirname(target), `.${basename(target)}.${randomUUID().slice(0, 8)}.tmp`)
  makeFolder(dirname(target))
  try {
    const result = await filled(new File(passing, 'x'), fill)
    await rename(passing, target).catch((error: unknown) => {
      throw writeError(path, error)
    })
    return result
  } catch (error) {
    await rm(passing, { force: true }).catch(() => {}) // the first error is the one to tell
    throw error instanceof Error && error.message.startsWith('HDF5-DIAG') ? libraryError(path, error) : error
  }
}

/** Closes the file, whatever happens. */
async function filled<T>(file: File, fill: (file: Hdf5Writer) => Promise<T>): Promise<T> {
  let result: T
  try {
    result = await fill(writer(file))
  } catch (error) {
    closeAfterFailure(file)
    throw error
  }
  file.close()
  return result
}

function closeAfterFailure(file: File): void {
  try {
    file.close()
  } catch {
    // the error that brought us here is the one to tell
  }
}

function libraryError(path: string, error: Error): unknown {
  const reason = hdf5Reason(error)
  if (/no space left/i.test(reason)) return writeError(path, Object.assign(new Error(reason), { code: 'ENOSPC' }))
  return new UserError(`Cannot write ${path}: ${reason}.`)
}

function writer(file: File): Hdf5Writer {
  return {
    stack(name, shape) {
      const length = shape.reduce((product, side) => product * side, 1)
      const chunks = [1, ...shape.map((side, axis) => (axis < shape.length - 2 ? 1 : side))]
      const dataset: Dataset = file.create_dataset({ name, data: new Float32Array(0), shape: [0, ...shape], maxshape: [null, ...shape], chunks })
      const whole = shape.map((side): [number, number] => [0, side])
      let count = 0
      return {
        append(values) {
          if (values.length !== length) throw new Error(`Got ${values.length} values for ${name}, whose items have ${shape.join(' × ')}.`)
          dataset.resize([count + 1, ...shape])
          dataset.write_slice([[count, count + 1], ...whole], values)
          count++
        },
      }
    },
    dataset(name, values, shape = [values.length]) {
      file.create_dataset({ name, data: ArrayBuffer.isView(values) ? values : [...values], shape: [...shape] })
    },
    attribute(name, value) {
      if (typeof value === 'string') file.create_attribute(name, value)
      else file.create_attribute(name, BigInt64Array.of(BigInt(value)), [])
    },
  }
}

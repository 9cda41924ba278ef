// NumPy's .npy (format versions 1 to 3; numpy/lib/format.py): magic, header length,
// a Python dict literal, then raw values. The header is matched, never evaluated.
// Trap: Fortran order stores the first axis fastest; it is turned to C order here.

import { UserError } from '../ct/user-error.ts'
import { writeFileAtomic } from './atomic-write.ts'
import { readWholeFile } from './read-bytes.ts'

export interface NpyArray {
  readonly shape: number[]
  /** Row-major (C order), whatever the file's order; float32, whatever the file's type. */
  readonly data: Float32Array
}

interface NpyType {
  readonly bytes: number
  readonly read: (view: DataView, offset: number, littleEndian: boolean) => number
}

const types: Record<string, NpyType> = {
  f4: { bytes: 4, read: (view, offset, little) => view.getFloat32(offset, little) },
  f8: { bytes: 8, read: (view, offset, little) => view.getFloat64(offset, little) },
  i1: { bytes: 1, read: (view, offset) => view.getInt8(offset) },
  u1: { bytes: 1, read: (view, offset) => view.getUint8(offset) },
  b1: { bytes: 1, read: (view, offset) => view.getUint8(offset) },
  i2: { bytes: 2, read: (view, offset, little) => view.getInt16(offset, little) },
  u2: { bytes: 2, read: (view, offset, little) => view.getUint16(offset, little) },
  i4: { bytes: 4, read: (view, offset, little) => view.getInt32(offset, little) },
  u4: { bytes: 4, read: (view, offset, little) => view.getUint32(offset, little) },
  i8: { bytes: 8, read: (view, offset, little) => Number(view.getBigInt64(offset, little)) },
  u8: { bytes: 8, read: (view, offset, little) => Number(view.getBigUint64(offset, little)) },
}

/**
 * Reads an array of numbers. Values may be NaN or infinite: who needs finite ones checks.
 * @throws UserError when the file is missing, empty, truncated, not NPY, or holds no real numbers.
 */
export async function readNpy(path: string): Promise<NpyArray> {
  return parseNpy(await readWholeFile(path), path)
}

/** Writes float32, C order, little endian, whole or not at all. @throws UserError when it cannot be written. */
export async function writeNpy(path: string, data: Float32Array, shape: readonly number[]): Promise<void> {
  await writeFileAtomic(path, encodeNpy(data, shape))
}

/** The two parts of an NPY file: header, then values (float32, little endian). */
export function encodeNpy(data: Float32Array, shape: readonly number[]): [Uint8Array, Uint8Array] {
  const expected = shape.reduce((product, length) => product * length, 1)
  if (expected !== data.length) throw new Error(`An array of ${data.length} values has no shape (${shape.join(', ')}).`)
  const dict = `{'descr': '<f4', 'fortran_order': False, 'shape': (${shape.join(', ')}${shape.length === 1 ? ',' : ''}), }`
  const length = Math.ceil((10 + dict.length + 1) / 64) * 64 - 10
  const header = Buffer.alloc(10 + length, ' ')
  header.write('\x93NUMPY\x01\x00', 0, 'latin1')
  header.writeUInt16LE(length, 8)
  header.write(dict, 10, 'latin1')
  header[header.length - 1] = 10 // newline
  return [header, littleEndianBytes(data)]
}

/** The values as little-endian bytes: a view of the same memory where the machine is little endian, as all common ones are. */
export function littleEndianBytes(data: Float32Array): Uint8Array {
  if (machineIsLittleEndian) return new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
  const bytes = new DataView(new ArrayBuffer(data.byteLength))
  for (let i = 0; i < data.length; i++) bytes.setFloat32(4 * i, data[i]!, true)
  return new Uint8Array(bytes.buffer)
}

const machineIsLittleEndian = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1

/** @throws UserError as readNpy does; `path` names the file in its message. */
export function parseNpy(bytes: Uint8Array, path: string): NpyArray {
  if (bytes.length === 0) throw new UserError(`${path} is empty (0 bytes), expected an NPY file. Write it again with numpy.save.`)
  if (bytes.length < 6 || Buffer.from(bytes.subarray(0, 6)).toString('latin1') !== '\x93NUMPY')
    throw new UserError(`${path} is not an NPY file: it does not begin with \\x93NUMPY. Save it with numpy.save.`)
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const version = bytes[6] ?? 0
  if (bytes.length >= 12 && (version < 1 || version > 3))
    throw new UserError(`${path} is NPY version ${version}, expected 1, 2 or 3. Save it with numpy.save.`)
  const start = version === 1 ? 10 : 12
  const headerEnd = bytes.length < 12 ? Infinity : start + (version === 1 ? view.getUint16(8, true) : view.getUint32(8, true))
  if (headerEnd > bytes.length) throw new UserError(`${path} is truncated: it ends after ${bytes.length} bytes, inside its header.`)
  const header = Buffer.from(bytes.subarray(start, headerEnd)).toString('latin1')

  const { type, littleEndian } = parseType(header, path)
  const shape = parseShape(header, path)
  const count = shape.reduce((product, length) => product * length, 1)
  if (count === 0) throw new UserError(`${path} holds no values: its shape is (${shape.join(', ')}). Save an array with at least one.`)
  const expected = headerEnd + count * type.bytes
  if (bytes.length !== expected)
    throw new UserError(
      `${path} is ${bytes.length < expected ? 'truncated' : 'longer than its header says'}: expected ${expected} bytes for shape (${shape.join(', ')}), got ${bytes.length}.`,
    )

  const data = new Float32Array(count)
  for (let i = 0; i < count; i++) data[i] = type.read(view, headerEnd + i * type.bytes, littleEndian)
  const fortran = /'fortran_order'\s*:\s*(True|False)/.exec(header)
  if (!fortran) throw new UserError(`${path} has a header without fortran_order. Save it with numpy.save.`)
  return { shape, data: fortran[1] === 'True' ? toRowMajor(data, shape) : data }
}

function parseType(header: string, path: string): { type: NpyType; littleEndian: boolean } {
  const found = /'descr'\s*:\s*'([<>=|]?)([A-Za-z]\w*)'/.exec(header)
  const type = found && Object.hasOwn(types, found[2]!) ? types[found[2]!] : undefined
  if (!found || !type) {
    const descr = found?.[2] ?? 'a structured type'
    const what = descr.startsWith('O') ? 'Python objects' : descr
    throw new UserError(`${path} holds ${what}, expected real numbers (float32, float64 or integers). Save it as array.astype('float32').`)
  }
  return { type, littleEndian: found[1] !== '>' }
}

function parseShape(header: string, path: string): number[] {
  const found = /'shape'\s*:\s*\(([\d\s,L]*)\)/.exec(header)
  if (!found) throw new UserError(`${path} has a header without a shape. Save it with numpy.save.`)
  const shape = found[1]!
    .split(',')
    .map(part => part.replace('L', '').trim())
    .filter(part => part !== '')
    .map(Number)
  if (!shape.every(Number.isSafeInteger)) throw new UserError(`${path} has the shape (${found[1]}), which is too large.`)
  return shape
}

/** Values stored with the first axis fastest → the last axis fastest. */
function toRowMajor(data: Float32Array, shape: readonly number[]): Float32Array {
  const strides: number[] = []
  let stride = 1
  for (const length of shape) {
    strides.push(stride)
    stride *= length
  }
  const ordered = new Float32Array(data.length)
  const index = new Array<number>(shape.length).fill(0)
  let source = 0
  for (let i = 0; i < ordered.length; i++) {
    ordered[i] = data[source]!
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      source += strides[axis]!
      if (++index[axis]! < shape[axis]!) break
      source -= shape[axis]! * strides[axis]!
      index[axis] = 0
    }
  }
  return ordered
}

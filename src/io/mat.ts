// MATLAB files: version 5 (MAT-File Format, MathWorks 1999–2023: tagged elements,
// each variable zlib-compressed) and version 7.3, which is HDF5 after a text of 512
// bytes. Trap: MATLAB stores columns first, and so do the arrays given back here.

import { inflateSync } from 'node:zlib'
import { UserError } from '../ct/user-error.ts'
import { hasSignature, withHdf5, type Hdf5Reader } from './hdf5.ts'
import { readWholeFile } from './read-bytes.ts'

/** An array of real numbers, column-major: the first axis varies fastest. */
export interface MatNumbers {
  readonly kind: 'numbers'
  readonly shape: readonly number[]
  readonly data: Float64Array
}

export interface MatText {
  readonly kind: 'text'
  readonly text: string
}

export interface MatStruct {
  readonly kind: 'struct'
  readonly fields: Readonly<Record<string, MatValue>>
}

/** What is not read: cells, struct arrays, sparse and complex numbers, objects. */
export interface MatOther {
  readonly kind: 'other'
  readonly what: string
}

export type MatValue = MatNumbers | MatText | MatStruct | MatOther

/** All variables of a file by name. @throws UserError when the file is missing, truncated or not a MATLAB file. */
export async function readMat(path: string): Promise<Record<string, MatValue>> {
  const bytes = await readWholeFile(path)
  if (hasSignature(bytes)) return withHdf5(path, file => readGroup(file, '', path))
  const order = bytes.subarray(126, 128).toString('latin1')
  if (bytes.length < 128 || !bytes.subarray(0, 6).equals(Buffer.from('MATLAB')) || (order !== 'IM' && order !== 'MI'))
    throw new UserError(`${path} is not a MATLAB file of version 5 or 7.3. Save it in MATLAB with save -v7.`)
  try {
    return readVariables(bytes.subarray(128), order === 'IM')
  } catch (error) {
    if (error instanceof RangeError || (error as NodeJS.ErrnoException).code?.startsWith('Z_'))
      throw new UserError(`${path} is truncated or damaged: its ${bytes.length} bytes end inside a variable (${(error as Error).message}).`)
    throw error
  }
}

/** Row-major copy of a two-dimensional array, float32. */
export function rowMajor({ shape, data }: MatNumbers): Float32Array {
  const [rows = 1, columns = 1] = shape
  const result = new Float32Array(data.length)
  for (let row = 0; row < rows; row++) for (let column = 0; column < columns; column++) result[row * columns + column] = data[column * rows + row]!
  return result
}

/** One element of a version-5 file: its type and its data. */
interface Element {
  readonly type: number
  readonly data: Buffer
}

const matrixType = 14
const compressedType = 15
const classNames = ['', 'cell array', 'struct', 'object', 'text', 'sparse matrix']
const firstNumericClass = 6
const lastNumericClass = 15

function readVariables(bytes: Buffer, little: boolean): Record<string, MatValue> {
  const variables: Record<string, MatValue> = {}
  for (const element of elements(bytes, little)) {
    const inner = element.type === compressedType ? elements(inflateSync(element.data), little)[0] : element
    if (inner?.type !== matrixType) continue
    const { name, value } = readMatrix(inner.data, little)
    if (name !== '') variables[name] = value
  }
  return variables
}

/** Splits bytes into elements. @throws RangeError when the last one is not whole. */
function elements(bytes: Buffer, little: boolean): Element[] {
  const found: Element[] = []
  const word = (offset: number): number => (little ? bytes.readUInt32LE(offset) : bytes.readUInt32BE(offset))
  for (let offset = 0; offset < bytes.length; ) {
    const first = word(offset)
    const small = first >>> 16 !== 0 // type and length share a word, up to 4 bytes follow
    const type = small ? first & 0xffff : first
    const length = small ? first >>> 16 : word(offset + 4)
    const start = offset + (small ? 4 : 8)
    if (start + length > bytes.length) throw new RangeError(`expected ${start + length} bytes, got ${bytes.length}`)
    found.push({ type, data: bytes.subarray(start, start + length) })
    offset = small ? offset + 8 : type === compressedType ? start + length : start + Math.ceil(length / 8) * 8
  }
  return found
}

function readMatrix(bytes: Buffer, little: boolean): { name: string; value: MatValue } {
  if (bytes.length === 0) return { name: '', value: { kind: 'numbers', shape: [0, 0], data: new Float64Array(0) } }
  const [flags, dimensions, nameElement, ...parts] = elements(bytes, little)
  if (!flags || !dimensions || !nameElement) throw new RangeError('a variable without a name')
  const flagWord = little ? flags.data.readUInt32LE(0) : flags.data.readUInt32BE(0)
  const shape = [...numbersOf(dimensions, little)]
  const name = nameElement.data.toString('latin1')
  const matrixClass = flagWord & 0xff
  const complex = (flagWord & 0x0800) !== 0
  if (matrixClass === 2 && shape.every(length => length === 1)) return { name, value: readStruct(parts, little) }
  if (matrixClass === 4) return { name, value: { kind: 'text', text: parts[0] ? textOf(parts[0], little) : '' } }
  if (matrixClass >= firstNumericClass && matrixClass <= lastNumericClass && !complex) {
    const data = parts[0] ? numbersOf(parts[0], little) : new Float64Array(0)
    const expected = shape.reduce((product, length) => product * length, 1)
    if (data.length !== expected) throw new RangeError(`${name} has ${data.length} values, its shape needs ${expected}`)
    return { name, value: { kind: 'numbers', shape, data } }
  }
  return { name, value: { kind: 'other', what: complex ? 'complex numbers' : (classNames[matrixClass] ?? 'an unknown class') } }
}

function readStruct([nameLength, names, ...values]: Element[], little: boolean): MatStruct {
  if (!nameLength || !names) throw new RangeError('a struct without field names')
  const length = numbersOf(nameLength, little)[0] ?? 0
  if (!(length > 0)) throw new RangeError('a struct without field names')
  const fields: Record<string, MatValue> = {}
  for (let i = 0; i * length < names.data.length; i++) {
    const name = names.data.subarray(i * length, (i + 1) * length).toString('latin1').split('\u0000')[0]!
    const value = values[i]
    if (!value) throw new RangeError(`field ${name} is missing`)
    fields[name] = readMatrix(value.data, little).value
  }
  return { kind: 'struct', fields }
}

/** Numbers of any storage type. MATLAB stores whole doubles as bytes to save room. */
function numbersOf({ type, data }: Element, little: boolean): Float64Array {
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength)
  const read: Record<number, [number, (offset: number) => number]> = {
    1: [1, offset => view.getInt8(offset)],
    2: [1, offset => view.getUint8(offset)],
    3: [2, offset => view.getInt16(offset, little)],
    4: [2, offset => view.getUint16(offset, little)],
    5: [4, offset => view.getInt32(offset, little)],
    6: [4, offset => view.getUint32(offset, little)],
    7: [4, offset => view.getFloat32(offset, little)],
    9: [8, offset => view.getFloat64(offset, little)],
    12: [8, offset => Number(view.getBigInt64(offset, little))],
    13: [8, offset => Number(view.getBigUint64(offset, little))],
  }
  const [size, value] = read[type] ?? []
  if (!size || !value) throw new RangeError(`numbers of the unknown storage type ${type}`)
  const numbers = new Float64Array(Math.floor(data.length / size))
  for (let i = 0; i < numbers.length; i++) numbers[i] = value(i * size)
  return numbers
}

function textOf(element: Element, little: boolean): string {
  if (element.type === 16) return element.data.toString('utf8')
  return String.fromCodePoint(...numbersOf(element.type === 17 ? { ...element, type: 4 } : element, little))
}

/** A version-7.3 file: groups are structs, and the axes are stored in reverse. */
function readGroup(file: Hdf5Reader, group: string, path: string): Record<string, MatValue> {
  const values: Record<string, MatValue> = {}
  for (const name of file.names(group)) {
    const place = `${group}/${name}`
    if (name.startsWith('#')) continue // MATLAB's own bookkeeping
    if (file.isGroup(place)) values[name] = { kind: 'struct', fields: readGroup(file, place, path) }
    else values[name] = readDataset(file, place)
  }
  return values
}

function readDataset(file: Hdf5Reader, place: string): MatValue {
  const matlabClass = file.textAttribute(place, 'MATLAB_class') ?? 'double'
  if (matlabClass === 'char') return { kind: 'text', text: String.fromCharCode(...file.numbers(place)) }
  if (!/^(double|single|logical|u?int(8|16|32|64))$/.test(matlabClass)) return { kind: 'other', what: matlabClass }
  return { kind: 'numbers', shape: file.shape(place).reverse(), data: file.numbers(place) }
}

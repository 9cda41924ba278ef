// MATLAB 5 files for tests: doubles, text and structs, each variable compressed as
// MATLAB does it.

import { deflateSync } from 'node:zlib'

export type MatSource = { shape: readonly number[]; data: ArrayLike<number> } | string | { fields: Readonly<Record<string, MatSource>> }

/** The bytes of a little-endian file. Arrays are column-major. */
export function matBytes(variables: Readonly<Record<string, MatSource>>, { compress = true } = {}): Buffer {
  const header = Buffer.alloc(128, ' ')
  header.write('MATLAB 5.0 MAT-file, written for a test')
  header.writeUInt16LE(0x0100, 124)
  header.write('IM', 126)
  const parts = Object.entries(variables).map(([name, value]) => {
    const matrix = encode(name, value)
    if (!compress) return matrix
    const packed = deflateSync(matrix)
    return Buffer.concat([words(15, packed.length), packed])
  })
  return Buffer.concat([header, ...parts])
}

function encode(name: string, value: MatSource): Buffer {
  if (typeof value === 'string')
    return matrix(4, [1, value.length], name, [element(4, Buffer.from(Uint16Array.from(value, char => char.charCodeAt(0)).buffer))])
  if ('fields' in value) {
    const names = Object.keys(value.fields)
    const list = Buffer.alloc(32 * names.length)
    names.forEach((field, i) => list.write(field, 32 * i))
    return matrix(2, [1, 1], name, [element(5, words(32)), element(1, list), ...names.map(field => encode('', value.fields[field]!))])
  }
  return matrix(6, value.shape, name, [element(9, Buffer.from(Float64Array.from(value.data).buffer))])
}

function matrix(kind: number, shape: readonly number[], name: string, parts: readonly Buffer[]): Buffer {
  return element(14, Buffer.concat([element(6, words(kind, 0)), element(5, words(...shape)), element(1, Buffer.from(name)), ...parts]))
}

/** Up to four bytes share the tag's word, as MATLAB writes them; longer data is padded to eight bytes. */
function element(type: number, data: Buffer): Buffer {
  if (data.length > 0 && data.length <= 4) return Buffer.concat([words((data.length << 16) | type), data, Buffer.alloc(4 - data.length)])
  return Buffer.concat([words(type, data.length), data, Buffer.alloc((8 - (data.length % 8)) % 8)])
}

function words(...values: number[]): Buffer {
  return Buffer.from(Uint32Array.from(values).buffer)
}

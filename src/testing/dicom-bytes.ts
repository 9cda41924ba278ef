// DICOM files for tests: a small axial CT slice in explicit little endian, of which
// every tag can be changed, removed or added.

/** Value representation and value of a tag; null removes a tag. */
export type DicomTag = readonly [vr: string, value: string | number | readonly number[] | Uint8Array] | null

/** Tags of the file's meta group and of its slice, by group and element in hex. */
export function axialSlice(rows: number, columns: number, stored: readonly number[]): Record<string, DicomTag> {
  return {
    '00020010': ['UI', '1.2.840.10008.1.2.1'],
    '00080008': ['CS', 'ORIGINAL\\PRIMARY\\AXIAL'],
    '00080016': ['UI', '1.2.840.10008.5.1.4.1.1.2'],
    '00080060': ['CS', 'CT'],
    '00100020': ['LO', 'patient-1'],
    '00180060': ['DS', '120'],
    '00181210': ['SH', 'B30f'],
    '0020000E': ['UI', '1.2.3'],
    '00200013': ['IS', '7'],
    '00200032': ['DS', '-10\\-20\\35.5'],
    '00200037': ['DS', '1\\0\\0\\0\\1\\0'],
    '00280002': ['US', 1],
    '00280004': ['CS', 'MONOCHROME2'],
    '00280010': ['US', rows],
    '00280011': ['US', columns],
    '00280030': ['DS', '0.7\\0.7'],
    '00280100': ['US', 16],
    '00280101': ['US', 16],
    '00280102': ['US', 15],
    '00280103': ['US', 1],
    '00281050': ['DS', '-600'],
    '00281051': ['DS', '1500'],
    '00281052': ['DS', '-1024'],
    '00281053': ['DS', '1'],
    '7FE00010': ['OW', new Uint8Array(Int16Array.from(stored).buffer)],
  }
}

/** The bytes of a file with these tags. */
export function dicomBytes(tags: Readonly<Record<string, DicomTag>>): Buffer {
  const encoded = Object.keys(tags)
    .sort()
    .map(id => (tags[id] ? element(id, tags[id]) : Buffer.alloc(0)))
  return Buffer.concat([Buffer.alloc(128), Buffer.from('DICM'), ...encoded])
}

/** Compressed pixels: an empty offset table, the fragments, and the delimiter. */
export function fragments(...parts: readonly Uint8Array[]): Uint8Array {
  const item = (bytes: Uint8Array): Buffer => {
    const head = Buffer.from([0xfe, 0xff, 0x00, 0xe0, 0, 0, 0, 0])
    head.writeUInt32LE(bytes.length, 4)
    return Buffer.concat([head, bytes])
  }
  return Buffer.concat([item(new Uint8Array(0)), ...parts.map(item), Buffer.from([0xfe, 0xff, 0xdd, 0xe0, 0, 0, 0, 0])])
}

function element(id: string, [vr, value]: NonNullable<DicomTag>): Buffer {
  const bytes = even(valueBytes(vr, value))
  const tag = Buffer.alloc(4)
  tag.writeUInt16LE(parseInt(id.slice(0, 4), 16), 0)
  tag.writeUInt16LE(parseInt(id.slice(4), 16), 2)
  const long = vr === 'OW' || vr === 'OB'
  const length = Buffer.alloc(long ? 6 : 2)
  if (long) length.writeUInt32LE(vr === 'OB' ? 0xffffffff : bytes.length, 2)
  else length.writeUInt16LE(bytes.length, 0)
  return Buffer.concat([tag, Buffer.from(vr, 'latin1'), length, bytes])
}

function valueBytes(vr: string, value: NonNullable<DicomTag>[1]): Buffer {
  if (typeof value === 'string') return Buffer.from(value, 'latin1')
  if (value instanceof Uint8Array) return Buffer.from(value)
  const numbers = typeof value === 'number' ? [value] : value
  const bytes = Buffer.alloc(2 * numbers.length)
  numbers.forEach((number, i) => (vr === 'SS' ? bytes.writeInt16LE(number, 2 * i) : bytes.writeUInt16LE(number, 2 * i)))
  return bytes
}

/** Values have an even length. */
function even(bytes: Buffer): Buffer {
  return bytes.length % 2 === 0 ? bytes : Buffer.concat([bytes, Buffer.from([0x20])])
}

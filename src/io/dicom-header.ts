// What a DICOM file says of its slice, and whether it is an axial CT slice at all
// (DICOM PS3.3, CT Image IOD). Parsing is daikon's. Traps: daikon keeps a truncated
// file's tags without a word, and answers from inside sequences (icons carry their
// own Rows); so only top-level tags are read and every length is checked.

import type { Image } from 'daikon'
import { UserError } from '../ct/user-error.ts'

export interface DicomHeader {
  readonly rows: number
  readonly columns: number
  /** Distance of neighbouring pixel centres, mm; pixels are square. */
  readonly pixelMm: number
  /** As the file has it; empty when it has none. */
  readonly patientId: string
  readonly seriesUid: string
  readonly instanceNumber: number | null
  /** Position of the slice along its own normal, mm: what orders a series. */
  readonly positionMm: number | null
  readonly kvp: number | null
  /** Reconstruction kernel, such as "B30f". */
  readonly kernel: string | null
  readonly modality: string
  readonly imageType: readonly string[]
  readonly windowCenter: number | null
  readonly windowWidth: number | null
  readonly transferSyntax: string
  /** The collection's name, as The Cancer Imaging Archive writes it into (0013,1010). */
  readonly collection: string | null
}

/** How stored values become CT numbers. */
export interface PixelEncoding {
  readonly bitsAllocated: number
  readonly bitsStored: number
  readonly highBit: number
  readonly signed: boolean
  readonly slope: number
  readonly intercept: number
  /** Stored values from first to second are padding; null without. */
  readonly padding: readonly [number, number] | null
  /** True when pixels lie in fragments (compressed), false when they are plain. */
  readonly encapsulated: boolean
}

export interface ParsedDicom {
  readonly header: DicomHeader
  readonly encoding: PixelEncoding
  readonly image: Image
}

const plainSyntaxes = ['1.2.840.10008.1.2', '1.2.840.10008.1.2.1', '1.2.840.10008.1.2.2', '1.2.840.10008.1.2.1.99']
const encapsulatedSyntaxes = [
  '1.2.840.10008.1.2.5', // RLE
  ...[50, 51, 57, 70, 80, 81, 90, 91].map(code => `1.2.840.10008.1.2.4.${code}`), // JPEG, JPEG-LS, JPEG 2000
]
const ctImageStorage = '1.2.840.10008.5.1.4.1.1.2'
/** |z| of the normal of a slice that counts as axial: up to 37° of gantry tilt. */
const leastAxialCosine = 0.8

/** True when the bytes begin as a DICOM file does. */
export function isDicom(bytes: Uint8Array): boolean {
  return bytes.length > 132 && bytes[128] === 68 && bytes[129] === 73 && bytes[130] === 67 && bytes[131] === 77
}

/**
 * Parses and checks the tags; pixels stay as they are stored. `bytes` may end
 * inside the pixel data, not before.
 * @throws UserError with the reason when the file is not a single axial CT slice.
 */
export async function parseDicomHeader(bytes: Uint8Array, path: string): Promise<ParsedDicom> {
  const refuse = (reason: string): UserError => new UserError(`${path} ${reason}.`)
  if (!isDicom(bytes)) throw refuse('is not a DICOM file: no DICM after 128 bytes')
  const { default: daikon } = await import('daikon') // on first use: it takes a quarter of a second to load
  const parser = new daikon.Parser()
  const image = parser.parse(new DataView(exactBuffer(bytes)))
  if (parser.error || !image) throw refuse(`is not readable DICOM, probably truncated (${parser.error?.message ?? 'no tags'})`)
  const { strings, text, number, numbers, requireNumber } = tagReaders(image, refuse)

  const transferSyntax = text('00020010') ?? ''
  const encapsulated = encapsulatedSyntaxes.includes(transferSyntax)
  if (!encapsulated && !plainSyntaxes.includes(transferSyntax))
    throw refuse(`has the transfer syntax ${transferSyntax || '(none)'}, which is not known here. Convert it to explicit little endian`)
  const modality = text('00080060') ?? ''
  if (modality !== 'CT') throw refuse(`is of modality ${modality || '(none)'}, expected CT`)
  const sopClass = text('00080016')
  if (sopClass !== null && sopClass !== ctImageStorage) throw refuse(`is no CT image (SOP class ${sopClass})`)
  const frames = number('00280008') ?? 1
  if (frames !== 1) throw refuse(`has ${frames} frames, expected one slice a file`)
  const samples = number('00280002') ?? 1
  const photometric = text('00280004') ?? 'MONOCHROME2'
  if (samples !== 1 || !photometric.startsWith('MONOCHROME')) throw refuse(`is a colour image (${photometric}), expected CT numbers`)
  const imageType = strings('00080008')
  if (imageType.some(part => part.toUpperCase().includes('LOCALIZER'))) throw refuse('is a localizer, expected an axial slice')
  const normal = sliceNormal(numbers('00200037'), imageType, refuse)

  const rows = requireNumber('00280010', 'rows')
  const columns = requireNumber('00280011', 'columns')
  const spacing = numbers('00280030')
  if (spacing.length !== 2 || !spacing.every(value => value > 0)) throw refuse('has no pixel spacing')
  if (Math.abs(spacing[0]! - spacing[1]!) > 1e-3 * spacing[0]!) throw refuse(`has pixels of ${spacing.join(' × ')} mm, expected squares`)
  const rescaleType = text('00281054') ?? 'HU'
  if (!['HU', 'US', ''].includes(rescaleType)) throw refuse(`has values in ${rescaleType}, expected HU`)
  const bitsAllocated = requireNumber('00280100', 'bits allocated')
  const bitsStored = number('00280101') ?? bitsAllocated
  const highBit = number('00280102') ?? bitsStored - 1
  if (![8, 16, 32].includes(bitsAllocated) || bitsStored < 1 || bitsStored > highBit + 1 || highBit >= bitsAllocated)
    throw refuse(`stores ${bitsStored} bits up to bit ${highBit} in ${bitsAllocated}, expected 8, 16 or 32 with the stored bits inside`)
  if (!image.tags['7FE00010']) throw refuse(`has no pixel data${endsBeforeItsLastTag(image, bytes) ? ': the file is truncated' : ''}`)

  const signed = number('00280103') === 1
  const position = numbers('00200032')
  return {
    image,
    header: {
      rows,
      columns,
      pixelMm: spacing[0]!,
      patientId: text('00100020') ?? '',
      seriesUid: text('0020000E') ?? '',
      instanceNumber: number('00200013'),
      positionMm: position.length === 3 ? position.reduce((sum, value, axis) => sum + value * normal[axis]!, 0) : number('00201041'),
      kvp: number('00180060'),
      kernel: text('00181210'),
      modality,
      imageType,
      windowCenter: number('00281050'),
      windowWidth: number('00281051'),
      transferSyntax,
      collection: collectionName(image, bytes),
    },
    encoding: {
      bitsAllocated,
      bitsStored,
      highBit,
      signed,
      slope: requireNumber('00281053', 'rescale slope'),
      intercept: requireNumber('00281052', 'rescale intercept'),
      padding: paddingRange(number('00280120'), number('00280121'), signed, bitsStored),
      encapsulated,
    },
  }
}

/** Readers of top-level tags by id (group and element, hex). */
function tagReaders(image: Image, refuse: (reason: string) => UserError) {
  const values = (id: string): readonly unknown[] => {
    const tag = image.tags[id]
    return tag && !tag.sublist && Array.isArray(tag.value) ? (tag.value as readonly unknown[]) : []
  }
  const strings = (id: string): string[] => values(id).filter(value => typeof value === 'string')
  const numbers = (id: string): number[] => values(id).filter(value => typeof value === 'number' && Number.isFinite(value)) as number[]
  const text = (id: string): string | null => strings(id)[0]?.replaceAll('\u0000', '').trim() ?? null
  const number = (id: string): number | null => numbers(id)[0] ?? null
  const requireNumber = (id: string, name: string): number => {
    const found = number(id)
    if (found === null) throw refuse(`has no ${name} (${id.slice(0, 4)},${id.slice(4)})`)
    return found
  }
  return { strings, text, number, numbers, requireNumber }
}

/** Unit normal of the slice. Refuses what is not axial; a file that only calls itself AXIAL is believed. */
function sliceNormal(
  cosines: readonly number[],
  imageType: readonly string[],
  refuse: (reason: string) => UserError,
): readonly [number, number, number] {
  if (cosines.length !== 6) {
    if (imageType.includes('AXIAL')) return [0, 0, 1]
    throw refuse('does not say how its slice lies (no image orientation), expected an axial slice')
  }
  const [ax, ay, az, bx, by, bz] = cosines as [number, number, number, number, number, number]
  const normal = [ay * bz - az * by, az * bx - ax * bz, ax * by - ay * bx] as const
  if (!(Math.abs(normal[2]) >= leastAxialCosine)) throw refuse('is not an axial slice: its normal leaves the patient axis by more than 37°')
  return normal
}

/** The stored values that mean "outside the scan". Written as US in signed files they wrap, so they are read back as signed. */
function paddingRange(value: number | null, limit: number | null, signed: boolean, bitsStored: number): [number, number] | null {
  if (value === null) return null
  const stored = (padding: number): number => (signed && padding >= 2 ** (Math.max(bitsStored, 16) - 1) ? padding - 2 ** 16 : padding)
  const ends = [stored(value), stored(limit ?? value)]
  return [Math.min(...ends), Math.max(...ends)]
}

/** daikon takes private tags of implicit files for sequences; their text is read from the bytes. */
function collectionName(image: Image, bytes: Uint8Array): string | null {
  const tag = image.tags['00131010']
  if (!tag) return null
  const name = Buffer.from(bytes.subarray(tag.offsetValue, Math.min(tag.offsetEnd, tag.offsetValue + 64)))
    .toString('latin1')
    .replaceAll('\u0000', '')
    .trim()
  return /^[\w .&-]+$/.test(name) ? name : null
}

function endsBeforeItsLastTag(image: Image, bytes: Uint8Array): boolean {
  return Object.values(image.tags).some(tag => tag.offsetEnd > bytes.length)
}

/** daikon slices the buffer from 0, so the bytes must be all of it. */
function exactBuffer(bytes: Uint8Array): ArrayBuffer {
  if (bytes.byteOffset === 0 && bytes.byteLength === bytes.buffer.byteLength && bytes.buffer instanceof ArrayBuffer) return bytes.buffer
  return new Uint8Array(bytes).buffer
}

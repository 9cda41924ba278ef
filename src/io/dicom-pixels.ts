// Stored DICOM values → CT numbers: byte counts checked, overlay bits masked, sign
// extended, rescaled, padding turned into air (DICOM PS3.3 C.7.5.1.1.2 and C.8.2.1).
// Trap: scanners pad with −2000, −2048 or −3024 HU and do not always declare it.

import type { Image } from 'daikon'
import { UserError } from '../ct/user-error.ts'
import type { DicomHeader, ParsedDicom, PixelEncoding } from './dicom-header.ts'

const airHu = -1000
/** CT numbers at or below this are padding, declared or not, HU. */
const paddingHu = -2000

/** Row-major [row][column], float32, HU. @throws UserError when pixels are missing, truncated or not decompressible. */
export function decodeHu({ header, encoding, image }: ParsedDicom, path: string): Float32Array {
  const stored = image.tags['7FE00010']!.value
  if (!(stored instanceof DataView)) throw new UserError(`${path} has no pixel data.`)
  if (encoding.encapsulated) requireWholeFragments(stored, path)
  const expected = header.rows * header.columns * (encoding.bitsAllocated / 8)
  const bytes = encoding.encapsulated ? decompress(image, path) : stored
  if (bytes.byteLength < expected)
    throw new UserError(`${path} is truncated: expected ${expected} bytes of pixels, got ${bytes.byteLength}.`)
  if (bytes.byteLength > expected + 1)
    throw new UserError(`${path} holds ${bytes.byteLength} bytes of pixels, its ${header.rows} × ${header.columns} pixels need ${expected}.`)
  return rescale(bytes, header, encoding, image.littleEndian)
}

/** Compressed pixels are a list of items that ends with a delimiter; a truncated file ends earlier. */
function requireWholeFragments(pixels: DataView, path: string): void {
  let offset = 0
  while (offset + 8 <= pixels.byteLength) {
    const tag = (pixels.getUint16(offset, true) << 16) | pixels.getUint16(offset + 2, true)
    if (tag === (0xfffee0dd | 0)) return
    if (tag !== (0xfffee000 | 0)) throw new UserError(`${path} has compressed pixels that are not a list of fragments.`)
    offset += 8 + pixels.getUint32(offset + 4, true)
  }
  throw new UserError(`${path} is truncated: expected at least ${offset + 8} bytes of compressed pixels, got ${pixels.byteLength}.`)
}

/** daikon's decoders print what troubles them; that becomes the error's reason instead. */
function decompress(image: Image, path: string): DataView {
  const said: string[] = []
  const listen = (...parts: unknown[]): void => void said.push(parts.map(String).join(' '))
  const voices = globalThis.console
  globalThis.console = { ...voices, log: listen, warn: listen, error: listen }
  try {
    const pixels = image.getRawData()
    if (said.some(line => line.startsWith('RLE:'))) throw new Error(said[0])
    return new DataView(pixels)
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause)
    throw new UserError(`${path} has compressed pixels that cannot be decompressed (${reason || said[0] || 'no reason given'}).`)
  } finally {
    globalThis.console = voices
  }
}

function rescale(bytes: DataView, header: DicomHeader, encoding: PixelEncoding, littleEndian: boolean): Float32Array {
  const { bitsAllocated, bitsStored, highBit, signed, slope, intercept, padding } = encoding
  const [low, high] = padding ?? [Infinity, -Infinity]
  const left = 31 - highBit
  const right = 32 - bitsStored
  const hu = new Float32Array(header.rows * header.columns)
  for (let i = 0; i < hu.length; i++) {
    const word =
      bitsAllocated === 16 ? bytes.getUint16(2 * i, littleEndian) : bitsAllocated === 8 ? bytes.getUint8(i) : bytes.getUint32(4 * i, littleEndian)
    // Shifting the stored bits to the top and back drops overlay bits and extends the sign.
    const value = signed ? (word << left) >> right : (word << left) >>> right
    const ct = value * slope + intercept
    hu[i] = (value >= low && value <= high) || ct <= paddingHu ? airHu : ct
  }
  return hu
}

// A real image convolved with a kernel that is even about the origin, by transforms of
// the zero-padded image: rows, then columns times a real response, then rows again.
// Eight image rows are one pass: four as real and four as imaginary parts of the four
// lanes (assembly/fft.ts). Column transforms need the two apart, and only half the
// frequencies of each: X(f) = (Z(f) + Z̄(−f))/2 and Y(f) = (Z(f) − Z̄(−f))/2i. The halves
// are in the response. Between the passes the spectrum lies as
// [group of four frequencies][row][4 real, 4 imaginary]: a group is what a column pass takes.
// `positions`: for each frequency of a group, byte offsets of f and of −f in the order
// that the transform leaves; frequencies beyond length/2 have a sample of zeros at the end.

import { inverse, transform } from './fft'

/** The rows of an image, times `weights`, transformed; a tile is eight rows. */
export function spectrumOfRows(
  tile: i32, thread: i32, scratch: usize, scratchBytes: usize, image: usize, weights: usize, rows: i32, columns: i32,
  length: i32, twiddles: usize, positions: usize, spectrum: usize, groupBytes: usize,
): void {
  const data = scratch + <usize>thread * scratchBytes
  const firstRow = tile << 3
  const count = min(8, rows - firstRow)
  memory.fill(data, 0, (<usize>length + 1) << 5)
  for (let i = 0; i < count; i++) {
    const start = <usize>((firstRow + i) * columns) << 2
    let to = data + (<usize>i << 2)
    for (let at: usize = start; at < start + (<usize>columns << 2); at += 4, to += 32)
      store<f32>(to, load<f32>(image + at) * load<f32>(weights + at))
  }
  transform(data, length, twiddles)
  let to = spectrum + (<usize>firstRow << 5)
  const end = positions + ((<usize>(length >> 3) + 1) << 5)
  for (let group = positions; group < end; group += 32, to += groupBytes) {
    const f0 = data + load<u32>(group)
    const m0 = data + load<u32>(group, 4)
    const f1 = data + load<u32>(group, 8)
    const m1 = data + load<u32>(group, 12)
    const f2 = data + load<u32>(group, 16)
    const m2 = data + load<u32>(group, 20)
    const f3 = data + load<u32>(group, 24)
    const m3 = data + load<u32>(group, 28)
    putTransposed(to, sum(f0, m0, 0), sum(f1, m1, 0), sum(f2, m2, 0), sum(f3, m3, 0))
    putTransposed(to + 16, difference(f0, m0, 16), difference(f1, m1, 16), difference(f2, m2, 16), difference(f3, m3, 16))
    putTransposed(to + 128, sum(f0, m0, 16), sum(f1, m1, 16), sum(f2, m2, 16), sum(f3, m3, 16))
    putTransposed(to + 144, difference(m0, f0, 0), difference(m1, f1, 0), difference(m2, f2, 0), difference(m3, f3, 0))
  }
}

/** Every column of a group of four frequencies: transformed, times the response, transformed back; a tile is a group. */
export function convolveColumns(
  tile: i32, thread: i32, scratch: usize, scratchBytes: usize, spectrum: usize, groupBytes: usize, rows: i32,
  length: i32, twiddles: usize, twiddlesEnd: usize, response: usize,
): void {
  const data = scratch + <usize>thread * scratchBytes
  const block = spectrum + <usize>tile * groupBytes
  const bytes = <usize>rows << 5
  memory.copy(data, block, bytes)
  memory.fill(data + bytes, 0, (<usize>length << 5) - bytes)
  transform(data, length, twiddles)
  let factor = response + ((<usize>tile * <usize>length) << 4)
  for (let at = data; at < data + (<usize>length << 5); at += 32, factor += 16) {
    const times = v128.load(factor)
    v128.store(at, f32x4.mul(v128.load(at), times))
    v128.store(at, f32x4.mul(v128.load(at, 16), times), 16)
  }
  inverse(data, length, twiddlesEnd)
  memory.copy(block, data, bytes)
}

/** The way back of `spectrumOfRows`, times `weights` again. */
export function rowsOfSpectrum(
  tile: i32, thread: i32, scratch: usize, scratchBytes: usize, image: usize, weights: usize, rows: i32, columns: i32,
  length: i32, twiddlesEnd: usize, positions: usize, spectrum: usize, groupBytes: usize,
): void {
  const data = scratch + <usize>thread * scratchBytes
  const firstRow = tile << 3
  const count = min(8, rows - firstRow)
  let from = spectrum + (<usize>firstRow << 5)
  const end = positions + ((<usize>(length >> 3) + 1) << 5)
  for (let group = positions; group < end; group += 32, from += groupBytes) {
    // Four frequencies at a time, one per row of the transposed block.
    const xre = from
    const xim = from + 16
    const yre = from + 128
    const yim = from + 144
    const realA = lanes01(xre)
    const realB = lanes01(xre + 64)
    const realC = lanes23(xre)
    const realD = lanes23(xre + 64)
    const imagA = lanes01(xim)
    const imagB = lanes01(xim + 64)
    const imagC = lanes23(xim)
    const imagD = lanes23(xim + 64)
    const alsoRealA = lanes01(yre)
    const alsoRealB = lanes01(yre + 64)
    const alsoRealC = lanes23(yre)
    const alsoRealD = lanes23(yre + 64)
    const alsoImagA = lanes01(yim)
    const alsoImagB = lanes01(yim + 64)
    const alsoImagC = lanes23(yim)
    const alsoImagD = lanes23(yim + 64)
    putBoth(data, group, firsts(realA, realB), firsts(imagA, imagB), firsts(alsoRealA, alsoRealB), firsts(alsoImagA, alsoImagB))
    putBoth(data, group + 8, seconds(realA, realB), seconds(imagA, imagB), seconds(alsoRealA, alsoRealB), seconds(alsoImagA, alsoImagB))
    putBoth(data, group + 16, firsts(realC, realD), firsts(imagC, imagD), firsts(alsoRealC, alsoRealD), firsts(alsoImagC, alsoImagD))
    putBoth(data, group + 24, seconds(realC, realD), seconds(imagC, imagD), seconds(alsoRealC, alsoRealD), seconds(alsoImagC, alsoImagD))
  }
  inverse(data, length, twiddlesEnd)
  for (let i = 0; i < count; i++) {
    const start = <usize>((firstRow + i) * columns) << 2
    let at = data + (<usize>i << 2)
    for (let to: usize = start; to < start + (<usize>columns << 2); to += 4, at += 32)
      store<f32>(image + to, load<f32>(at) * load<f32>(weights + to))
  }
}

/** Z(f) = X + iY and Z(−f) = X̄ + iȲ to their places. */
// @ts-ignore: decorator
@inline
function putBoth(data: usize, places: usize, xre: v128, xim: v128, yre: v128, yim: v128): void {
  const at = data + load<u32>(places)
  const mirrored = data + load<u32>(places, 4)
  v128.store(mirrored, f32x4.add(xre, yim))
  v128.store(mirrored, f32x4.sub(yre, xim), 16)
  v128.store(at, f32x4.sub(xre, yim))
  v128.store(at, f32x4.add(xim, yre), 16)
}

// @ts-ignore: decorator
@inline
function sum(a: usize, b: usize, part: usize): v128 {
  return f32x4.add(v128.load(a + part), v128.load(b + part))
}
// @ts-ignore: decorator
@inline
function difference(a: usize, b: usize, part: usize): v128 {
  return f32x4.sub(v128.load(a + part), v128.load(b + part))
}

/** Four vectors as the columns of a 4 × 4 block whose rows lie 32 bytes apart. */
// @ts-ignore: decorator
@inline
function putTransposed(at: usize, a: v128, b: v128, c: v128, d: v128): void {
  const ab = v128.shuffle<f32>(a, b, 0, 4, 1, 5)
  const cd = v128.shuffle<f32>(c, d, 0, 4, 1, 5)
  const abHigh = v128.shuffle<f32>(a, b, 2, 6, 3, 7)
  const cdHigh = v128.shuffle<f32>(c, d, 2, 6, 3, 7)
  v128.store(at, firsts(ab, cd))
  v128.store(at, seconds(ab, cd), 32)
  v128.store(at, firsts(abHigh, cdHigh), 64)
  v128.store(at, seconds(abHigh, cdHigh), 96)
}

/** Lanes 0 and 1 of two rows 32 bytes apart: a0 b0 a1 b1. */
// @ts-ignore: decorator
@inline
function lanes01(at: usize): v128 {
  return v128.shuffle<f32>(v128.load(at), v128.load(at, 32), 0, 4, 1, 5)
}
// @ts-ignore: decorator
@inline
function lanes23(at: usize): v128 {
  return v128.shuffle<f32>(v128.load(at), v128.load(at, 32), 2, 6, 3, 7)
}
// @ts-ignore: decorator
@inline
function firsts(a: v128, b: v128): v128 {
  return v128.shuffle<f32>(a, b, 0, 1, 4, 5)
}
// @ts-ignore: decorator
@inline
function seconds(a: v128, b: v128): v128 {
  return v128.shuffle<f32>(a, b, 2, 3, 6, 7)
}

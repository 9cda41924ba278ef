// The ramp filter: eight rows at a time, four as real and four as imaginary parts of
// four complex rows, one per lane; a real even response keeps them apart. Radix 4
// (and one radix 2), in place: decimation in frequency on the way there, in time on
// the way back, so nothing is ever reordered; the response comes in the permuted order.
// A complex sample is 32 bytes: four real parts, four imaginary parts.

// @ts-ignore: decorator
@inline
function re(at: usize): v128 {
  return v128.load(at)
}
// @ts-ignore: decorator
@inline
function im(at: usize): v128 {
  return v128.load(at, 16)
}
// @ts-ignore: decorator
@inline
function put(at: usize, real: v128, imaginary: v128): void {
  v128.store(at, real)
  v128.store(at, imaginary, 16)
}

/** (real, imaginary)·(c + i·s) to `at`; `direction` +1 takes the twiddle as it is, −1 its conjugate. */
// @ts-ignore: decorator
@inline
function putTimes(at: usize, real: v128, imaginary: v128, twiddle: usize): void {
  const c = v128.load32_splat(twiddle)
  const s = v128.load32_splat(twiddle, 4)
  v128.store(at, f32x4.sub(f32x4.mul(real, c), f32x4.mul(imaginary, s)))
  v128.store(at, f32x4.add(f32x4.mul(real, s), f32x4.mul(imaginary, c)), 16)
}

/**
 * Forward transform of `length` samples, e^{−i…}. Twiddles: for each stage of size n,
 * from `length` down to 4, n/4 times { W, W², W³ } with W = e^{−2πik/n}, 24 bytes each.
 */
export function transform(data: usize, length: i32, twiddles: usize): void {
  const end = data + (<usize>length << 5)
  let n = length
  for (; n >= 4; n >>= 2) {
    const quarter = <usize>(n >> 2) << 5
    for (let block = data; block < end; block += quarter << 2) {
      let twiddle = twiddles
      for (let at = block; at < block + quarter; at += 32, twiddle += 24) {
        const at1 = at + quarter
        const at2 = at1 + quarter
        const at3 = at2 + quarter
        const sum02re = f32x4.add(re(at), re(at2))
        const sum02im = f32x4.add(im(at), im(at2))
        const dif02re = f32x4.sub(re(at), re(at2))
        const dif02im = f32x4.sub(im(at), im(at2))
        const sum13re = f32x4.add(re(at1), re(at3))
        const sum13im = f32x4.add(im(at1), im(at3))
        const dif13re = f32x4.sub(re(at1), re(at3))
        const dif13im = f32x4.sub(im(at1), im(at3))
        put(at, f32x4.add(sum02re, sum13re), f32x4.add(sum02im, sum13im))
        putTimes(at1, f32x4.add(dif02re, dif13im), f32x4.sub(dif02im, dif13re), twiddle)
        putTimes(at2, f32x4.sub(sum02re, sum13re), f32x4.sub(sum02im, sum13im), twiddle + 8)
        putTimes(at3, f32x4.sub(dif02re, dif13im), f32x4.add(dif02im, dif13re), twiddle + 16)
      }
    }
    twiddles += <usize>(n >> 2) * 24
  }
  if (n == 2) pairs(data, end)
}

/** The inverse of `transform`, without 1/length; `twiddlesEnd` is where its twiddles end. */
export function inverse(data: usize, length: i32, twiddlesEnd: usize): void {
  const end = data + (<usize>length << 5)
  let n = 4
  if (ctz(length) & 1) {
    pairs(data, end)
    n = 8
  }
  for (; n <= length; n <<= 2) {
    const quarter = <usize>(n >> 2) << 5
    const twiddles = twiddlesEnd - <usize>(n >> 2) * 24
    for (let block = data; block < end; block += quarter << 2) {
      let twiddle = twiddles
      for (let at = block; at < block + quarter; at += 32, twiddle += 24) {
        const at1 = at + quarter
        const at2 = at1 + quarter
        const at3 = at2 + quarter
        putConjugate(at1, twiddle)
        putConjugate(at2, twiddle + 8)
        putConjugate(at3, twiddle + 16)
        const sum02re = f32x4.add(re(at), re(at2))
        const sum02im = f32x4.add(im(at), im(at2))
        const dif02re = f32x4.sub(re(at), re(at2))
        const dif02im = f32x4.sub(im(at), im(at2))
        const sum13re = f32x4.add(re(at1), re(at3))
        const sum13im = f32x4.add(im(at1), im(at3))
        const dif13re = f32x4.sub(re(at1), re(at3))
        const dif13im = f32x4.sub(im(at1), im(at3))
        put(at, f32x4.add(sum02re, sum13re), f32x4.add(sum02im, sum13im))
        put(at1, f32x4.sub(dif02re, dif13im), f32x4.add(dif02im, dif13re))
        put(at2, f32x4.sub(sum02re, sum13re), f32x4.sub(sum02im, sum13im))
        put(at3, f32x4.add(dif02re, dif13im), f32x4.sub(dif02im, dif13re))
      }
    }
    twiddlesEnd = twiddles
  }
}

/** Times the conjugate twiddle, in place. */
// @ts-ignore: decorator
@inline
function putConjugate(at: usize, twiddle: usize): void {
  const c = v128.load32_splat(twiddle)
  const s = v128.load32_splat(twiddle, 4)
  const real = re(at)
  const imaginary = im(at)
  put(at, f32x4.add(f32x4.mul(real, c), f32x4.mul(imaginary, s)), f32x4.sub(f32x4.mul(imaginary, c), f32x4.mul(real, s)))
}

/** The radix-2 stage of neighbours, its own inverse but for a factor. */
// @ts-ignore: decorator
@inline
function pairs(data: usize, end: usize): void {
  for (let at = data; at < end; at += 64) {
    const real = re(at)
    const imaginary = im(at)
    const nextRe = re(at + 32)
    const nextIm = im(at + 32)
    put(at, f32x4.add(real, nextRe), f32x4.add(imaginary, nextIm))
    put(at + 32, f32x4.sub(real, nextRe), f32x4.sub(imaginary, nextIm))
  }
}

/**
 * Eight rows: times perBin (and perRay, unless 0), transformed, times the response
 * (which includes 1/length), transformed back. Input and output may be one array.
 */
export function filterRows(
  tile: i32, thread: i32, scratch: usize, input: usize, output: usize, rows: i32, bins: i32, views: i32,
  perBin: usize, perRay: usize, response: usize, length: i32, twiddles: usize, twiddlesEnd: usize,
): void {
  const data = scratch + ((<usize>thread * <usize>length) << 5)
  const firstRow = tile << 3
  const count = min(8, rows - firstRow)
  memory.fill(data, 0, <usize>length << 5)
  for (let i = 0; i < count; i++) {
    const row = firstRow + i
    let to = data + (<usize>i << 2)
    let from = input + (<usize>(row * bins) << 2)
    let ray = perRay + (<usize>((row % views) * bins) << 2)
    for (let bin = 0; bin < bins; bin++) {
      let value = load<f32>(from) * load<f32>(perBin + (<usize>bin << 2))
      if (perRay) value *= load<f32>(ray)
      store<f32>(to, value)
      to += 32
      from += 4
      ray += 4
    }
  }
  transform(data, length, twiddles)
  for (let k = 0; k < length; k++) {
    const at = data + (<usize>k << 5)
    const factor = v128.load32_splat(response + (<usize>k << 2))
    put(at, f32x4.mul(re(at), factor), f32x4.mul(im(at), factor))
  }
  inverse(data, length, twiddlesEnd)
  for (let i = 0; i < count; i++) {
    let from = data + (<usize>i << 2)
    let to = output + (<usize>((firstRow + i) * bins) << 2)
    for (let bin = 0; bin < bins; bin++) {
      store<f32>(to, load<f32>(from))
      from += 32
      to += 4
    }
  }
}

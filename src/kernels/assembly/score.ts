// Scoring: the loops of src/metrics (compare.ts, ssim.ts) with the same arithmetic in the
// same order, so that both give the same bits, two neighbours at a time.

/** Of the four maps: truth, image, truth² + image², truth · image. */
const maps = 4

/**
 * Adds up the similarity of every pixel whose window lies in rows × columns pixels and `pad` zeros around them.
 * `truth`, `image`: float64. `weights`: one per tap, float64, symmetric; 7 equal ones, or 11. `region`: a byte a pixel, 1 where it
 * counts; 0 for all. `constants`: C1 and C2 of each range; `totals`: a sum per range, zero at first. `scratch`: ssimScratchBytes.
 * @returns how many pixels were counted.
 */
export function similarity(
  truth: usize, image: usize, rows: i32, columns: i32, weights: usize, taps: i32, pad: i32, norm: f64, region: usize,
  constants: usize, ranges: i32, totals: usize, scratch: usize,
): i32 {
  const half = (taps - 1) >> 1
  const margin = half - pad
  const outColumns = columns - 2 * margin
  const mapBytes = ((outColumns + 1) & ~1) << 3 // of an odd number, the last pair's second value means nothing
  const slotBytes = maps * mapBytes
  const lineBytes = (columns + 2 * pad) << 3
  const ring: usize = scratch + maps * lineBytes
  const sums: usize = ring + taps * slotBytes
  memory.fill(scratch, 0, maps * lineBytes) // the padding stays zero
  let count = 0
  for (let row = -pad; row < rows + pad; row++) {
    const newest = (row + pad) % taps
    const slot: usize = ring + newest * slotBytes
    if (row < 0 || row >= rows) memory.fill(slot, 0, slotBytes)
    else {
      const from = (row * columns) << 3
      loadRow(truth + from, image + from, columns, scratch + (pad << 3), lineBytes)
      for (let map = 0; map < maps; map++) weigh(scratch + map * lineBytes, 8, taps, 0, weights, mapBytes, slot + map * mapBytes)
    }
    const centre = row - half
    if (centre < margin) continue
    weigh(ring, slotBytes, taps, newest + 1, weights, slotBytes, sums)
    const pixel: usize = region == 0 ? 0 : region + centre * columns + margin
    for (let r = 0; r < ranges; r++) {
      const c: usize = constants + (r << 4)
      const counted = addRow(sums, mapBytes, outColumns, norm, pixel, load<f64>(c), load<f64>(c, 8), totals + (r << 3))
      if (r == 0) count += counted
    }
  }
  return count
}

export function ssimScratchBytes(columns: i32, taps: i32): i32 {
  return 8 * maps * (columns + taps) * (taps + 2)
}

/** One row of truth, image, truth² + image² and truth · image, `lineBytes` apart. */
function loadRow(truth: usize, image: usize, columns: i32, to: usize, lineBytes: i32): void {
  for (let end = truth + (columns << 3); truth < end; truth += 8, image += 8, to += 8) {
    const x = load<f64>(truth)
    const y = load<f64>(image)
    store<f64>(to, x)
    store<f64>(to + lineBytes, y)
    store<f64>(to + 2 * lineBytes, x * x + y * y)
    store<f64>(to + 3 * lineBytes, x * y)
  }
}

/** out[i] = Σ weights[k] · values of tap k[i], for `bytes` bytes, a multiple of 16. Taps stand `step` bytes apart; tap 0 is the `first` of them, and after the last comes the first again. */
function weigh(from: usize, step: i32, taps: i32, first: i32, weights: usize, bytes: i32, out: usize): void {
  const t0 = tap(from, step, taps, first)
  const t1 = tap(from, step, taps, first + 1)
  const t2 = tap(from, step, taps, first + 2)
  const t3 = tap(from, step, taps, first + 3)
  const t4 = tap(from, step, taps, first + 4)
  const t5 = tap(from, step, taps, first + 5)
  const t6 = tap(from, step, taps, first + 6)
  const w0 = v128.load64_splat(weights)
  if (taps == 7) {
    for (let i = 0; i < bytes; i += 16) {
      const sum = f64x2.add(f64x2.add(f64x2.add(v128.load(t0 + i), v128.load(t1 + i)), v128.load(t2 + i)), v128.load(t3 + i))
      v128.store(out + i, f64x2.mul(w0, f64x2.add(f64x2.add(f64x2.add(sum, v128.load(t4 + i)), v128.load(t5 + i)), v128.load(t6 + i))))
    }
    return
  }
  const t7 = tap(from, step, taps, first + 7)
  const t8 = tap(from, step, taps, first + 8)
  const t9 = tap(from, step, taps, first + 9)
  const t10 = tap(from, step, taps, first + 10)
  const w1 = v128.load64_splat(weights, 8)
  const w2 = v128.load64_splat(weights, 16)
  const w3 = v128.load64_splat(weights, 24)
  const w4 = v128.load64_splat(weights, 32)
  const w5 = v128.load64_splat(weights, 40)
  for (let i = 0; i < bytes; i += 16) {
    let sum = f64x2.mul(w0, f64x2.add(v128.load(t0 + i), v128.load(t10 + i)))
    sum = f64x2.add(sum, f64x2.mul(w1, f64x2.add(v128.load(t1 + i), v128.load(t9 + i))))
    sum = f64x2.add(sum, f64x2.mul(w2, f64x2.add(v128.load(t2 + i), v128.load(t8 + i))))
    sum = f64x2.add(sum, f64x2.mul(w3, f64x2.add(v128.load(t3 + i), v128.load(t7 + i))))
    sum = f64x2.add(sum, f64x2.mul(w4, f64x2.add(v128.load(t4 + i), v128.load(t6 + i))))
    v128.store(out + i, f64x2.add(sum, f64x2.mul(w5, v128.load(t5 + i))))
  }
}

function tap(from: usize, step: i32, taps: i32, k: i32): usize {
  return from + (k < taps ? k : k - taps) * step
}

/** Adds a row's similarities to the sum at `total`, from left to right. @returns how many. */
function addRow(sums: usize, mapBytes: i32, columns: i32, norm: f64, region: usize, c1: f64, c2: f64, total: usize): i32 {
  const products = sums + 3 * mapBytes
  const squares = sums + 2 * mapBytes
  const images = sums + mapBytes
  let sum: f64 = 0
  let count = 0
  for (let i = 0; i < mapBytes; i += 16) {
    const meanT = v128.load(sums + i)
    const meanI = v128.load(images + i)
    const meanProduct = f64x2.mul(meanT, meanI)
    const meanSquares = f64x2.add(f64x2.mul(meanT, meanT), f64x2.mul(meanI, meanI))
    const above = f64x2.mul(
      f64x2.add(f64x2.mul(f64x2.splat(2), meanProduct), f64x2.splat(c1)),
      f64x2.add(f64x2.mul(f64x2.splat(2 * norm), f64x2.sub(v128.load(products + i), meanProduct)), f64x2.splat(c2)),
    )
    const below = f64x2.mul(
      f64x2.add(meanSquares, f64x2.splat(c1)),
      f64x2.add(f64x2.mul(f64x2.splat(norm), f64x2.sub(v128.load(squares + i), meanSquares)), f64x2.splat(c2)),
    )
    const similarities = f64x2.div(above, below)
    const pixel = region + (i >> 3)
    if (region == 0 || load<u8>(pixel) != 0) {
      sum += f64x2.extract_lane(similarities, 0)
      count++
    }
    if (i + 8 < columns << 3 && (region == 0 || load<u8>(pixel, 1) != 0)) {
      sum += f64x2.extract_lane(similarities, 1)
      count++
    }
  }
  store<f64>(total, load<f64>(total) + sum)
  return count
}

/** CT numbers (float32, HU) to scored values (float64): clip(scale · HU + offset, low, high). An odd `count` reads and writes one more. */
export function valuesOfHu(hu: usize, values: usize, count: i32, scale: f64, offset: f64, low: f64, high: f64): void {
  for (let end = values + (count << 3); values < end; values += 16, hu += 8) {
    const mapped = f64x2.add(f64x2.mul(f64x2.splat(scale), f64x2.promote_low_f32x4(v128.load64_zero(hu))), f64x2.splat(offset))
    v128.store(values, f64x2.pmin(f64x2.pmax(mapped, f64x2.splat(low)), f64x2.splat(high)))
  }
}

/** As meanSquaredError of rmse.ts, of float64 values; `region`: a byte a pixel, 1 where it counts; 0 for all. */
export function meanSquaredError(truth: usize, image: usize, count: i32, region: usize): f64 {
  let sum: f64 = 0
  let counted: f64 = 0
  for (let i = 0; i < count; i++, truth += 8, image += 8) {
    if (region != 0 && load<u8>(region + i) == 0) continue
    const difference = load<f64>(image) - load<f64>(truth)
    sum += difference * difference
    counted++
  }
  return sum / counted
}

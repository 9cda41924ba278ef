// Non-local means over one image: what the loops of baselines/nlm.ts do, and every sum in
// the same order, so that both give the same bits. Of four rows the distances are summed
// side by side, since each sum waits for the one before; the pixels then take their
// weighted partners two at a time.

/** Rows whose distances are summed side by side. */
const together = 4

/** What addSimilarPixels wants as `work`. */
export function similarPixelsScratchBytes(columns: i32, patch: i32): i32 {
  return (2 * patch + 1 + 2 * together) * workRowBytes(columns, patch)
}

/** A padded row, of an even number of columns. */
function workRowBytes(columns: i32, patch: i32): i32 {
  return ((columns + 2 * patch + 1) & ~1) << 3
}

/**
 * Adds every pair of pixels that are at most `search` rows and columns apart. float64 arrays: `values` rows × columns;
 * `padded` the same with `patch` reflected pixels on every side, and four rows of anything below; `sums`, `weights` and `largest` rows × columns, zero at
 * first; `table` exp(−t) by steps of t, and a zero behind its `tableLength` entries; `work` similarPixelsScratchBytes.
 * `scale` turns the summed squared difference of two patches into an entry of the table.
 */
export function addSimilarPixels(
  values: usize, padded: usize, sums: usize, weights: usize, largest: usize, table: usize, tableLength: i32, work: usize,
  rows: i32, columns: i32, patch: i32, search: i32, scale: f64,
): void {
  const side = 2 * patch + 1
  const rowBytes = (columns + 2 * patch) << 3
  const workBytes = workRowBytes(columns, patch)
  const columnSums = work + side * workBytes
  const rowWeights = columnSums + together * workBytes
  for (let dy = 0; dy <= search; dy++)
    // Half of the shifts; the other half are the same pairs seen from the other end.
    for (let dx = dy == 0 ? 1 : -search; dx <= search; dx++) {
      const shift = (dy * columns + dx) << 3
      const paddedShift = dy * rowBytes + (dx << 3)
      const firstColumn = max(0, -dx)
      const count = columns - abs(dx)
      if (count <= 0) continue
      memory.fill(work, 0, (side + together) * workBytes)
      const first = padded + (firstColumn << 3)
      let entering = 0
      for (; entering < side - 1; entering++) enter(work, columnSums, first + entering * rowBytes, paddedShift, entering * workBytes, count + side - 1)
      for (let row = 0; row < rows - dy; row += together, entering += together) {
        enterFour(work, columnSums, first + entering * rowBytes, paddedShift, entering, side, rowBytes, workBytes, count + side - 1)
        weighFour(columnSums, count, side - 1, table, tableLength, scale, rowWeights, workBytes)
        const height = min(together, rows - dy - row)
        for (let k = 0; k < height; k++) {
          const i = ((row + k) * columns + firstColumn) << 3
          const j = i + shift
          const at = rowWeights + k * workBytes
          // A pixel is the later one of a pair before it is the earlier one of another.
          take(sums + j, weights + j, largest + j, at, values + i, count)
          take(sums + i, weights + i, largest + i, at, values + j, count)
        }
      }
    }
}

/** The first rows of the topmost patches enter: squared differences are kept, and added up by column where the fourth row's sums stand. */
function enter(kept: usize, columnSums: usize, row: usize, shift: i32, keptRow: i32, count: i32): void {
  for (let square = kept + keptRow, end = square + (count << 3); square < end; square += 8, row += 8, columnSums += 8 * together) {
    const difference = load<f64>(row) - load<f64>(row + shift)
    store<f64>(square, difference * difference)
    store<f64>(columnSums, load<f64>(columnSums, 24) + difference * difference, 24)
  }
}

/**
 * The patches' sums by column, each of the next four rows, side by side: of `count` columns, the squared differences of the row
 * that enters come in, and those kept from `side` rows ago go out. Beyond the image's last row the sums mean nothing.
 */
function enterFour(
  kept: usize, columnSums: usize, row: usize, shift: i32, entering: i32, side: i32, rowBytes: i32, keptBytes: i32, count: i32,
): void {
  const keptA = kept + (entering % side) * keptBytes
  const keptB = kept + ((entering + 1) % side) * keptBytes
  const keptC = kept + ((entering + 2) % side) * keptBytes
  const keptD = kept + ((entering + 3) % side) * keptBytes
  for (let at: usize = 0, end: usize = count << 3; at < end; at += 16, columnSums += 16 * together) {
    const before = v128.load64_lane(columnSums, v128.load64_zero(columnSums, 24), 1, 56)
    const a = f64x2.add(before, exchange(keptA + at, row + at, shift))
    const b = f64x2.add(a, exchange(keptB + at, row + at + rowBytes, shift))
    const c = f64x2.add(b, exchange(keptC + at, row + at + 2 * rowBytes, shift))
    const d = f64x2.add(c, exchange(keptD + at, row + at + 3 * rowBytes, shift))
    v128.store(columnSums, v128.shuffle<f64>(a, b, 0, 2))
    v128.store(columnSums, v128.shuffle<f64>(c, d, 0, 2), 16)
    v128.store(columnSums, v128.shuffle<f64>(a, b, 1, 3), 32)
    v128.store(columnSums, v128.shuffle<f64>(c, d, 1, 3), 48)
  }
}

/** Squared differences less those that were kept, which they replace. */
function exchange(kept: usize, row: usize, shift: i32): v128 {
  const difference = f64x2.sub(v128.load(row), v128.load(row + shift))
  const square = f64x2.mul(difference, difference)
  const change = f64x2.sub(square, v128.load(kept))
  v128.store(kept, square)
  return change
}

/** Weights of the pairs of four rows, from the sums of their columns; a patch has `ahead` more of them than one. */
function weighFour(columnSums: usize, count: i32, ahead: i32, table: usize, tableLength: i32, scale: f64, out: usize, rowBytes: i32): void {
  let ab = f64x2.splat(0)
  let cd = f64x2.splat(0)
  let entering = columnSums
  for (const end = columnSums + (ahead << 5); entering < end; entering += 32) {
    ab = f64x2.add(ab, v128.load(entering))
    cd = f64x2.add(cd, v128.load(entering, 16))
  }
  for (let end = out + (count << 3); out < end; out += 8, columnSums += 32, entering += 32) {
    ab = f64x2.add(ab, v128.load(entering))
    cd = f64x2.add(cd, v128.load(entering, 16))
    const entryAb = entries(f64x2.mul(ab, f64x2.splat(scale)), tableLength)
    const entryCd = entries(f64x2.mul(cd, f64x2.splat(scale)), tableLength)
    store<f64>(out, load<f64>(table + (<usize>i32x4.extract_lane(entryAb, 0) << 3)))
    store<f64>(out + rowBytes, load<f64>(table + (<usize>i32x4.extract_lane(entryAb, 2) << 3)))
    store<f64>(out + 2 * rowBytes, load<f64>(table + (<usize>i32x4.extract_lane(entryCd, 0) << 3)))
    store<f64>(out + 3 * rowBytes, load<f64>(table + (<usize>i32x4.extract_lane(entryCd, 2) << 3)))
    ab = f64x2.sub(ab, v128.load(columnSums))
    cd = f64x2.sub(cd, v128.load(columnSums, 16))
  }
}

/** Whole numbers in the lanes' low 32 bits. Beyond the table stands a zero; running sums may end a rounding below zero. */
function entries(scaled: v128, tableLength: i32): v128 {
  const within = f64x2.pmin(f64x2.pmax(scaled, f64x2.splat(0)), f64x2.splat(tableLength))
  return f64x2.add(f64x2.floor(within), f64x2.splat(4503599627370496)) // 2⁵²
}

/** Each of `count` pixels takes its partner's value, weighted. */
function take(sums: usize, weights: usize, largest: usize, weight: usize, values: usize, count: i32): void {
  let left = count
  for (; left >= 4; left -= 4, sums += 32, weights += 32, largest += 32, weight += 32, values += 32) {
    const w = v128.load(weight)
    const next = v128.load(weight, 16)
    v128.store(sums, f64x2.add(v128.load(sums), f64x2.mul(w, v128.load(values))))
    v128.store(sums, f64x2.add(v128.load(sums, 16), f64x2.mul(next, v128.load(values, 16))), 16)
    v128.store(weights, f64x2.add(v128.load(weights), w))
    v128.store(weights, f64x2.add(v128.load(weights, 16), next), 16)
    v128.store(largest, f64x2.pmax(v128.load(largest), w))
    v128.store(largest, f64x2.pmax(v128.load(largest, 16), next), 16)
  }
  for (; left > 0; left--, sums += 8, weights += 8, largest += 8, weight += 8, values += 8) {
    const w = load<f64>(weight)
    store<f64>(sums, load<f64>(sums) + w * load<f64>(values))
    store<f64>(weights, load<f64>(weights) + w)
    if (w > load<f64>(largest)) store<f64>(largest, w)
  }
}

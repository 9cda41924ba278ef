// Non-local means over one image: what the loops of baselines/nlm.ts do, and every sum in
// the same order, so that both give the same bits. Of four rows the distances are summed
// side by side, since each sum waits for the one before; the pixels then take their
// weighted partners two at a time.

/** Rows whose distances are summed side by side. */
const together = 4

/** Padded rows of scratch that addSimilarPixels wants. */
export function similarPixelsScratchRows(patch: i32): i32 {
  return 2 * patch + 1 + 2 * together
}

/**
 * Adds every pair of pixels that are at most `search` rows and columns apart. float64 arrays: `values` rows × columns;
 * `padded` the same with `patch` reflected pixels on every side; `sums`, `weights` and `largest` rows × columns, zero at
 * first; `table` exp(−t) by steps of t, and a zero behind its `tableLength` entries; `work` similarPixelsScratchRows padded
 * rows. `scale` turns the summed squared difference of two patches into an entry of the table.
 */
export function addSimilarPixels(
  values: usize, padded: usize, sums: usize, weights: usize, largest: usize, table: usize, tableLength: i32, work: usize,
  rows: i32, columns: i32, patch: i32, search: i32, scale: f64,
): void {
  const side = 2 * patch + 1
  const rowBytes = (columns + 2 * patch) << 3
  const columnSums = work + side * rowBytes
  const rowWeights = columnSums + together * rowBytes
  for (let dy = 0; dy <= search; dy++)
    // Half of the shifts; the other half are the same pairs seen from the other end.
    for (let dx = dy == 0 ? 1 : -search; dx <= search; dx++) {
      const shift = (dy * columns + dx) << 3
      const paddedShift = dy * rowBytes + (dx << 3)
      const firstColumn = max(0, -dx)
      const count = columns - abs(dx)
      if (count <= 0) continue
      memory.fill(work, 0, (side + together) * rowBytes)
      let entering = 0
      for (; entering < side - 1; entering++) slideDown(work, columnSums, padded, entering, side, rowBytes, paddedShift, firstColumn, count + side - 1)
      for (let row = 0; row < rows - dy; row += together) {
        const height = min(together, rows - dy - row)
        for (let k = 0; k < height; k++) slideDown(work, columnSums, padded, entering + k, side, rowBytes, paddedShift, firstColumn, count + side - 1)
        weighRows(columnSums, entering, rowBytes, firstColumn, count, side - 1, table, tableLength, scale, rowWeights)
        entering += height
        for (let k = 0; k < height; k++) {
          const i = ((row + k) * columns + firstColumn) << 3
          const j = i + shift
          const at = rowWeights + k * rowBytes
          // A pixel is the later one of a pair before it is the earlier one of another.
          take(sums + j, weights + j, largest + j, at, values + i, count)
          take(sums + i, weights + i, largest + i, at, values + j, count)
        }
      }
    }
}

/**
 * The patches' sums by column, a row further: of `count` columns from `first` on, the squared differences of the row that enters
 * come in, and those kept from `side` rows ago go out. The sums of the last four rows are kept.
 */
function slideDown(kept: usize, columnSums: usize, padded: usize, entering: i32, side: i32, rowBytes: i32, shift: i32, first: i32, count: i32): void {
  const offset = first << 3
  let row = padded + entering * rowBytes + offset
  let square = kept + (entering % side) * rowBytes + offset
  let before = columnSums + ((entering - 1) & (together - 1)) * rowBytes + offset
  let after = columnSums + (entering & (together - 1)) * rowBytes + offset
  for (let c = 0; c + 1 < count; c += 2, row += 16, square += 16, before += 16, after += 16) {
    const difference = f64x2.sub(v128.load(row), v128.load(row + shift))
    const squared = f64x2.mul(difference, difference)
    v128.store(after, f64x2.add(v128.load(before), f64x2.sub(squared, v128.load(square))))
    v128.store(square, squared)
  }
  if ((count & 1) == 0) return
  const difference = load<f64>(row) - load<f64>(row + shift)
  const squared = difference * difference
  store<f64>(after, load<f64>(before) + (squared - load<f64>(square)))
  store<f64>(square, squared)
}

/** Weights of four rows' pairs, from the column sums of which the row that entered last at `entering` has the first; `ahead` columns more than one make a patch. */
function weighRows(
  columnSums: usize, entering: i32, rowBytes: i32, first: i32, count: i32, ahead: i32, table: usize, tableLength: i32, scale: f64, out: usize,
): void {
  let a: usize = columnSums + (entering & 3) * rowBytes + (first << 3)
  let b: usize = columnSums + ((entering + 1) & 3) * rowBytes + (first << 3)
  let c: usize = columnSums + ((entering + 2) & 3) * rowBytes + (first << 3)
  let d: usize = columnSums + ((entering + 3) & 3) * rowBytes + (first << 3)
  let distanceA: f64 = 0
  let distanceB: f64 = 0
  let distanceC: f64 = 0
  let distanceD: f64 = 0
  for (let k: usize = 0; k < <usize>(ahead << 3); k += 8) {
    distanceA += load<f64>(a + k)
    distanceB += load<f64>(b + k)
    distanceC += load<f64>(c + k)
    distanceD += load<f64>(d + k)
  }
  const next = ahead << 3
  const outB = out + rowBytes
  const outC = outB + rowBytes
  const outD = outC + rowBytes
  for (let k: usize = 0; k < <usize>(count << 3); k += 8) {
    distanceA += load<f64>(a + k + next)
    distanceB += load<f64>(b + k + next)
    distanceC += load<f64>(c + k + next)
    distanceD += load<f64>(d + k + next)
    store<f64>(out + k, weight(distanceA * scale, table, tableLength))
    store<f64>(outB + k, weight(distanceB * scale, table, tableLength))
    store<f64>(outC + k, weight(distanceC * scale, table, tableLength))
    store<f64>(outD + k, weight(distanceD * scale, table, tableLength))
    distanceA -= load<f64>(a + k)
    distanceB -= load<f64>(b + k)
    distanceC -= load<f64>(c + k)
    distanceD -= load<f64>(d + k)
  }
}

/** Beyond the table: nothing. Running sums may end a rounding below zero. */
// @ts-ignore: decorator
@inline
function weight(entry: f64, table: usize, tableLength: i32): f64 {
  return load<f64>(table + (<usize>max(0, min(<i32>entry, tableLength)) << 3))
}

/** Each of `count` pixels takes its partner's value, weighted. */
function take(sums: usize, weights: usize, largest: usize, weight: usize, values: usize, count: i32): void {
  for (let c = 0; c + 1 < count; c += 2, sums += 16, weights += 16, largest += 16, weight += 16, values += 16) {
    const w = v128.load(weight)
    v128.store(sums, f64x2.add(v128.load(sums), f64x2.mul(w, v128.load(values))))
    v128.store(weights, f64x2.add(v128.load(weights), w))
    v128.store(largest, f64x2.pmax(v128.load(largest), w))
  }
  if ((count & 1) == 0) return
  const w = load<f64>(weight)
  store<f64>(sums, load<f64>(sums) + w * load<f64>(values))
  store<f64>(weights, load<f64>(weights) + w)
  if (w > load<f64>(largest)) store<f64>(largest, w)
}

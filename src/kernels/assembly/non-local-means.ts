// Non-local means over one image: the loops of baselines/nlm.ts with the same arithmetic
// in the same order, so that both give the same bits. Two squared differences at a time;
// the rest waits for memory, without the bounds checks that JavaScript cannot drop.

/**
 * Adds every pair of pixels that are at most `search` rows and columns apart. float64 arrays: `values` rows × columns;
 * `padded` the same with `patch` reflected pixels on every side; `sums`, `weights` and `largest` rows × columns, zero at
 * first; `table` exp(−t) by steps of t; `work` (2·patch + 2) padded rows of scratch. `scale` turns the summed squared
 * difference of two patches into an entry of the table.
 */
export function addSimilarPixels(
  values: usize, padded: usize, sums: usize, weights: usize, largest: usize, table: usize, tableLength: i32, work: usize,
  rows: i32, columns: i32, patch: i32, search: i32, scale: f64,
): void {
  const side = 2 * patch + 1
  const rowBytes = (columns + 2 * patch) << 3
  const columnSums = work
  const squares = work + rowBytes
  for (let dy = 0; dy <= search; dy++)
    // Half of the shifts; the other half are the same pairs seen from the other end.
    for (let dx = dy == 0 ? 1 : -search; dx <= search; dx++) {
      const shift = (dy * columns + dx) << 3
      const paddedShift = dy * rowBytes + (dx << 3)
      const firstColumn = max(0, -dx)
      const endColumn = min(columns, columns - dx)
      memory.fill(work, 0, (1 + side) * rowBytes)
      for (let row = 1 - side; row < rows - dy; row++) {
        const entering = row + side - 1
        slideDown(columnSums, squares + (entering % side) * rowBytes, padded + entering * rowBytes, paddedShift, firstColumn, endColumn + 2 * patch)
        if (row < 0) continue
        let distance: f64 = 0
        for (let c = firstColumn; c < firstColumn + side - 1; c++) distance += load<f64>(columnSums + (c << 3))
        const ahead = (side - 1) << 3
        let i: usize = (row * columns + firstColumn) << 3
        for (let at = columnSums + (firstColumn << 3), end = columnSums + (endColumn << 3); at < end; at += 8, i += 8) {
          distance += load<f64>(at + ahead)
          const entry = distance * scale
          distance -= load<f64>(at)
          if (entry >= <f64>tableLength) continue
          // Running sums may end a rounding below zero.
          const weight = load<f64>(table + (entry > 0 ? (<usize>(<i32>entry)) << 3 : 0))
          const j = i + shift
          store<f64>(sums + i, load<f64>(sums + i) + weight * load<f64>(values + j))
          store<f64>(sums + j, load<f64>(sums + j) + weight * load<f64>(values + i))
          store<f64>(weights + i, load<f64>(weights + i) + weight)
          store<f64>(weights + j, load<f64>(weights + j) + weight)
          if (weight > load<f64>(largest + i)) store<f64>(largest + i, weight)
          if (weight > load<f64>(largest + j)) store<f64>(largest + j, weight)
        }
      }
    }
}

/** Columns first … end − 1 of the patches' sums, one row further: the row's squared differences in, those that it kept from `side` rows ago out. */
// @ts-ignore: decorator
@inline
function slideDown(columnSums: usize, kept: usize, row: usize, shift: i32, first: i32, end: i32): void {
  let c = first
  for (; c + 1 < end; c += 2) {
    const at: usize = c << 3
    const difference = f64x2.sub(v128.load(row + at), v128.load(row + at + shift))
    const square = f64x2.mul(difference, difference)
    v128.store(columnSums + at, f64x2.add(v128.load(columnSums + at), f64x2.sub(square, v128.load(kept + at))))
    v128.store(kept + at, square)
  }
  for (; c < end; c++) {
    const at: usize = c << 3
    const difference = load<f64>(row + at) - load<f64>(row + at + shift)
    const square = difference * difference
    store<f64>(columnSums + at, load<f64>(columnSums + at) + (square - load<f64>(kept + at)))
    store<f64>(kept + at, square)
  }
}

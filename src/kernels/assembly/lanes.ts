// Moves data between plain rows and tables of four lanes, each lane one member of
// a symmetry: a turned image, or a view of the same rays. Where a lane reads or
// writes is an affine index, `origin + row·perRow + column·perColumn`, three i32.

/** Bytes of one lane's index. */
const LANE_BYTES: usize = 16
/** Zero entries before entry 0 and after the last: positions outside are clamped onto them. */
const MARGIN: i32 = 2
/** Turned lanes read columns: a block of so many rows and columns stays in the cache. */
const BLOCK: i32 = 16

// @ts-ignore: decorator
@inline
function laneIndex(lane: usize, row: i32, column: i32): i32 {
  return load<i32>(lane) + row * load<i32>(lane, 4) + column * load<i32>(lane, 8)
}

/** Block of 16 frame rows: table[row][margin + column] = the pixel of the image that each lane sees there. */
export function tableFromImage(
  tile: i32, thread: i32, image: usize, lanes: usize, table: usize, rowBytes: i32, rows: i32, columns: i32,
): void {
  const firstRow = tile * BLOCK
  const endRow = min(rows, firstRow + BLOCK)
  for (let row = firstRow; row < endRow; row++) memory.fill(table + <usize>row * rowBytes, 0, rowBytes)
  for (let lane = 0; lane < 4; lane++) {
    const index = lanes + <usize>lane * LANE_BYTES
    if (load<i32>(index, 12) == 0) continue
    const perColumn = load<i32>(index, 8)
    for (let firstColumn = 0; firstColumn < columns; firstColumn += BLOCK) {
      const endColumn = min(columns, firstColumn + BLOCK)
      for (let row = firstRow; row < endRow; row++) {
        let from = laneIndex(index, row, firstColumn)
        let to = table + <usize>row * rowBytes + (<usize>(firstColumn + MARGIN) << 4) + (<usize>lane << 2)
        for (let column = firstColumn; column < endColumn; column++) {
          store<f32>(to, load<f32>(image + (<usize>from << 2)))
          from += perColumn
          to += 16
        }
      }
    }
  }
}

/** Block of 16 image rows: each pixel is the sum of what the lanes hold for it, on top of the old image unless `fresh`. */
export function imageFromTable(
  tile: i32, thread: i32, image: usize, lanes: usize, table: usize, rowBytes: i32, rows: i32, columns: i32, fresh: bool,
): void {
  const firstRow = tile * BLOCK
  const endRow = min(rows, firstRow + BLOCK)
  if (fresh) memory.fill(image + (<usize>(firstRow * columns) << 2), 0, <usize>((endRow - firstRow) * columns) << 2)
  for (let lane = 0; lane < 4; lane++) {
    const index = lanes + <usize>lane * LANE_BYTES
    if (load<i32>(index, 12) == 0) continue
    // Here the index counts the table's cells of 16 bytes, margins included.
    const perColumn = load<i32>(index, 8)
    for (let firstColumn = 0; firstColumn < columns; firstColumn += BLOCK) {
      const endColumn = min(columns, firstColumn + BLOCK)
      for (let row = firstRow; row < endRow; row++) {
        let from = laneIndex(index, row, firstColumn)
        let to = image + (<usize>(row * columns + firstColumn) << 2)
        for (let column = firstColumn; column < endColumn; column++) {
          store<f32>(to, load<f32>(to) + load<f32>(table + (<usize>from << 4) + (<usize>lane << 2)))
          from += perColumn
          to += 4
        }
      }
    }
  }
}

/**
 * One frame's table for back-projection, entries k = −2 … bins of 32 bytes: the mean
 * of f[k] and f[k + 1] in four lanes, and their difference. f is zero outside the row.
 * A lane is { view: i32 (−1: none), reversed: i32, weight: f32 }, 12 bytes.
 */
export function tableFromRows(tile: i32, thread: i32, sinogram: usize, lanes: usize, table: usize, bins: i32): void {
  let entry = table + <usize>(tile * (bins + 3)) * 32
  const last = entry + <usize>(bins + 2) * 32
  memory.fill(entry, 0, <usize>(bins + 3) * 32)
  // First the values themselves, f[k + 1] in the place of the mean of entry k.
  for (let lane = 0; lane < 4; lane++) {
    const source = lanes + <usize>(tile * 4 + lane) * 12
    const view = load<i32>(source)
    if (view < 0) continue
    const reversed = load<i32>(source, 4)
    const weight = load<f32>(source, 8)
    let from = sinogram + (<usize>(view * bins + (reversed ? bins - 1 : 0)) << 2)
    const step: i32 = reversed ? -4 : 4
    let to = entry + 32 + (<usize>lane << 2)
    for (let k = 0; k < bins; k++) {
      store<f32>(to, weight * load<f32>(from))
      from += step
      to += 32
    }
  }
  let value = f32x4.splat(0)
  for (; entry <= last; entry += 32) {
    const next = v128.load(entry)
    v128.store(entry, f32x4.mul(f32x4.splat(0.5), f32x4.add(value, next)))
    v128.store(entry, f32x4.sub(next, value), 16)
    value = next
  }
}

// Pixel-driven back-projection, 32 × 32 pixels of the frame at a time. A frame is a
// view as one lane sees it; its table holds four lanes that share every position,
// so one address and one weight serve four pixels of the image (mirrored or turned).
// A frame is six f64: the pixel (row, column) lies across₀ + column·across₁ + row·across₂
// off the central ray (in bins for a parallel beam, mm otherwise) and depth₀ + … mm
// from the source. Kak & Slaney 1988, eqs. 66 (parallel), 83 and 100 (fans).

import { addressBias, clamped, remainder, rounded } from './interpolate'

const TILE: i32 = 32
/** From the middle of a tile to its outermost pixel centres. */
const REACH: f64 = 15.5
/** Frames that are placed on a tile before their pixels are visited, two at a time. */
const PLACED: i32 = 64

const PARALLEL: i32 = 0
const FLAT: i32 = 1

// A frame placed on a tile: positions near the middle, in float32.
const TAU: usize = 0
const LOW: usize = 4
const HIGH: usize = 8
const BIAS: usize = 12
const ACROSS_COLUMN: usize = 16
const ACROSS_ROW: usize = 20
const DEPTH_COLUMN: usize = 24
const DEPTH_ROW: usize = 28
const WEIGHT: usize = 32
const SCALE: usize = 36
const PLACED_BYTES: usize = 48

/** Scratch of one thread: accumulators, positions of two frames, placed frames. */
const ACCUMULATOR_BYTES: usize = 32 * 32 * 16
export function backprojectScratchBytes(): usize {
  return ACCUMULATOR_BYTES + 2 * POSITION_BYTES + <usize>(PLACED + 1) * PLACED_BYTES
}

/**
 * Adds frames first … end − 1 over one tile of the frame's quarter, `rows` × `columns`,
 * and writes the four lanes to the image. `binsPerUnit` turns tan γ (flat) or γ (curved) into bins.
 */
export function backproject(
  tile: i32, thread: i32, scratch: usize, kind: i32, frames: usize, first: i32, end: i32, table: usize,
  bins: i32, middleBin: f64, binsPerUnit: f64, rows: i32, columns: i32, fullRows: i32, fullColumns: i32,
  lanes: usize, image: usize, fresh: bool,
): void {
  const accumulator = scratch + <usize>thread * backprojectScratchBytes()
  const positions = accumulator + ACCUMULATOR_BYTES
  const placed = positions + 2 * POSITION_BYTES
  const tilesAcross = (columns + TILE - 1) / TILE
  const firstRow = (tile / tilesAcross) * TILE
  const firstColumn = (tile % tilesAcross) * TILE
  memory.fill(accumulator, 0, ACCUMULATOR_BYTES)

  let count = 0
  for (let frame = first; frame < end; frame++) {
    const at = placed + <usize>count * PLACED_BYTES
    const entries = table + <usize>((frame - first) * (bins + 3)) * 32
    const found = place(kind, frames + <usize>frame * 48, at, entries, bins, middleBin, binsPerUnit, firstRow, firstColumn)
    if (found == NEAR) {
      addPixelByPixel(kind, frames + <usize>frame * 48, entries, bins, middleBin, binsPerUnit, firstRow, firstColumn, accumulator)
    } else if (found == PLACED_WELL) count++
    if (count == PLACED || frame == end - 1) {
      addPlaced(kind, placed, count, table, positions, accumulator)
      count = 0
    }
  }
  writeTile(accumulator, firstRow, firstColumn, rows, columns, fullRows, fullColumns, lanes, image, fresh)
}

const OUTSIDE: i32 = 0
const PLACED_WELL: i32 = 1
/** So near the source that the short series do not hold. */
const NEAR: i32 = 2

/** Places a frame on a tile, in float64; positions inside the tile need only float32 then. */
function place(
  kind: i32, frame: usize, at: usize, entries: usize, bins: i32, middleBin: f64, binsPerUnit: f64, firstRow: i32, firstColumn: i32,
): i32 {
  const column = <f64>firstColumn + REACH
  const row = <f64>firstRow + REACH
  const across1 = load<f64>(frame, 8)
  const across2 = load<f64>(frame, 16)
  const across = load<f64>(frame) + column * across1 + row * across2
  let t = across
  let reachBins = REACH * (abs(across1) + abs(across2))
  let a1 = across1
  let a2 = across2
  if (kind != PARALLEL) {
    const depth1 = load<f64>(frame, 32)
    const depth2 = load<f64>(frame, 40)
    const depth = load<f64>(frame, 24) + column * depth1 + row * depth2
    if (depth <= 0) return NEAR
    let d1: f64, d2: f64, squared: f64
    if (kind == FLAT) {
      // t − t₀ = z·binsPerUnit with z = (a₁δc + a₂δr)/(1 + d₁δc + d₂δr).
      const tangent = across / depth
      t = middleBin + binsPerUnit * tangent
      a1 = (across1 - tangent * depth1) / depth
      a2 = (across2 - tangent * depth2) / depth
      d1 = depth1 / depth
      d2 = depth2 / depth
      squared = depth * depth
    } else {
      // tan(γ − γ₀) = z, the same quotient of cross and dot products.
      t = middleBin + binsPerUnit * Math.atan2(across, depth)
      squared = across * across + depth * depth
      a1 = (depth * across1 - across * depth1) / squared
      a2 = (depth * across2 - across * depth2) / squared
      d1 = (depth * depth1 + across * across1) / squared
      d2 = (depth * depth2 + across * across2) / squared
    }
    const reachDepth = REACH * (abs(d1) + abs(d2))
    const reachAcross = REACH * (abs(a1) + abs(a2))
    if (reachDepth > 0.3 || reachAcross > 0.14) return NEAR
    reachBins = (binsPerUnit * reachAcross) / (1 - reachDepth)
    store<f32>(at, <f32>d1, DEPTH_COLUMN)
    store<f32>(at, <f32>d2, DEPTH_ROW)
    store<f32>(at, <f32>(1 / squared), WEIGHT)
    store<f32>(at, <f32>binsPerUnit, SCALE)
  }
  if (t + reachBins <= -1 || t - reachBins >= <f64>bins) return OUTSIDE
  const k = Math.floor(t)
  store<f32>(at, <f32>(t - k - 0.5), TAU)
  store<f32>(at, <f32>(-2 - k), LOW)
  store<f32>(at, <f32>(<f64>bins - k), HIGH)
  store<usize>(at, entries + (<usize>(<i32>k + 2) << 5), BIAS)
  store<f32>(at, <f32>a1, ACROSS_COLUMN)
  store<f32>(at, <f32>a2, ACROSS_ROW)
  return PLACED_WELL
}

// @ts-ignore: decorator
@inline
function sample(at: usize, w: v128): v128 {
  return f32x4.add(v128.load(at), f32x4.mul(w, v128.load(at, 16)))
}

// @ts-ignore: decorator
@inline
function accumulate(at: usize, value: v128): void {
  v128.store(at, f32x4.add(v128.load(at), value))
}

// The positions of one frame on one row of a tile: addresses, then the factors of the
// difference and (fans) of the mean, 32 of each. They go through memory: taking them out
// of vectors lane by lane costs more than a load, and leaves too few registers.
const DIFFERENCE: usize = 128
const MEAN: usize = 256
const POSITION_BYTES: usize = 384

/** Two frames a pass: the accumulator is loaded and stored half as often. */
function addPlaced(kind: i32, placed: usize, count: i32, emptyEntry: usize, positions: usize, accumulator: usize): void {
  if (count & 1) {
    // An odd one out is paired with a frame that sees only the zero entry.
    const at = placed + <usize>count * PLACED_BYTES
    memory.fill(at, 0, PLACED_BYTES)
    store<usize>(at, emptyEntry, BIAS)
    count++
  }
  for (let i = 0; i < count; i += 2) {
    const a = placed + <usize>i * PLACED_BYTES
    const b = a + PLACED_BYTES
    let at = accumulator
    for (let j = 0; j < TILE; j++, at += TILE << 4) {
      const row = <f32>j - 15.5
      if (kind == PARALLEL) {
        placeParallelRow(a, row, positions)
        placeParallelRow(b, row, positions + POSITION_BYTES)
        addRow(positions, at)
      } else {
        const curved = kind != FLAT
        placeFanRow(a, row, positions, curved)
        placeFanRow(b, row, positions + POSITION_BYTES, curved)
        addWeightedRow(positions, at)
      }
    }
  }
}

/** Columns of a tile, counted from its middle, four at a time. */
// @ts-ignore: decorator
@inline
function firstColumns(): v128 {
  return f32x4(-15.5, -14.5, -13.5, -12.5)
}

// @ts-ignore: decorator
@inline
function placeParallelRow(frame: usize, row: f32, positions: usize): void {
  const low = v128.load32_splat(frame, LOW)
  const high = v128.load32_splat(frame, HIGH)
  const bias = addressBias(load<usize>(frame, BIAS), 5)
  const perColumn = v128.load32_splat(frame, ACROSS_COLUMN)
  const start = f32x4.splat(load<f32>(frame, TAU) + row * load<f32>(frame, ACROSS_ROW))
  let column = firstColumns()
  for (const end = positions + 128; positions < end; positions += 16) {
    const tau = clamped(f32x4.add(start, f32x4.mul(column, perColumn)), low, high)
    const sum = rounded(tau)
    v128.store(positions, i32x4.add(i32x4.shl(sum, 5), bias))
    v128.store(positions, remainder(tau, sum), DIFFERENCE)
    column = f32x4.add(column, f32x4.splat(4))
  }
}

/** One division gives position and distance weight of four columns. */
// @ts-ignore: decorator
@inline
function placeFanRow(frame: usize, row: f32, positions: usize, curved: bool): void {
  const low = v128.load32_splat(frame, LOW)
  const high = v128.load32_splat(frame, HIGH)
  const bias = addressBias(load<usize>(frame, BIAS), 5)
  const tau0 = v128.load32_splat(frame, TAU)
  const scale = v128.load32_splat(frame, SCALE)
  const weight0 = v128.load32_splat(frame, WEIGHT)
  const acrossColumn = v128.load32_splat(frame, ACROSS_COLUMN)
  const depthColumn = v128.load32_splat(frame, DEPTH_COLUMN)
  const acrossRow = f32x4.splat(row * load<f32>(frame, ACROSS_ROW))
  const depthRow = f32x4.splat(1 + row * load<f32>(frame, DEPTH_ROW))
  const one = f32x4.splat(1)
  let column = firstColumns()
  for (const end = positions + 128; positions < end; positions += 16) {
    const inverse = f32x4.div(one, f32x4.add(depthRow, f32x4.mul(column, depthColumn)))
    let z = f32x4.mul(f32x4.add(acrossRow, f32x4.mul(column, acrossColumn)), inverse)
    let weight = f32x4.mul(weight0, f32x4.mul(inverse, inverse))
    if (curved) {
      const q = f32x4.mul(z, z)
      z = f32x4.mul(z, arctangentOver(q))
      weight = f32x4.div(weight, f32x4.add(one, q))
    }
    const tau = clamped(f32x4.add(tau0, f32x4.mul(scale, z)), low, high)
    const sum = rounded(tau)
    v128.store(positions, i32x4.add(i32x4.shl(sum, 5), bias))
    v128.store(positions, f32x4.mul(weight, remainder(tau, sum)), DIFFERENCE)
    v128.store(positions, weight, MEAN)
    column = f32x4.add(column, f32x4.splat(4))
  }
}

/** What one frame gives to column `at` of the row. */
// @ts-ignore: decorator
@inline
function value(at: usize): v128 {
  const entry = <usize>load<u32>(at)
  return f32x4.add(v128.load(entry), f32x4.mul(v128.load32_splat(at, DIFFERENCE), v128.load(entry, 16)))
}

// @ts-ignore: decorator
@inline
function weightedValue(at: usize): v128 {
  const entry = <usize>load<u32>(at)
  const mean = f32x4.mul(v128.load32_splat(at, MEAN), v128.load(entry))
  return f32x4.add(mean, f32x4.mul(v128.load32_splat(at, DIFFERENCE), v128.load(entry, 16)))
}

function addRow(positions: usize, to: usize): void {
  for (const end = positions + 128; positions < end; positions += 8, to += 32) {
    accumulate(to, f32x4.add(value(positions), value(positions + POSITION_BYTES)))
    accumulate(to + 16, f32x4.add(value(positions + 4), value(positions + 4 + POSITION_BYTES)))
  }
}

function addWeightedRow(positions: usize, to: usize): void {
  for (const end = positions + 128; positions < end; positions += 8, to += 32) {
    accumulate(to, f32x4.add(weightedValue(positions), weightedValue(positions + POSITION_BYTES)))
    accumulate(to + 16, f32x4.add(weightedValue(positions + 4), weightedValue(positions + 4 + POSITION_BYTES)))
  }
}

/** atan(z)/z of q = z² up to 0.04: five terms of the series leave 1e-8. */
// @ts-ignore: decorator
@inline
function arctangentOver(q: v128): v128 {
  let sum = f32x4.sub(f32x4.mul(q, f32x4.splat(<f32>(1.0 / 9.0))), f32x4.splat(<f32>(1.0 / 7.0)))
  sum = f32x4.add(f32x4.mul(sum, q), f32x4.splat(<f32>(1.0 / 5.0)))
  sum = f32x4.sub(f32x4.mul(sum, q), f32x4.splat(<f32>(1.0 / 3.0)))
  return f32x4.add(f32x4.mul(sum, q), f32x4.splat(1))
}

/** The plain formula in float64, for tiles next to the source. */
function addPixelByPixel(
  kind: i32, frame: usize, entries: usize, bins: i32, middleBin: f64, binsPerUnit: f64, firstRow: i32, firstColumn: i32, accumulator: usize,
): void {
  for (let j = 0; j < TILE; j++) {
    for (let i = 0; i < TILE; i++) {
      const column = <f64>(firstColumn + i)
      const row = <f64>(firstRow + j)
      const across = load<f64>(frame) + column * load<f64>(frame, 8) + row * load<f64>(frame, 16)
      const depth = load<f64>(frame, 24) + column * load<f64>(frame, 32) + row * load<f64>(frame, 40)
      if (depth <= 0) continue
      const t = middleBin + binsPerUnit * (kind == FLAT ? across / depth : Math.atan2(across, depth))
      if (!(t > -1 && t < <f64>bins)) continue
      const k = Math.floor(t)
      const weight = kind == FLAT ? 1 / (depth * depth) : 1 / (across * across + depth * depth)
      const value = sample(entries + (<usize>(<i32>k + 2) << 5), f32x4.splat(<f32>(t - k - 0.5)))
      accumulate(accumulator + (<usize>(j * TILE + i) << 4), f32x4.mul(f32x4.splat(<f32>weight), value))
    }
  }
}

/**
 * Writes each lane where its symmetry puts it. A lane is { origin, perRow, perColumn:
 * pixels, skips: bit 0 = none at all, 1 = on the middle row, 2 = on the middle column,
 * where another lane has the same pixel }, four i32.
 */
function writeTile(
  accumulator: usize, firstRow: i32, firstColumn: i32, rows: i32, columns: i32, fullRows: i32, fullColumns: i32,
  lanes: usize, image: usize, fresh: bool,
): void {
  const endRow = min(rows, firstRow + TILE)
  const endColumn = min(columns, firstColumn + TILE)
  for (let lane = 0; lane < 4; lane++) {
    const index = lanes + <usize>lane * 16
    const skips = load<i32>(index, 12)
    if (skips & 1) continue
    const perColumn = load<i32>(index, 8)
    for (let row = firstRow; row < endRow; row++) {
      if (skips & 2 && row * 2 + 1 == fullRows) continue
      let pixel = load<i32>(index) + row * load<i32>(index, 4) + firstColumn * perColumn
      let from = accumulator + (<usize>((row - firstRow) * TILE) << 4) + (<usize>lane << 2)
      for (let column = firstColumn; column < endColumn; column++) {
        const to = image + (<usize>pixel << 2)
        if (!(skips & 4 && column * 2 + 1 == fullColumns)) store<f32>(to, load<f32>(from) + (fresh ? 0 : load<f32>(to)))
        pixel += perColumn
        from += 16
      }
    }
  }
}

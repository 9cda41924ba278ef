// Pixel-driven back-projection, 32 × 32 pixels of the frame at a time. A frame is a
// view as one lane sees it; its table holds four lanes that share every position,
// so one address and one weight serve four pixels of the image (mirrored or turned).
// A frame is seven f64: the pixel (row, column) lies across₀ + column·across₁ + row·across₂
// off the central ray (in bins for a parallel beam, mm otherwise) and depth₀ + … mm
// from the source; then the index of its mirror image about the diagonal (wasm-mirrors.ts), in whose
// table the position serves the pixel (column, row), too: from the other end in a fan.
// Kak & Slaney 1988, eqs. 66 (parallel), 83 and 100 (fans).

import { addressBias, clamped, remainder, rounded } from './interpolate'

const TILE: i32 = 32
/** From the middle of a tile to its outermost pixel centres. */
const REACH: f64 = 15.5
/** Frames that are placed on a tile before their pixels are visited, two at a time. */
const PLACED: i32 = 64

const PARALLEL: i32 = 0
const FLAT: i32 = 1
const FRAME_BYTES: usize = 56
const MIRROR_INDEX: usize = 48

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
/** Leads from an entry of the table to the mirror image's: sum of the two in a fan, else their difference. */
const MIRROR: usize = 40
const PLACED_BYTES: usize = 48

/** Scratch of one thread: positions of two frames, placed frames. */
export function backprojectScratchBytes(): usize {
  return 2 * POSITION_BYTES + <usize>(PLACED + 1) * PLACED_BYTES
}

/** Accumulators of a tile: four lanes a pixel, and another four for its mirror image, shift 4 or 5. */
// @ts-ignore: decorator
@inline
function cellShift(mirrors: bool): i32 {
  return mirrors ? 5 : 4
}

/** Tiles go along the rows; with mirror images, those left of the diagonal are left out. */
// @ts-ignore: decorator
@inline
function rowOfTile(tile: i32, tilesAcross: i32, mirrors: bool): i32 {
  if (!mirrors) return tile / tilesAcross
  let row = 0
  for (let column = tile; column >= tilesAcross; column += row - tilesAcross) row++
  return row
}
// @ts-ignore: decorator
@inline
function columnOfTile(tile: i32, tileRow: i32, tilesAcross: i32, mirrors: bool): i32 {
  return tile - tileRow * tilesAcross + (mirrors ? (tileRow * (tileRow + 1)) / 2 : 0)
}

/**
 * Adds frames first … end − 1 to the accumulators of one tile of the frame's quarter, `columns` wide; frame 0
 * finds them empty. `binsPerUnit` turns tan γ (flat) or γ (curved) into bins.
 */
export function backproject(
  tile: i32, thread: i32, scratch: usize, accumulators: usize, kind: i32, frames: usize, first: i32, end: i32, table: usize,
  bins: i32, middleBin: f64, binsPerUnit: f64, columns: i32, mirrors: bool,
): void {
  const positions = scratch + <usize>thread * backprojectScratchBytes()
  const placed = positions + 2 * POSITION_BYTES
  const accumulator = accumulators + (<usize>tile << (10 + cellShift(mirrors)))
  const tilesAcross = (columns + TILE - 1) / TILE
  const tileRow = rowOfTile(tile, tilesAcross, mirrors)
  const tileColumn = columnOfTile(tile, tileRow, tilesAcross, mirrors)
  const diagonal = mirrors && tileRow == tileColumn
  if (first == 0) memory.fill(accumulator, 0, <usize>1 << (10 + cellShift(mirrors)))

  const tableBytes = <usize>(bins + 3) << 5
  let count = 0
  for (let index = first; index < end; index++) {
    const at = placed + <usize>count * PLACED_BYTES
    const frame = frames + <usize>index * FRAME_BYTES
    const entries = table + <usize>(index - first) * tableBytes
    const found = place(kind, frame, at, entries, bins, middleBin, binsPerUnit, tileRow * TILE, tileColumn * TILE)
    if (found == OUTSIDE) continue
    const mirror = mirrors ? table + <usize>(<i32>load<f64>(frame, MIRROR_INDEX) - first) * tableBytes : 0
    store<usize>(at, kind == PARALLEL ? mirror - entries : mirror + entries + tableBytes - 32, MIRROR)
    if (found == NEAR)
      addPixelByPixel(
        kind, frame, entries, bins, middleBin, binsPerUnit, tileRow * TILE, tileColumn * TILE, mirrors ? load<usize>(at, MIRROR) : 0, accumulator,
      )
    else if (++count == PLACED) {
      addPlaced(kind, placed, count, table, positions, mirrors, diagonal, accumulator)
      count = 0
    }
  }
  addPlaced(kind, placed, count, table, positions, mirrors, diagonal, accumulator)
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
function addPlaced(
  kind: i32, placed: usize, count: i32, emptyEntry: usize, positions: usize, mirrors: bool, diagonal: bool, accumulator: usize,
): void {
  if (count & 1) {
    // An odd one out is paired with a frame that sees only the zero entry.
    const at = placed + <usize>count * PLACED_BYTES
    memory.fill(at, 0, PLACED_BYTES)
    store<usize>(at, emptyEntry, BIAS)
    store<usize>(at, kind == PARALLEL ? 0 : 2 * emptyEntry, MIRROR)
    count++
  }
  for (let i = 0; i < count; i += 2) {
    const a = placed + <usize>i * PLACED_BYTES
    const b = a + PLACED_BYTES
    for (let row = 0; row < TILE; row++) {
      // On the diagonal a pixel left of it is the mirror image of one right of it.
      const skipped = diagonal ? row & ~3 : 0
      const start = positions + (<usize>skipped << 2)
      const end = positions + (TILE << 2)
      const at = accumulator + (<usize>(row * TILE + skipped) << cellShift(mirrors))
      const x = f32x4.add(f32x4.splat(<f32>skipped), f32x4(-15.5, -14.5, -13.5, -12.5))
      const y = <f32>row - 15.5
      if (kind == PARALLEL) {
        placeParallelRow(a, x, y, start, end)
        placeParallelRow(b, x, y, start + POSITION_BYTES, end + POSITION_BYTES)
        if (mirrors) addRowAndMirror(start, end, load<usize>(a, MIRROR), load<usize>(b, MIRROR), at)
        else addRow(start, end, at)
      } else {
        placeFanRow(a, x, y, kind != FLAT, start, end)
        placeFanRow(b, x, y, kind != FLAT, start + POSITION_BYTES, end + POSITION_BYTES)
        if (mirrors) addFanRowAndMirror(start, end, load<usize>(a, MIRROR), load<usize>(b, MIRROR), at)
        else addFanRow(start, end, at)
      }
    }
  }
}

/** Positions of four columns at a time from `column` on, counted from the middle of the tile as `row` is. */
// @ts-ignore: decorator
@inline
function placeParallelRow(frame: usize, column: v128, row: f32, positions: usize, end: usize): void {
  const low = v128.load32_splat(frame, LOW)
  const high = v128.load32_splat(frame, HIGH)
  const bias = addressBias(load<usize>(frame, BIAS), 5)
  const perColumn = v128.load32_splat(frame, ACROSS_COLUMN)
  const start = f32x4.splat(load<f32>(frame, TAU) + row * load<f32>(frame, ACROSS_ROW))
  for (; positions < end; positions += 16) {
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
function placeFanRow(frame: usize, column: v128, row: f32, curved: bool, positions: usize, end: usize): void {
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
  for (; positions < end; positions += 16) {
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

/** The weighted value of the table at an entry. */
// @ts-ignore: decorator
@inline
function weighted(at: usize, mean: v128, difference: v128): v128 {
  return f32x4.add(f32x4.mul(mean, v128.load(at)), f32x4.mul(difference, v128.load(at, 16)))
}

/** The same, the entry's two bins counted from the other end of the detector. */
// @ts-ignore: decorator
@inline
function weightedReversed(at: usize, mean: v128, difference: v128): v128 {
  return f32x4.sub(f32x4.mul(mean, v128.load(at)), f32x4.mul(difference, v128.load(at, 16)))
}

// What two frames give to a row of the tile, from the positions of one and, POSITION_BYTES on, of the other.

function addRow(at: usize, end: usize, to: usize): void {
  for (; at < end; at += 4, to += 16) {
    const a = <usize>load<u32>(at)
    const b = <usize>load<u32>(at, POSITION_BYTES)
    const ofA = v128.load32_splat(at, DIFFERENCE)
    const ofB = v128.load32_splat(at, POSITION_BYTES + DIFFERENCE)
    accumulate(to, f32x4.add(sample(a, ofA), sample(b, ofB)))
  }
}

function addRowAndMirror(at: usize, end: usize, mirrorA: usize, mirrorB: usize, to: usize): void {
  for (; at < end; at += 4, to += 32) {
    const a = <usize>load<u32>(at)
    const b = <usize>load<u32>(at, POSITION_BYTES)
    const ofA = v128.load32_splat(at, DIFFERENCE)
    const ofB = v128.load32_splat(at, POSITION_BYTES + DIFFERENCE)
    accumulate(to, f32x4.add(sample(a, ofA), sample(b, ofB)))
    accumulate(to + 16, f32x4.add(sample(mirrorA + a, ofA), sample(mirrorB + b, ofB)))
  }
}

function addFanRow(at: usize, end: usize, to: usize): void {
  for (; at < end; at += 4, to += 16) {
    const a = <usize>load<u32>(at)
    const b = <usize>load<u32>(at, POSITION_BYTES)
    const meanA = v128.load32_splat(at, MEAN)
    const meanB = v128.load32_splat(at, POSITION_BYTES + MEAN)
    const ofA = v128.load32_splat(at, DIFFERENCE)
    const ofB = v128.load32_splat(at, POSITION_BYTES + DIFFERENCE)
    accumulate(to, f32x4.add(weighted(a, meanA, ofA), weighted(b, meanB, ofB)))
  }
}

function addFanRowAndMirror(at: usize, end: usize, mirrorA: usize, mirrorB: usize, to: usize): void {
  for (; at < end; at += 4, to += 32) {
    const a = <usize>load<u32>(at)
    const b = <usize>load<u32>(at, POSITION_BYTES)
    const meanA = v128.load32_splat(at, MEAN)
    const meanB = v128.load32_splat(at, POSITION_BYTES + MEAN)
    const ofA = v128.load32_splat(at, DIFFERENCE)
    const ofB = v128.load32_splat(at, POSITION_BYTES + DIFFERENCE)
    accumulate(to, f32x4.add(weighted(a, meanA, ofA), weighted(b, meanB, ofB)))
    accumulate(to + 16, f32x4.add(weightedReversed(mirrorA - a, meanA, ofA), weightedReversed(mirrorB - b, meanB, ofB)))
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

/** The plain formula in float64, for tiles next to the source. `mirror` as in a placed frame, 0 without. */
function addPixelByPixel(
  kind: i32, frame: usize, entries: usize, bins: i32, middleBin: f64, binsPerUnit: f64, firstRow: i32, firstColumn: i32, mirror: usize,
  accumulator: usize,
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
      const mean = <f32>(kind == FLAT ? 1 / (depth * depth) : 1 / (across * across + depth * depth))
      const difference = f32x4.splat(mean * <f32>(t - k - 0.5))
      const entry = entries + (<usize>(<i32>k + 2) << 5)
      const at = accumulator + (<usize>(j * TILE + i) << cellShift(mirror != 0))
      accumulate(at, weighted(entry, f32x4.splat(mean), difference))
      if (mirror) accumulate(at + 16, weightedReversed(mirror - entry, f32x4.splat(mean), difference))
    }
  }
}

/**
 * The accumulators of one tile to where each lane's symmetry puts them. A lane is { origin, perRow,
 * perColumn: pixels, skips: bit 0 = none at all, 1 = on the middle row, 2 = on the middle
 * column, where another lane has the same pixel }, four i32.
 */
export function imageFromTile(
  tile: i32, thread: i32, accumulators: usize, rows: i32, columns: i32, fullRows: i32, fullColumns: i32, lanes: usize, image: usize, mirrors: bool,
): void {
  const accumulator = accumulators + (<usize>tile << (10 + cellShift(mirrors)))
  const tilesAcross = (columns + TILE - 1) / TILE
  const tileRow = rowOfTile(tile, tilesAcross, mirrors)
  const firstColumn = columnOfTile(tile, tileRow, tilesAcross, mirrors) * TILE
  const firstRow = tileRow * TILE
  const endRow = min(rows, firstRow + TILE)
  const endColumn = min(columns, firstColumn + TILE)
  const middleRow = fullRows & 1 ? fullRows >> 1 : -1
  const middleColumn = fullColumns & 1 ? fullColumns >> 1 : -1
  for (let lane = 0; lane < 4; lane++) {
    const index = lanes + <usize>lane * 16
    const skips = load<i32>(index, 12)
    if (skips & 1) continue
    const noRow = skips & 2 ? middleRow : -1
    const noColumn = skips & 4 ? middleColumn : -1
    for (let row = firstRow; row < endRow; row++) {
      const from = accumulator + (<usize>lane << 2) + (<usize>((row - firstRow) * TILE - firstColumn) << cellShift(mirrors))
      for (let column = mirrors ? max(row, firstColumn) : firstColumn; column < endColumn; column++) {
        const value = from + (<usize>column << cellShift(mirrors))
        if (row != noRow && column != noColumn) putPixel(image, index, row, column, load<f32>(value))
        if (mirrors && row != column && column != noRow && row != noColumn) putPixel(image, index, column, row, load<f32>(value, 16))
      }
    }
  }
}

// @ts-ignore: decorator
@inline
function putPixel(image: usize, lane: usize, row: i32, column: i32, value: f32): void {
  const pixel = load<i32>(lane) + row * load<i32>(lane, 4) + column * load<i32>(lane, 8)
  store<f32>(image + (<usize>pixel << 2), value)
}

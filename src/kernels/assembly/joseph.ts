// Joseph's method (1982) and its transpose. Every ray is seen from a frame in which
// it goes along the rows: it lies at column intercept + slope·row. Rays come in runs
// of one frame; four lanes are four views (or none) whose rays coincide in the frame.
// A run, 48 bytes: { cos, sin: f64, firstBin, bins, firstRay (a multiple of 4),
// reversed (a bit per lane), view of each lane (−1: none): i32 }.
// A ray, 16 bytes: { intercept, slope: f64 }; runs are padded to a multiple of four
// rays with copies of the last.
// Trap: a slope in float32 is wrong by 10⁻⁴ pixels at the far end of a large image.

import { addressBias, clamped, remainder, rounded } from './interpolate'

const FIRST_BIN: usize = 16
const BINS: usize = 20
const FIRST_RAY: usize = 24
const REVERSED: usize = 28
const VIEWS: usize = 32
const RUN_BYTES: usize = 48

/** Rows that four rays visit before the next four: their positions stay small, their pixels in the cache. */
const BLOCK: i32 = 16
/** Runs that share a block of rows in the cache. */
const RUNS: i32 = 8
const MARGIN: i32 = 2

/** Scratch of one thread: cells and weights of four rays on a block of rows. */
const PLACES_BYTES: usize = 512
export function projectScratchBytes(): usize {
  return PLACES_BYTES
}

/** Fills the rays of one run. `detector` holds { origin, along, across: f64 } per bin (see joseph.ts of src/ct). */
export function layRays(
  tile: i32, thread: i32, runs: usize, rays: usize, detector: usize, sourceMm: f64, pixelMm: f64, rows: i32, columns: i32,
): void {
  const run = runs + <usize>tile * RUN_BYTES
  const cos = load<f64>(run)
  const sin = load<f64>(run, 8)
  const bins = load<i32>(run, BINS)
  let ray = rays + (<usize>load<i32>(run, FIRST_RAY) << 4)
  for (let i = 0; i < ((bins + 3) & ~3); i++, ray += 16) {
    const bin = detector + <usize>(load<i32>(run, FIRST_BIN) + min(i, bins - 1)) * 24
    const origin = load<f64>(bin)
    const along = load<f64>(bin, 8)
    const across = load<f64>(bin, 16)
    const column = (origin * cos + sourceMm * sin) / pixelMm + <f64>(columns - 1) / 2
    const row = <f64>(rows - 1) / 2 - (origin * sin - sourceMm * cos) / pixelMm
    const slope = (sin * along - cos * across) / (cos * along + sin * across)
    store<f64>(ray, column - slope * row)
    store<f64>(ray, slope, 8)
  }
}

/** Length of a ray between two rows, mm. */
// @ts-ignore: decorator
@inline
function stepMm(ray: usize, pixelMm: f64): f32 {
  const slope = load<f64>(ray, 8)
  return <f32>(pixelMm * Math.sqrt(1 + slope * slope))
}

/** The column at which a ray crosses `row`. */
// @ts-ignore: decorator
@inline
function entry(ray: usize, row: i32): f64 {
  return load<f64>(ray) + load<f64>(ray, 8) * <f64>row
}

/** False when all four rays pass the grid by on rows row … row + count − 1; rays of a run do not cross in the grid. */
// @ts-ignore: decorator
@inline
function meets(ray: usize, row: i32, count: i32, columns: i32): bool {
  const first = entry(ray, row)
  const last = entry(ray + 48, row)
  const firstEnd = entry(ray, row + count - 1)
  const lastEnd = entry(ray + 48, row + count - 1)
  return max(max(first, last), max(firstEnd, lastEnd)) > -1 && min(min(first, last), min(firstEnd, lastEnd)) < <f64>columns
}

/** Positions τ of four rays on `row`, counted from column `k`. */
// @ts-ignore: decorator
@inline
function positions(ray: usize, row: i32, k: f64): v128 {
  return f32x4(
    <f32>(entry(ray, row) - k - 0.5),
    <f32>(entry(ray + 16, row) - k - 0.5),
    <f32>(entry(ray + 32, row) - k - 0.5),
    <f32>(entry(ray + 48, row) - k - 0.5),
  )
}

/**
 * Cells and weights of four rays on the rows of a block: { cell: u32 × 4, w: f32 × 4 }
 * per row, 32 bytes. False when all four pass by. They go through memory, since taking
 * addresses out of a vector lane by lane costs more than a load.
 */
function placeRays(ray: usize, row: i32, count: i32, table: usize, rowBytes: i32, columns: i32, places: usize): bool {
  if (!meets(ray, row, count, columns)) return false
  // Far rays are clamped onto the margins; the first need not be near.
  const k = Math.floor(max(-2.0, min(<f64>columns, entry(ray, row))))
  const slope = f32x4(<f32>load<f64>(ray, 8), <f32>load<f64>(ray, 24), <f32>load<f64>(ray, 40), <f32>load<f64>(ray, 56))
  const low = f32x4.splat(<f32>(-2 - k))
  const high = f32x4.splat(<f32>(<f64>columns - k))
  let bias = addressBias(table + <usize>row * rowBytes + (<usize>(<i32>k + MARGIN) << 4), 4)
  let tau = positions(ray, row, k)
  for (const end = places + (<usize>count << 5); places < end; places += 32) {
    const inside = clamped(tau, low, high)
    const sum = rounded(inside)
    v128.store(places, i32x4.add(i32x4.shl(sum, 4), bias))
    v128.store(places, f32x4.add(remainder(inside, sum), f32x4.splat(0.5)), 16)
    tau = f32x4.add(tau, slope)
    bias = i32x4.add(bias, i32x4.splat(rowBytes))
  }
  return true
}

/** The interpolated value of the ray whose cell lies at `at`. */
// @ts-ignore: decorator
@inline
function interpolated(at: usize): v128 {
  const cell = <usize>load<u32>(at)
  const value = v128.load(cell)
  return f32x4.add(value, f32x4.mul(v128.load32_splat(at, 16), f32x4.sub(v128.load(cell, 16), value)))
}

/** Line integrals of up to eight runs. `sums` holds one vector per ray. */
export function forward(
  tile: i32, thread: i32, scratch: usize, runs: usize, runCount: i32, rays: usize, sums: usize, table: usize, rowBytes: i32,
  rows: i32, columns: i32, sinogram: usize, bins: i32, pixelMm: f64,
): void {
  const places = scratch + <usize>thread * PLACES_BYTES
  const endRun = min(runCount, tile * RUNS + RUNS)
  for (let i = tile * RUNS; i < endRun; i++) {
    const run = runs + <usize>i * RUN_BYTES
    memory.fill(sums + (<usize>load<i32>(run, FIRST_RAY) << 4), 0, <usize>((load<i32>(run, BINS) + 3) & ~3) << 4)
  }
  for (let row = 0; row < rows; row += BLOCK) {
    for (let i = tile * RUNS; i < endRun; i++) {
      const run = runs + <usize>i * RUN_BYTES
      const start = <usize>load<i32>(run, FIRST_RAY) << 4
      sumBlock(rays + start, sums + start, load<i32>(run, BINS), row, min(BLOCK, rows - row), table, rowBytes, columns, places)
    }
  }
  for (let i = tile * RUNS; i < endRun; i++) writeRun(runs + <usize>i * RUN_BYTES, rays, sums, sinogram, bins, pixelMm)
}

function sumBlock(
  rays: usize, sums: usize, bins: i32, row: i32, count: i32, table: usize, rowBytes: i32, columns: i32, places: usize,
): void {
  const end = places + (<usize>count << 5)
  for (let offset: usize = 0; offset < <usize>bins << 4; offset += 64) {
    if (!placeRays(rays + offset, row, count, table, rowBytes, columns, places)) continue
    const to = sums + offset
    let sum0 = v128.load(to)
    let sum1 = v128.load(to, 16)
    let sum2 = v128.load(to, 32)
    let sum3 = v128.load(to, 48)
    for (let at = places; at < end; at += 32) {
      sum0 = f32x4.add(sum0, interpolated(at))
      sum1 = f32x4.add(sum1, interpolated(at + 4))
      sum2 = f32x4.add(sum2, interpolated(at + 8))
      sum3 = f32x4.add(sum3, interpolated(at + 12))
    }
    v128.store(to, sum0)
    v128.store(to, sum1, 16)
    v128.store(to, sum2, 32)
    v128.store(to, sum3, 48)
  }
}

function writeRun(run: usize, rays: usize, sums: usize, sinogram: usize, bins: i32, pixelMm: f64): void {
  const firstBin = load<i32>(run, FIRST_BIN)
  const start = <usize>load<i32>(run, FIRST_RAY) << 4
  for (let lane = 0; lane < 4; lane++) {
    const view = load<i32>(run + (<usize>lane << 2), VIEWS)
    if (view < 0) continue
    const reversed = (load<i32>(run, REVERSED) >> lane) & 1
    for (let i = 0; i < load<i32>(run, BINS); i++) {
      const bin = reversed ? bins - 1 - firstBin - i : firstBin + i
      const ray = start + (<usize>i << 4)
      const sum = load<f32>(sums + ray + (<usize>lane << 2))
      store<f32>(sinogram + (<usize>(view * bins + bin) << 2), sum * stepMm(rays + ray, pixelMm))
    }
  }
}

/** Gathers the four lanes of one run, times the rays' steps: the reverse of the end of `forward`. */
export function gatherRun(
  tile: i32, thread: i32, runs: usize, rays: usize, values: usize, sinogram: usize, bins: i32, pixelMm: f64,
): void {
  const run = runs + <usize>tile * RUN_BYTES
  const firstBin = load<i32>(run, FIRST_BIN)
  const count = load<i32>(run, BINS)
  const start = <usize>load<i32>(run, FIRST_RAY) << 4
  memory.fill(values + start, 0, <usize>((count + 3) & ~3) << 4)
  for (let lane = 0; lane < 4; lane++) {
    const view = load<i32>(run + (<usize>lane << 2), VIEWS)
    if (view < 0) continue
    const reversed = (load<i32>(run, REVERSED) >> lane) & 1
    for (let i = 0; i < count; i++) {
      const bin = reversed ? bins - 1 - firstBin - i : firstBin + i
      const ray = start + (<usize>i << 4)
      const value = load<f32>(sinogram + (<usize>(view * bins + bin) << 2))
      store<f32>(values + ray + (<usize>lane << 2), value * stepMm(rays + ray, pixelMm))
    }
  }
}

/** The transpose, one block of the table's rows: every ray leaves its share on the two pixels that `forward` read. */
export function adjoint(
  tile: i32, thread: i32, scratch: usize, runs: usize, runCount: i32, rays: usize, values: usize, table: usize, rowBytes: i32,
  rows: i32, columns: i32,
): void {
  const places = scratch + <usize>thread * PLACES_BYTES
  const row = tile * BLOCK
  const count = min(BLOCK, rows - row)
  memory.fill(table + <usize>row * rowBytes, 0, <usize>count * rowBytes)
  for (let i = 0; i < runCount; i++) {
    const run = runs + <usize>i * RUN_BYTES
    const start = <usize>load<i32>(run, FIRST_RAY) << 4
    scatterBlock(rays + start, values + start, load<i32>(run, BINS), row, count, table, rowBytes, columns, places)
  }
}

/** The ray's share on the two cells that `interpolated` reads. */
// @ts-ignore: decorator
@inline
function leave(at: usize, value: v128): void {
  const cell = <usize>load<u32>(at)
  const right = f32x4.mul(v128.load32_splat(at, 16), value)
  v128.store(cell, f32x4.add(v128.load(cell), f32x4.sub(value, right)))
  v128.store(cell, f32x4.add(v128.load(cell, 16), right), 16)
}

function scatterBlock(
  rays: usize, values: usize, bins: i32, row: i32, count: i32, table: usize, rowBytes: i32, columns: i32, places: usize,
): void {
  const end = places + (<usize>count << 5)
  for (let offset: usize = 0; offset < <usize>bins << 4; offset += 64) {
    if (!placeRays(rays + offset, row, count, table, rowBytes, columns, places)) continue
    const value0 = v128.load(values + offset)
    const value1 = v128.load(values + offset, 16)
    const value2 = v128.load(values + offset, 32)
    const value3 = v128.load(values + offset, 48)
    for (let at = places; at < end; at += 32) {
      leave(at, value0)
      leave(at + 4, value1)
      leave(at + 8, value2)
      leave(at + 12, value3)
    }
  }
}

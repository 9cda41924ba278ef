// Exact line integrals of painted ellipses and Gaussian blobs along the rays of one view:
// the loops of src/phantoms/line-integrals.ts with the same arithmetic in the same order,
// so that both give the same bits, two rays at a time.
//
// `row`: float64, one per bin, added to. `rays`: three float64 rows, the rays' normals along
// x and y and their distances, mm. `ranges`: first and last bin of each shape, int32.
// `shapes`: seven float64 rows of `count`: x, y, xx, xy, yy, root, value (compiled-shapes.ts).

/** `clipStart`: int32, count + 1; `clips`: three rows of `clipCount`, normals along x and y and offsets. `covered`: paintScratchBytes, zero in its first 8 · bins bytes. */
export function addPaint(
  row: usize, rays: usize, bins: i32, ranges: usize, shapes: usize, count: i32, clipStart: usize, clips: usize, clipCount: i32, covered: usize,
): void {
  const rayBytes = bins << 3
  const column: usize = count << 3
  const clipBytes: usize = clipCount << 3
  const capacity = count + 1
  const lineBytes = capacity << 4
  const lists = covered + rayBytes
  for (let i = count - 1; i >= 0; i--) {
    const shape: usize = shapes + (i << 3)
    const x = v128.load64_splat(shape)
    const y = v128.load64_splat(shape + column)
    const xx = v128.load64_splat(shape + 2 * column)
    const xy = v128.load64_splat(shape + 3 * column)
    const yy = v128.load64_splat(shape + 4 * column)
    const root = v128.load64_splat(shape + 5 * column)
    const value = load<f64>(shape + 6 * column)
    const firstClip = load<i32>(clipStart + (i << 2))
    const endClip = load<i32>(clipStart + (i << 2), 4)
    const last = load<i32>(ranges + (i << 3), 4)
    for (let bin = load<i32>(ranges + (i << 3)); bin <= last; bin += 2) {
      // Of an odd number, the pair's second ray is beyond the range, and not counted.
      const ray: usize = rays + (bin << 3)
      const nx = v128.load(ray)
      const ny = v128.load(ray + rayBytes)
      const d = f64x2.sub(f64x2.sub(v128.load(ray + 2 * rayBytes), f64x2.mul(nx, x)), f64x2.mul(ny, y))
      // Σn, its products with n (w²) and with the ray's direction (−ny, nx).
      const mx = f64x2.add(f64x2.mul(xx, nx), f64x2.mul(xy, ny))
      const my = f64x2.add(f64x2.mul(xy, nx), f64x2.mul(yy, ny))
      const w2 = f64x2.add(f64x2.mul(nx, mx), f64x2.mul(ny, my))
      const inside = f64x2.sub(w2, f64x2.mul(d, d))
      const half = f64x2.div(f64x2.mul(root, f64x2.sqrt(inside)), w2)
      const along = f64x2.div(f64x2.mul(d, f64x2.sub(f64x2.mul(nx, my), f64x2.mul(ny, mx))), w2)
      const middle = f64x2.add(f64x2.sub(f64x2.mul(nx, y), f64x2.mul(ny, x)), along)
      const from = f64x2.sub(middle, half)
      const to = f64x2.add(middle, half)
      const at: usize = row + (bin << 3)
      const list = lists + bin * lineBytes
      if (f64x2.extract_lane(inside, 0) > 0)
        show(at, ray, rayBytes, f64x2.extract_lane(from, 0), f64x2.extract_lane(to, 0), value, firstClip, endClip, clips, clipBytes, covered + (bin << 3), list)
      if (bin < last && f64x2.extract_lane(inside, 1) > 0)
        show(at + 8, ray + 8, rayBytes, f64x2.extract_lane(from, 1), f64x2.extract_lane(to, 1), value, firstClip, endClip, clips, clipBytes, covered + (bin << 3) + 8, list + lineBytes)
    }
  }
}

export function paintScratchBytes(bins: i32, count: i32): i32 {
  return bins * (8 + ((count + 1) << 4))
}

/** Adds what is seen of a chord, once its shape's half-planes have cut it. `counts` and `list`: what already covers the ray. */
function show(
  row: usize, ray: usize, rayBytes: i32, from: f64, to: f64, value: f64, clip: i32, endClip: i32, clips: usize, clipBytes: usize,
  counts: usize, list: usize,
): void {
  for (; clip < endClip; clip++) {
    const nx = load<f64>(ray)
    const ny = load<f64>(ray + rayBytes)
    const cx = load<f64>(clips + (clip << 3))
    const cy = load<f64>(clips + clipBytes + (clip << 3))
    // On p = s·n + t·(−ny, nx) the half-plane keeps t·slope ≤ room.
    const slope = cy * nx - cx * ny
    const room = load<f64>(clips + 2 * clipBytes + (clip << 3)) - load<f64>(ray + 2 * rayBytes) * (cx * nx + cy * ny)
    if (slope > 0) to = Math.min(to, room / slope)
    else if (slope < 0) from = Math.max(from, room / slope)
    else if (room < 0) to = from
  }
  if (to > from) store<f64>(row, load<f64>(row) + value * cover(counts, list, from, to))
}

/** As cover() of covered-intervals.ts: `list` holds sorted disjoint intervals, low and high side by side, their number at `counts`. */
function cover(counts: usize, list: usize, from: f64, to: f64): f64 {
  const count = load<i32>(counts)
  const end: usize = list + (count << 4)
  let first = list
  while (first < end && load<f64>(first, 8) < from) first += 16
  let visible = to - from
  let last = first
  let mergedLow = from
  let mergedHigh = to
  for (; last < end && load<f64>(last) <= to; last += 16) {
    const a = load<f64>(last)
    const b = load<f64>(last, 8)
    visible -= (b < to ? b : to) - (a > from ? a : from)
    if (a < mergedLow) mergedLow = a
    if (b > mergedHigh) mergedHigh = b
  }
  // [first, last) becomes one interval.
  if (last == first) for (let i = end; i > first; i -= 16) v128.store(i, v128.load(i - 16))
  else if (last != first + 16) for (let i = last, j = first + 16; i < end; i += 16, j += 16) v128.store(j, v128.load(i))
  store<f64>(first, mergedLow)
  store<f64>(first, mergedHigh, 8)
  store<i32>(counts, count + 1 - (<i32>(last - first) >> 4))
  return visible
}

/** `table`: exp(−t), 256 entries a unit of t, up to `limit` and one more. `rootTwoPi`: √(2π). */
export function addBlobs(
  row: usize, rays: usize, bins: i32, ranges: usize, shapes: usize, count: i32, table: usize, limit: f64, rootTwoPi: f64,
): void {
  const rayBytes = bins << 3
  const column: usize = count << 3
  for (let i = 0; i < count; i++) {
    const shape: usize = shapes + (i << 3)
    const x = v128.load64_splat(shape)
    const y = v128.load64_splat(shape + column)
    const xx = load<f64>(shape + 2 * column)
    const xy = load<f64>(shape + 3 * column)
    const yy = load<f64>(shape + 4 * column)
    const mass = load<f64>(shape + 6 * column) * rootTwoPi * load<f64>(shape + 5 * column)
    const first = load<i32>(ranges + (i << 3))
    const last = load<i32>(ranges + (i << 3), 4)
    const isRound = xy == 0 && xx == yy
    const scale = f64x2.splat(mass / Math.sqrt(xx))
    const inverse = f64x2.splat(0.5 / xx)
    let ray = rays + (first << 3)
    let at = row + (first << 3)
    for (let bin = first; bin <= last; bin += 2, ray += 16, at += 16) {
      const nx = v128.load(ray)
      const ny = v128.load(ray + rayBytes)
      const d = f64x2.sub(f64x2.sub(v128.load(ray + 2 * rayBytes), f64x2.mul(nx, x)), f64x2.mul(ny, y))
      let t = f64x2.mul(f64x2.mul(d, d), inverse)
      let factor = scale
      if (!isRound) {
        const twiceXy = f64x2.mul(f64x2.mul(f64x2.mul(f64x2.splat(2), nx), ny), f64x2.splat(xy))
        const w2 = f64x2.add(f64x2.add(f64x2.mul(f64x2.mul(nx, nx), f64x2.splat(xx)), twiceXy), f64x2.mul(f64x2.mul(ny, ny), f64x2.splat(yy)))
        t = f64x2.div(f64x2.mul(d, d), f64x2.mul(f64x2.splat(2), w2))
        factor = f64x2.div(f64x2.splat(mass), f64x2.sqrt(w2))
      }
      const near = f64x2.le(t, f64x2.splat(limit))
      if (!v128.any_true(near)) continue
      const added = v128.and(f64x2.mul(factor, negativeExp(f64x2.pmin(t, f64x2.splat(limit)), table)), near)
      if (bin < last) v128.store(at, f64x2.add(v128.load(at), added))
      else store<f64>(at, load<f64>(at) + f64x2.extract_lane(added, 0))
    }
  }
}

/** As negative-exp.ts. */
function negativeExp(t: v128, table: usize): v128 {
  const entry = f64x2.floor(f64x2.add(f64x2.mul(t, f64x2.splat(256)), f64x2.splat(0.5)))
  const r = f64x2.sub(f64x2.mul(entry, f64x2.splat(1.0 / 256)), t)
  const i = f64x2.add(entry, f64x2.splat(4503599627370496)) // 2⁵² has the whole number in its low bits
  const one = f64x2.splat(1)
  let series = f64x2.add(f64x2.splat(1.0 / 6), f64x2.mul(r, f64x2.splat(1.0 / 24)))
  series = f64x2.add(f64x2.splat(0.5), f64x2.mul(r, series))
  series = f64x2.add(one, f64x2.mul(r, series))
  series = f64x2.add(one, f64x2.mul(r, series))
  const low = v128.load64_zero(table + (<usize>i32x4.extract_lane(i, 0) << 3))
  return f64x2.mul(v128.load64_lane(table + (<usize>i32x4.extract_lane(i, 2) << 3), low, 1), series)
}

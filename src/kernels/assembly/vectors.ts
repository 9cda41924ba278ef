// Elementwise work on float32 arrays, four values at a time. `count` is padded to
// a multiple of four by the allocator, whose padding stays zero.

/** y ← a·x + b·y; with b = 0 the old y is not read into the result, be it NaN. */
export function axpby(a: f32, x: usize, b: f32, y: usize, count: i32): void {
  const end = x + ((<usize>count) << 2)
  const scaleX = f32x4.splat(a)
  const scaleY = f32x4.splat(b)
  if (b == 0) {
    for (; x < end; x += 16, y += 16) v128.store(y, f32x4.mul(scaleX, v128.load(x)))
  } else {
    for (; x < end; x += 16, y += 16)
      v128.store(y, f32x4.add(f32x4.mul(scaleX, v128.load(x)), f32x4.mul(scaleY, v128.load(y))))
  }
}

/** y ← x ∘ y. */
export function multiply(x: usize, y: usize, count: i32): void {
  const end = x + ((<usize>count) << 2)
  for (; x < end; x += 16, y += 16) v128.store(y, f32x4.mul(v128.load(x), v128.load(y)))
}

/** ⟨x, y⟩ in float64, in one fixed order. */
export function dot(x: usize, y: usize, count: i32): f64 {
  const end = x + ((<usize>count) << 2)
  let low = f64x2.splat(0)
  let high = f64x2.splat(0)
  for (; x < end; x += 16, y += 16) {
    const a = v128.load(x)
    const b = v128.load(y)
    low = f64x2.add(low, f64x2.mul(f64x2.promote_low_f32x4(a), f64x2.promote_low_f32x4(b)))
    const aHigh = f64x2.promote_low_f32x4(v128.shuffle<f32>(a, a, 2, 3, 2, 3))
    const bHigh = f64x2.promote_low_f32x4(v128.shuffle<f32>(b, b, 2, 3, 2, 3))
    high = f64x2.add(high, f64x2.mul(aHigh, bHigh))
  }
  const sum = f64x2.add(low, high)
  return f64x2.extract_lane(sum, 0) + f64x2.extract_lane(sum, 1)
}

// Noise on a scan: the loop of src/ct/acquisition.ts with the generator of random.ts and
// the functions of exact-math.ts, the same arithmetic in the same order, so that both give
// the same bits. A 32 × 32 bit product is one instruction here, and nothing is boxed.

import { atanhSeries, expSeries, normalMiddle, normalTail, stirlingSeries } from './series'

/**
 * Rays of views from `firstView` on: exact line integrals (float64) to measured ones (float32), both [view][bin]. `exact` is
 * written to. `photons` and their logarithms: float64 per bin; `logFactorials`: of 0 … 31. The key's words are unsigned 32-bit numbers.
 */
export function acquire(
  exact: usize, measured: usize, firstView: u32, views: u32, bins: u32,
  photons: usize, logPhotons: usize, electronicNoise: f64, floor: f64, key0: u32, key1: u32, logFactorials: usize,
): void {
  for (let view = firstView; view < firstView + views; view++, exact += bins << 3, measured += bins << 2) {
    expectCounts(exact, bins, photons)
    for (let bin: u32 = 0; bin < bins; bin++) {
      restart(view, bin, key0, key1)
      const at: usize = exact + (bin << 3)
      let counts = poisson(load<f64>(at), logFactorials)
      if (electronicNoise > 0) counts += electronicNoise * normalQuantile(uniform())
      store<f64>(at, counts > floor ? counts : floor)
    }
    measureLines(exact, measured, bins, logPhotons)
  }
}

/** Line integrals to the counts that they let one expect, two at a time: half an exponential's time is waiting for its last term. */
function expectCounts(values: usize, bins: u32, photons: usize): void {
  for (const end = values + (bins << 3); values < end; ) {
    const x = f64x2.neg(v128.load(values))
    if (values + 8 < end && i64x2.all_true(f64x2.lt(f64x2.abs(x), f64x2.splat(700)))) {
      v128.store(values, f64x2.mul(v128.load(photons), expOfTwo(x)))
      values += 16
      photons += 16
    } else {
      store<f64>(values, load<f64>(photons) * exp(-load<f64>(values)))
      values += 8
      photons += 8
    }
  }
}

/** Counts to line integrals. */
function measureLines(counts: usize, measured: usize, bins: u32, logPhotons: usize): void {
  for (const end = counts + (bins << 3); counts < end; ) {
    const x = v128.load(counts)
    const ordinary = v128.and(f64x2.ge(x, f64x2.splat(2.2250738585072014e-308)), f64x2.lt(x, f64x2.splat(Infinity)))
    if (counts + 8 < end && i64x2.all_true(ordinary)) {
      v128.store64_lane(measured, f32x4.demote_f64x2_zero(f64x2.sub(v128.load(logPhotons), logOfTwo(x))), 0)
      counts += 16
      measured += 8
      logPhotons += 16
    } else {
      store<f32>(measured, <f32>(load<f64>(logPhotons) - log(load<f64>(counts))))
      counts += 8
      measured += 4
      logPhotons += 8
    }
  }
}

// The stream of the ray at hand: Philox 4×32-10 (random.ts).
let high: u32 = 0
let low: u32 = 0
let keyA: u32 = 0
let keyB: u32 = 0
let block: u32 = 0
/** Words of the last block that are left, two at a time: the words 2 and 3 of it. */
let hasRest = false
let restHigh: u32 = 0
let restLow: u32 = 0

function restart(view: u32, bin: u32, key0: u32, key1: u32): void {
  high = view
  low = bin
  keyA = key0
  keyB = key1
  block = 0
  hasRest = false
}

/** Uniform in (0, 1), 52 bits. */
function uniform(): f64 {
  if (hasRest) {
    hasRest = false
    return fraction(restHigh, restLow)
  }
  let c0: u32 = block++
  let c1 = low
  let c2 = high
  let c3: u32 = 0
  let k0 = keyA
  let k1 = keyB
  for (let round = 0; round < 10; round++) {
    const product0 = <u64>c0 * 0xd2511f53
    const product1 = <u64>c2 * 0xcd9e8d57
    c0 = <u32>(product1 >> 32) ^ c1 ^ k0
    c2 = <u32>(product0 >> 32) ^ c3 ^ k1
    c1 = <u32>product1
    c3 = <u32>product0
    k0 += 0x9e3779b9
    k1 += 0xbb67ae85
  }
  hasRest = true
  restHigh = c2
  restLow = c3
  return fraction(c0, c1)
}

function fraction(a: u32, b: u32): f64 {
  return (<f64>(a >> 6) * 67108864 + <f64>(b >> 6) + 0.5) / 4503599627370496
}

function poisson(mean: f64, logFactorials: usize): f64 {
  if (mean == 0) return 0
  if (mean < 10) {
    const limit = exp(-mean)
    let product = uniform()
    let count: f64 = 0
    while (product > limit) {
      product *= uniform()
      count++
    }
    return count
  }
  const slam = Math.sqrt(mean)
  const b = 0.931 + 2.53 * slam
  const a = -0.059 + 0.02483 * b
  const vr = 0.9277 - 3.6224 / (b - 2)
  while (true) {
    const u = uniform() - 0.5
    const v = uniform()
    const us = 0.5 - Math.abs(u)
    const k = Math.floor(((2 * a) / us + b) * u + mean + 0.43)
    if (us >= 0.07 && v <= vr) return k
    if (k < 0 || (us < 0.013 && v > us)) continue
    const inverseAlpha = 1.1239 + 1.1328 / (b - 3.4)
    const accept = log(v) + log(inverseAlpha) - log(a / (us * us) + b)
    if (accept <= k * log(mean) - mean - logFactorial(k, logFactorials)) return k
  }
}

function logFactorial(k: f64, logFactorials: usize): f64 {
  return k < 32 ? load<f64>(logFactorials + ((<usize>k) << 3)) : stirlingSeries(k + 1, log(k + 1))
}

function normalQuantile(p: f64): f64 {
  const q = p - 0.5
  if (Math.abs(q) <= 0.425) return normalMiddle(q)
  const x = normalTail(Math.sqrt(-log(q < 0 ? p : 1 - p)))
  return q < 0 ? -x : x
}

const ln2High = 6.93147180369123816490e-1
const ln2Low = 1.90821492927058770002e-10

/** e^x of exact-math.ts. */
function exp(x: f64): f64 {
  if (x != x) return NaN
  if (x > 709.782712893384) return Infinity
  if (x < -745.2) return 0
  const k = Math.round(x * 1.4426950408889634)
  const r = x - k * ln2High - k * ln2Low
  const sum = expSeries(r)
  const exponent = <i32>k
  if (exponent < -1021) return sum * powerOfTwo(exponent + 100) * powerOfTwo(-100)
  if (exponent > 1023) return sum * powerOfTwo(1023) * powerOfTwo(exponent - 1023)
  return sum * powerOfTwo(exponent)
}

/** Natural logarithm of exact-math.ts. */
function log(x: f64): f64 {
  if (!(x > 0)) return x == 0 ? -Infinity : NaN
  if (x == Infinity) return Infinity
  let scale = 0
  if (x < 2.2250738585072014e-308) {
    x *= 18014398509481984
    scale = -54
  }
  const bits = reinterpret<u64>(x)
  let exponent = <i32>(bits >> 52) - 1023
  let m = reinterpret<f64>((bits & 0xfffffffffffff) | (<u64>1023 << 52))
  if (m > 1.4142135623730951) {
    m *= 0.5
    exponent++
  }
  const f = (m - 1) / (m + 1)
  const f2 = f * f
  const sum = atanhSeries(f2)
  const k = <f64>(exponent + scale)
  return k * ln2High + (k * ln2Low + 2 * f * sum + 2 * f)
}

/** As exp(), for |x| < 700. */
function expOfTwo(x: v128): v128 {
  const scaled = f64x2.mul(x, f64x2.splat(1.4426950408889634))
  const above = f64x2.ceil(scaled)
  const isPast = f64x2.gt(f64x2.sub(above, f64x2.splat(0.5)), scaled)
  const k = f64x2.sub(above, v128.and(isPast, f64x2.splat(1)))
  const r = f64x2.sub(f64x2.sub(x, f64x2.mul(k, f64x2.splat(ln2High))), f64x2.mul(k, f64x2.splat(ln2Low)))
  let sum = f64x2.add(f64x2.mul(f64x2.splat(1.1470745597729725e-11), r), f64x2.splat(1.6059043836821613e-10))
  sum = f64x2.add(f64x2.mul(sum, r), f64x2.splat(2.08767569878681e-9))
  sum = f64x2.add(f64x2.mul(sum, r), f64x2.splat(2.505210838544172e-8))
  sum = f64x2.add(f64x2.mul(sum, r), f64x2.splat(2.755731922398589e-7))
  sum = f64x2.add(f64x2.mul(sum, r), f64x2.splat(0.0000027557319223985893))
  sum = f64x2.add(f64x2.mul(sum, r), f64x2.splat(0.0000248015873015873))
  sum = f64x2.add(f64x2.mul(sum, r), f64x2.splat(0.0001984126984126984))
  sum = f64x2.add(f64x2.mul(sum, r), f64x2.splat(0.001388888888888889))
  sum = f64x2.add(f64x2.mul(sum, r), f64x2.splat(0.008333333333333333))
  sum = f64x2.add(f64x2.mul(sum, r), f64x2.splat(0.041666666666666664))
  sum = f64x2.add(f64x2.mul(sum, r), f64x2.splat(0.16666666666666666))
  sum = f64x2.add(f64x2.mul(sum, r), f64x2.splat(0.5))
  sum = f64x2.add(f64x2.mul(sum, r), f64x2.splat(1))
  sum = f64x2.add(f64x2.mul(sum, r), f64x2.splat(1))
  const exponent = i64x2.extend_low_i32x4_s(i32x4.trunc_sat_f64x2_s_zero(k))
  return f64x2.mul(sum, i64x2.shl(i64x2.add(exponent, i64x2.splat(1023)), 52))
}

/** As log(), for ordinary numbers above 0. */
function logOfTwo(x: v128): v128 {
  const bits = v128.shuffle<i32>(i64x2.shr_u(x, 52), i32x4.splat(0), 0, 2, 4, 4)
  let k = f64x2.sub(f64x2.convert_low_i32x4_s(bits), f64x2.splat(1023))
  let m = v128.or(v128.and(x, i64x2.splat(0xfffffffffffff)), i64x2.splat((<i64>1023) << 52))
  const isLarge = f64x2.gt(m, f64x2.splat(1.4142135623730951))
  m = f64x2.mul(m, v128.bitselect(f64x2.splat(0.5), f64x2.splat(1), isLarge))
  k = f64x2.add(k, v128.and(isLarge, f64x2.splat(1)))
  const one = f64x2.splat(1)
  const f = f64x2.div(f64x2.sub(m, one), f64x2.add(m, one))
  const f2 = f64x2.mul(f, f)
  let sum = f64x2.mul(f64x2.splat(0.043478260869565216), f2)
  sum = f64x2.mul(f64x2.add(sum, f64x2.splat(0.047619047619047616)), f2)
  sum = f64x2.mul(f64x2.add(sum, f64x2.splat(0.05263157894736842)), f2)
  sum = f64x2.mul(f64x2.add(sum, f64x2.splat(0.058823529411764705)), f2)
  sum = f64x2.mul(f64x2.add(sum, f64x2.splat(0.06666666666666667)), f2)
  sum = f64x2.mul(f64x2.add(sum, f64x2.splat(0.07692307692307693)), f2)
  sum = f64x2.mul(f64x2.add(sum, f64x2.splat(0.09090909090909091)), f2)
  sum = f64x2.mul(f64x2.add(sum, f64x2.splat(0.1111111111111111)), f2)
  sum = f64x2.mul(f64x2.add(sum, f64x2.splat(0.14285714285714285)), f2)
  sum = f64x2.mul(f64x2.add(sum, f64x2.splat(0.2)), f2)
  sum = f64x2.mul(f64x2.add(sum, f64x2.splat(0.3333333333333333)), f2)
  const twice = f64x2.mul(f64x2.splat(2), f)
  const low = f64x2.add(f64x2.add(f64x2.mul(k, f64x2.splat(ln2Low)), f64x2.mul(twice, sum)), twice)
  return f64x2.add(f64x2.mul(k, f64x2.splat(ln2High)), low)
}

function powerOfTwo(k: i32): f64 {
  return reinterpret<f64>((<u64>(k + 1023)) << 52)
}

// exp, log, sin, cos that give the same bits on every JavaScript engine: only
// +, −, ×, ÷, sqrt and bit patterns, which IEEE 754 fixes. Math.exp and its kin
// may differ between engine versions, and fixtures must not.
// Argument reduction after Cody & Waite 1980; polynomials are Taylor series on the
// reduced interval, long enough for errors below 2 ulp. Trap: not for huge arguments.

import { atanhSeries, expSeries } from '../kernels/assembly/series.ts'

const buffer = new DataView(new ArrayBuffer(8))
const ln2High = 6.93147180369123816490e-1 // upper bits of ln 2, trailing zeros
const ln2Low = 1.90821492927058770002e-10
const halfPiHigh = 1.57079632673412561417
const halfPiMiddle = 6.07710050630396597660e-11
const halfPiLow = 2.02226624879595063154e-21

/** e^x. Relative error below 4e-16; 0 below −745, Infinity above 709.78. */
export function exactExp(x: number): number {
  if (x !== x) return NaN
  if (x > 709.782712893384) return Infinity
  if (x < -745.2) return 0
  const k = Math.round(x * 1.4426950408889634)
  const r = x - k * ln2High - k * ln2Low // |r| ≤ 0.347
  const sum = expSeries(r)
  // Two steps, so that a result below the normal numbers rounds once, at the end.
  if (k < -1021) return sum * powerOfTwo(k + 100) * powerOfTwo(-100)
  if (k > 1023) return sum * powerOfTwo(1023) * powerOfTwo(k - 1023)
  return sum * powerOfTwo(k)
}

/** Natural logarithm. Relative error below 4e-16; −Infinity at 0, NaN below. */
export function exactLog(x: number): number {
  if (!(x > 0)) return x === 0 ? -Infinity : NaN
  if (x === Infinity) return Infinity
  let scale = 0
  if (x < 2.2250738585072014e-308) {
    x *= 18014398509481984 // 2^54 lifts a subnormal
    scale = -54
  }
  buffer.setFloat64(0, x)
  const high = buffer.getInt32(0)
  let exponent = (high >> 20) - 1023
  buffer.setInt32(0, (high & 0xfffff) | (1023 << 20))
  let m = buffer.getFloat64(0) // 1 ≤ m < 2
  if (m > 1.4142135623730951) {
    m *= 0.5
    exponent++
  }
  const f = (m - 1) / (m + 1) // log m = 2 atanh f, |f| ≤ 0.1716
  const f2 = f * f
  const sum = atanhSeries(f2)
  const k = exponent + scale
  return k * ln2High + (k * ln2Low + 2 * f * sum + 2 * f)
}

/** sin x for |x| up to 1e5. Absolute error below 2e-16. */
export function exactSin(x: number): number {
  const k = Math.round(x / (Math.PI / 2))
  const r = reduced(x, k)
  switch (((k % 4) + 4) % 4) {
    case 0:
      return sinSeries(r)
    case 1:
      return cosSeries(r)
    case 2:
      return -sinSeries(r)
    default:
      return -cosSeries(r)
  }
}

/** cos x for |x| up to 1e5. Absolute error below 2e-16. */
export function exactCos(x: number): number {
  const k = Math.round(x / (Math.PI / 2))
  const r = reduced(x, k)
  switch (((k % 4) + 4) % 4) {
    case 0:
      return cosSeries(r)
    case 1:
      return -sinSeries(r)
    case 2:
      return -cosSeries(r)
    default:
      return sinSeries(r)
  }
}

function reduced(x: number, k: number): number {
  return x - k * halfPiHigh - k * halfPiMiddle - k * halfPiLow
}

function sinSeries(r: number): number {
  const r2 = r * r
  let sum = 1
  for (let n = 18; n >= 2; n -= 2) sum = 1 - (r2 / (n * (n + 1))) * sum
  return r * sum
}

function cosSeries(r: number): number {
  const r2 = r * r
  let sum = 1
  for (let n = 17; n >= 1; n -= 2) sum = 1 - (r2 / (n * (n + 1))) * sum
  return sum
}

function powerOfTwo(k: number): number {
  buffer.setInt32(4, 0)
  buffer.setInt32(0, (k + 1023) << 20)
  return buffer.getFloat64(0)
}

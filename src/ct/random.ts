// Counter-based random numbers: Philox 4×32-10 (Salmon et al. 2011). A stream is
// keyed by names, and each draw by its counter, so order and parallelism never
// change a number. Uses exact-math only: the same bits on every engine.

import { normalMiddle, normalTail, stirlingSeries } from '../kernels/assembly/series.ts'
import { exactExp, exactLog } from './exact-math.ts'

export interface Random {
  /** Uniform in (0, 1), 52 bits, never 0 or 1. */
  uniform(): number
  /** Standard normal. */
  normal(): number
  /** Whole number in [low, high]. */
  integer(low: number, high: number): number
  /** Poisson of this mean ≥ 0. */
  poisson(mean: number): number
}

/** A 64-bit key as two unsigned 32-bit words. */
export type SeedKey = readonly [number, number]

/** Hashes names and numbers into a key (two FNV-1a passes with a final mix); parts are separated, so ["a","b"] ≠ ["ab"]. */
export function seedKey(...parts: readonly (string | number)[]): SeedKey {
  const text = parts.map(part => `${typeof part}:${part}`).join('\u0000')
  let a = 0x811c9dc5
  let b = 0x9747b28c
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i)
    a = Math.imul(a ^ (code & 0xff), 0x01000193)
    a = Math.imul(a ^ (code >>> 8), 0x01000193)
    b = Math.imul(b ^ code, 0x85ebca6b)
    b ^= b >>> 15
  }
  return [mix(a ^ (b >>> 16)), mix(b ^ Math.imul(a, 0xc2b2ae35))]
}

/** A generator of the stream `key`; `index` (two 32-bit numbers, e.g. view and bin) picks one of its independent substreams. */
export class PhiloxRandom implements Random {
  readonly #key: SeedKey
  #high: number
  #low: number
  #block = 0
  #position = 4
  readonly #words = new Uint32Array(4)

  constructor(key: SeedKey, high = 0, low = 0) {
    this.#key = key
    this.#high = high
    this.#low = low
  }

  /** Starts the substream (high, low) at its beginning. Spares an allocation per ray. */
  restart(high: number, low: number): void {
    this.#high = high
    this.#low = low
    this.#block = 0
    this.#position = 4
  }

  word(): number {
    if (this.#position === 4) {
      philox4x32(this.#words, this.#block++, this.#low, this.#high, 0, this.#key)
      this.#position = 0
    }
    return this.#words[this.#position++]!
  }

  uniform(): number {
    const high = this.word() >>> 6 // 26 bits
    const low = this.word() >>> 6 // 26 bits
    return (high * 67108864 + low + 0.5) / 4503599627370496
  }

  /** Inverse of the normal distribution at one uniform: no rejection, and a logarithm only in the outer 15 %. */
  normal(): number {
    return normalQuantile(this.uniform())
  }

  integer(low: number, high: number): number {
    return low + Math.floor(this.uniform() * (high - low + 1))
  }

  /** Below 10: inversion by multiplication (Knuth). From 10: PTRS (Hörmann 1993). */
  poisson(mean: number): number {
    if (!(mean >= 0)) throw new RangeError(`Poisson mean is ${mean}, expected a number of at least 0.`)
    if (mean === 0) return 0
    if (mean < 10) {
      const limit = exactExp(-mean)
      let product = this.uniform()
      let count = 0
      while (product > limit) {
        product *= this.uniform()
        count++
      }
      return count
    }
    const slam = Math.sqrt(mean)
    const b = 0.931 + 2.53 * slam
    const a = -0.059 + 0.02483 * b
    const vr = 0.9277 - 3.6224 / (b - 2)
    for (;;) {
      const u = this.uniform() - 0.5
      const v = this.uniform()
      const us = 0.5 - Math.abs(u)
      const k = Math.floor(((2 * a) / us + b) * u + mean + 0.43)
      if (us >= 0.07 && v <= vr) return k
      if (k < 0 || (us < 0.013 && v > us)) continue
      // Seldom reached (about one draw in seven), so the logarithms are taken here.
      const inverseAlpha = 1.1239 + 1.1328 / (b - 3.4)
      const accept = exactLog(v) + exactLog(inverseAlpha) - exactLog(a / (us * us) + b)
      if (accept <= k * exactLog(mean) - mean - logFactorial(k)) return k
    }
  }
}

/** log k! of 0 … 31. */
export const smallLogFactorials: Float64Array = (() => {
  const table = new Float64Array(32)
  for (let k = 2; k < 32; k++) table[k] = table[k - 1]! + exactLog(k)
  return table
})()

/** log k!, by Stirling's series from 32 on (error below 1e-15 relative). */
export function logFactorial(k: number): number {
  return k < 32 ? smallLogFactorials[k]! : stirlingSeries(k + 1, exactLog(k + 1))
}

/** Φ⁻¹(p) for 0 < p < 1: Wichura 1988, algorithm AS 241 (PPND16), relative error about 1e-16. */
export function normalQuantile(p: number): number {
  const q = p - 0.5
  if (Math.abs(q) <= 0.425) return normalMiddle(q)
  const x = normalTail(Math.sqrt(-exactLog(q < 0 ? p : 1 - p)))
  return q < 0 ? -x : x
}

function mix(h: number): number {
  h ^= h >>> 16
  h = Math.imul(h, 0x85ebca6b)
  h ^= h >>> 13
  h = Math.imul(h, 0xc2b2ae35)
  return (h ^ (h >>> 16)) >>> 0
}

/** Philox 4×32-10: writes the four words of the counter (c0, c1, c2, c3), unsigned 32-bit words, into `out`. */
export function philox4x32(out: Uint32Array, c0: number, c1: number, c2: number, c3: number, key: SeedKey): void {
  let k0 = key[0] | 0
  let k1 = key[1] | 0
  for (let round = 0; round < 10; round++) {
    const low0 = Math.imul(c0, 0xd2511f53)
    const high0 = multiplyHigh(c0, 0xd251, 0x1f53)
    const low1 = Math.imul(c2, 0xcd9e8d57)
    const high1 = multiplyHigh(c2, 0xcd9e, 0x8d57)
    const n0 = high1 ^ c1 ^ k0
    const n2 = high0 ^ c3 ^ k1
    c1 = low1
    c3 = low0
    c0 = n0
    c2 = n2
    k0 = (k0 + 0x9e3779b9) | 0
    k1 = (k1 + 0xbb67ae85) | 0
  }
  out[0] = c0
  out[1] = c1
  out[2] = c2
  out[3] = c3
}

/** Upper 32 bits of an unsigned 32 × 32 bit product, the second factor in halves of 16 bits. All in int32, which is 3 times as fast. */
function multiplyHigh(a: number, bHigh: number, bLow: number): number {
  const aHigh = a >>> 16
  const aLow = a & 0xffff
  const middle1 = (Math.imul(aHigh, bLow) + (Math.imul(aLow, bLow) >>> 16)) | 0
  const middle2 = (Math.imul(aLow, bHigh) + (middle1 & 0xffff)) | 0
  return (Math.imul(aHigh, bHigh) + (middle1 >>> 16) + (middle2 >>> 16)) | 0
}

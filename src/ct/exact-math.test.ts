import { describe, expect, it } from 'vitest'
import { exactCos, exactExp, exactLog, exactSin } from './exact-math.ts'

// The reference: fixed-point numbers of 400 binary places, as big integers, and Taylor series.
const places = 400n
const one = 1n << places
const times = (a: bigint, b: bigint): bigint => (a * b) >> places
const over = (a: bigint, b: bigint): bigint => (a << places) / b

/** The very number that a double holds (for |x| ≥ 2^-300). */
function fixed(x: number): bigint {
  let shift = 0n
  while (!Number.isInteger(x)) {
    x *= 2
    shift++
  }
  return (BigInt(x) << places) >> shift
}

/** reference/2^400 − x, relative to the reference. */
function relativeError(x: number, reference: bigint): number {
  return Number(over(fixed(x) - reference, reference)) / Number(one)
}

function absoluteError(x: number, reference: bigint): number {
  return Number(fixed(x) - reference) / Number(one)
}

function series(first: bigint, next: (term: bigint, n: bigint) => bigint): bigint {
  let sum = 0n
  let term = first
  for (let n = 1n; term !== 0n && term !== -1n; n++) {
    sum += term
    term = next(term, n)
  }
  return sum
}

/** e^x: the series of x/2^10, squared ten times. */
function bigExp(x: bigint): bigint {
  let value = series(one, (term, n) => times(term, x >> 10n) / n)
  for (let i = 0; i < 10; i++) value = times(value, value)
  return value
}

const arcTan = (inverse: bigint): bigint => {
  let power = one / inverse
  let sum = 0n
  for (let n = 1n; power !== 0n; n += 2n, power /= inverse * inverse) sum += (n % 4n === 1n ? power : -power) / n
  return sum
}
const bigPi = 16n * arcTan(5n) - 4n * arcTan(239n) // Machin

function bigSin(x: bigint): bigint {
  const turn = 2n * bigPi
  const r = x - turn * (x / turn)
  return series(r, (term, n) => -times(times(term, r), r) / (2n * n * (2n * n + 1n)))
}

function spread(low: number, high: number, count: number): number[] {
  // An irrational stride, so that no point is special.
  return Array.from({ length: count }, (_, i) => low + (high - low) * ((i * 0.6180339887498949) % 1))
}

describe('exactExp', () => {
  it('errs by less than 4e-16 of the value', () => {
    for (const x of [...spread(-60, 60, 300), ...spread(-1, 1, 300), 1e-9, -1e-9])
      expect(Math.abs(relativeError(exactExp(x), bigExp(fixed(x))))).toBeLessThan(4e-16)
  })

  it('agrees with the built-in one over the whole range, and ends as it does', () => {
    for (const x of spread(-708, 709.7, 4000)) expect(Math.abs(exactExp(x) / Math.exp(x) - 1)).toBeLessThan(7e-16)
    // Below the normal numbers the spacing is fixed.
    for (const x of spread(-745, -708.4, 500)) expect(Math.abs(exactExp(x) - Math.exp(x))).toBeLessThanOrEqual(1e-323)
    expect([exactExp(0), exactExp(710), exactExp(-746), exactExp(NaN), exactExp(-Infinity)]).toEqual([1, Infinity, 0, NaN, 0])
  })
})

describe('exactLog', () => {
  it('errs by less than 4e-16 of the value', () => {
    for (const x of [...spread(0.4, 2.1, 400), ...spread(1e-6, 1e6, 300), 1 + 2 ** -40, 1 - 2 ** -40]) {
      // With y = exactLog(x): log x = y + log(x·e^−y), whose argument is next to 1.
      const y = exactLog(x)
      const rest = times(fixed(x), bigExp(-fixed(y))) - one
      const reference = fixed(y) + rest - times(rest, rest) / 2n
      expect(Math.abs(relativeError(y, reference))).toBeLessThan(4e-16)
    }
  })

  it('agrees with the built-in one from the smallest number to the largest, and ends as it does', () => {
    for (const exponent of spread(-1073, 1023, 2000)) {
      const x = 2 ** exponent
      expect(Math.abs(exactLog(x) / Math.log(x) - 1)).toBeLessThan(7e-16)
    }
    expect([exactLog(1), exactLog(0), exactLog(Infinity), exactLog(-1), exactLog(NaN)]).toEqual([0, -Infinity, Infinity, NaN, NaN])
  })
})

describe('exactSin and exactCos', () => {
  it('err by less than 2e-16 up to 1e5', () => {
    const quarters = Array.from({ length: 40 }, (_, k) => ((k - 20) * Math.PI) / 2)
    for (const x of [...spread(-7, 7, 500), ...spread(-1e5, 1e5, 500), ...quarters]) {
      expect(Math.abs(absoluteError(exactSin(x), bigSin(fixed(x))))).toBeLessThan(2e-16)
      expect(Math.abs(absoluteError(exactCos(x), bigSin(fixed(x) + bigPi / 2n)))).toBeLessThan(2e-16)
    }
    expect([exactSin(0), exactCos(0), exactSin(Math.PI / 2), exactCos(Math.PI)]).toEqual([0, 1, 1, -1])
  })
})

import { expect, it } from 'vitest'
import { doseName, duration, fixed, photons, pValue, signed } from './format.ts'

it('numbers have fixed decimals, a true minus, no negative zero, ∞ and a dash for nothing', () => {
  expect([fixed(1.005, 1), fixed(-2, 1), fixed(-0.04, 1), fixed(Infinity, 2), fixed(null, 1), fixed(NaN, 1)]).toEqual(['1.0', '−2.0', '0.0', '∞', '–', '–'])
  expect([signed(0.26, 1), signed(-0.26, 1), signed(0.01, 1), signed(null, 1)]).toEqual(['+0.3', '−0.3', '0.0', '–'])
})

it('durations change unit without jumping a digit', () => {
  expect([0.84, 9.94, 9.96, 999.4, 999.6, 9949, 59_949, 59_951].map(duration)).toEqual(['0.8 ms', '9.9 ms', '10 ms', '999 ms', '1.00 s', '9.95 s', '59.9 s', '1.0 min'])
})

it('photon numbers are short powers of ten', () => {
  expect([4096, 90_000, 3.6e5, 1e6, 999_999].map(photons)).toEqual(['4096', '9 × 10⁴', '3.6 × 10⁵', '1 × 10⁶', '1 × 10⁶'])
})

it('doses and p values read well', () => {
  expect([1, 0.25, 0.125, null].map(doseName)).toEqual(['full dose', '25 % dose', '12.5 % dose', 'as measured'])
  expect([0.03125, 0.0001].map(pValue)).toEqual(['p = 0.031', 'p < 0.001'])
})

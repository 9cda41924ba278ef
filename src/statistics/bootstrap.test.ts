import { describe, expect, it } from 'vitest'
import { PhiloxRandom, seedKey } from '../ct/random.ts'
import { averageBySubject, bootstrapInterval } from './bootstrap.ts'
import { normalCdf, studentCdf, studentQuantile } from './distributions.ts'
import { namedGenerator } from './generator.ts'

describe('distributions', () => {
  it('normal: published values, symmetric, tails included', () => {
    expect(normalCdf(0)).toBe(0.5)
    expect(normalCdf(1.959963984540054)).toBeCloseTo(0.975, 14)
    expect(normalCdf(-1)).toBeCloseTo(0.15865525393145707, 14)
    expect(normalCdf(-7) / 1.279812543885835e-12).toBeCloseTo(1, 10)
    expect(normalCdf(-5.999999) / normalCdf(-6.000001)).toBeCloseTo(1, 4) // both branches meet
    expect(normalCdf(-50)).toBe(0)
  })

  it("Student's: closed forms of 1 and 2 degrees, published 97.5 % points", () => {
    expect(studentCdf(1, 1)).toBeCloseTo(0.75, 14)
    expect(studentCdf(1.5, 2)).toBeCloseTo(0.5 + 1.5 / (2 * Math.sqrt(2 + 1.5 ** 2)), 14)
    for (const [degrees, t] of [[1, 12.7062], [2, 4.30265], [5, 2.57058], [6, 2.44691], [11, 2.20099], [30, 2.04227]] as const)
      expect(studentQuantile(0.975, degrees)).toBeCloseTo(t, 4)
  })
})

describe('generator', () => {
  it('gives the same numbers for a name, others for another, each value as often', () => {
    const draw = (name: string) => {
      const generator = namedGenerator(name)
      return Array.from({ length: 6000 }, () => generator.integer(2, 7))
    }
    expect(draw('a')).toEqual(draw('a'))
    expect(draw('a')).not.toEqual(draw('b'))
    const counts = [2, 3, 4, 5, 6, 7].map(value => draw('a').filter(drawn => drawn === value).length)
    // Six counts of mean 1000, standard deviation 29: four of them.
    for (const count of counts) expect(Math.abs(count - 1000)).toBeLessThan(116)
  })
})

describe('bootstrap interval', () => {
  const values = [30.1, 31.4, 29.8, 33.0, 30.6, 31.9, 32.2]

  it('holds the mean, lies within the values and depends only on them and the generator', () => {
    const interval = bootstrapInterval(values, namedGenerator('x'))!
    const mean = values.reduce((a, b) => a + b) / values.length
    expect(interval.low).toBeLessThan(mean)
    expect(interval.high).toBeGreaterThan(mean)
    expect(interval.low).toBeGreaterThanOrEqual(29.8)
    expect(interval.high).toBeLessThanOrEqual(33)
    expect(bootstrapInterval(values, namedGenerator('x'))).toEqual(interval)
  })

  it('moves with the values and stretches with their spread', () => {
    const { low, high } = bootstrapInterval(values, namedGenerator('x'))!
    const moved = bootstrapInterval(values.map(value => 3 * value + 10), namedGenerator('x'))!
    expect(moved.low).toBeCloseTo(3 * low + 10, 9)
    expect(moved.high).toBeCloseTo(3 * high + 10, 9)
  })

  it('of equal values has no width', () => {
    expect(bootstrapInterval([2, 2, 2, 2, 2, 2], namedGenerator('x'))).toEqual({ low: 2, high: 2 })
  })

  it('is not given under six subjects or with a score of Infinity', () => {
    expect(bootstrapInterval([1, 2, 3, 4, 5], namedGenerator('x'))).toBeNull()
    expect(bootstrapInterval([1, 2, 3, 4, 5, Infinity], namedGenerator('x'))).toBeNull()
  })

  it('comes close to its 95 % with six subjects, where plain percentiles cover 86 %', () => {
    const random = new PhiloxRandom(seedKey('coverage'))
    const trials = 1000
    let covered = 0
    for (let trial = 0; trial < trials; trial++) {
      const sample = Array.from({ length: 6 }, () => random.normal())
      const { low, high } = bootstrapInterval(sample, namedGenerator(`trial ${trial}`), 500)!
      if (low <= 0 && high >= 0) covered++
    }
    // Expected 0.93, standard error 0.008: three of them on either side.
    expect(covered / trials).toBeGreaterThan(0.905)
    expect(covered / trials).toBeLessThan(0.965)
  })

  it('averages the slices of a subject first', () => {
    const found = averageBySubject([
      { subject: 'L067', value: 30 },
      { subject: 'L096', value: 40 },
      { subject: 'L067', value: 32 },
      { subject: 'L067', value: 34 },
    ])
    expect([...found]).toEqual([['L067', 32], ['L096', 40]])
  })
})

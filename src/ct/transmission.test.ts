import { describe, expect, it } from 'vitest'
import { lineIntegrals, meanField } from './transmission.ts'

describe('lineIntegrals', () => {
  it('takes dark from counts and flat, per bin: exp(−p) of the open beam gives back p', () => {
    const dark = [10, 20, 5]
    const flat = [1010, 520, 2005]
    const p = [0, 0.5, 2, 1, 3, -0.1]
    const counts = p.map((value, i) => dark[i % 3]! + (flat[i % 3]! - dark[i % 3]!) * Math.exp(-value))
    const { data, deadBins, starvedRays } = lineIntegrals({ counts, flat, dark })
    expect(deadBins).toEqual([])
    expect(starvedRays).toBe(0)
    p.forEach((value, i) => expect(data[i]).toBeCloseTo(value, 6))
  })

  it('raises starved rays to the floor and counts them', () => {
    const { data, starvedRays } = lineIntegrals({ counts: [10, 0, 110], flat: [110, 110, 110], dark: [10, 10, 10] }, 'x', 1e-3)
    expect(starvedRays).toBe(2)
    expect(data[0]).toBeCloseTo(Math.log(1000), 5)
    expect(data[1]).toBe(data[0])
    expect(data[2]).toBeCloseTo(0, 12)
  })

  it('fills dead bins from live neighbours, at the ends from the only one', () => {
    const flat = [0, 100, 100, 0, 0, 100]
    const counts = [7, 100 / Math.E, 100 / Math.E, 7, 7, 100 * Math.exp(-4)]
    const { data, deadBins } = lineIntegrals({ counts: [...counts, ...counts], flat, dark: new Array<number>(6).fill(0) })
    expect(deadBins).toEqual([0, 3, 4])
    for (const start of [0, 6]) expect([...data.subarray(start, start + 6)].map(value => Math.round(value * 1e4) / 1e4)).toEqual([1, 1, 1, 2, 3, 4])
  })

  it('refuses fields that do not fit, swapped fields and NaN, with the name', () => {
    expect(() => lineIntegrals({ counts: [1, 2, 3], flat: [1, 2], dark: [0, 0] }, 'a.h5')).toThrow('a.h5: 3 readings, 2 flat and 2 dark')
    expect(() => lineIntegrals({ counts: [1, 2], flat: [1, 2], dark: [9, 9] }, 'a.h5')).toThrow('swapped')
    expect(() => lineIntegrals({ counts: [1, NaN], flat: [2, 2], dark: [0, 0] }, 'a.h5')).toThrow('reading 1 is NaN')
  })

  it('averages fields over the first axis', () => {
    expect([...meanField([1, 2, 3, 5], 2)]).toEqual([2, 3.5])
  })
})

import { describe, expect, it } from 'vitest'
import { PhiloxRandom, seedKey } from '../ct/random.ts'
import { namedGenerator } from './generator.ts'
import { holm } from './holm.ts'
import { comparePaired } from './paired.ts'
import { competitionRanks, midRanks } from './ranks.ts'
import { signedRankP } from './wilcoxon.ts'

describe('ranks', () => {
  it('share the better place in a table and the mean place in a test', () => {
    expect(competitionRanks([30, 35, 30, 28], 'higher')).toEqual([2, 1, 2, 4])
    expect(competitionRanks([30, 35, 30, 28], 'lower')).toEqual([2, 4, 2, 1])
    expect(competitionRanks([Infinity, 3, Infinity], 'higher')).toEqual([1, 3, 1])
    expect(midRanks([30, 35, 30, 28])).toEqual([2.5, 4, 2.5, 1])
    expect(midRanks([7, 7, 7])).toEqual([2, 2, 2])
    expect(midRanks([])).toEqual([])
  })
})

/** By its definition: every choice of signs, counted. */
function bruteForceP(differences: readonly number[]): number {
  const ranks = midRanks(differences.map(Math.abs))
  const centre = ranks.reduce((a, b) => a + b) / 2
  const sum = (positive: (i: number) => boolean) => ranks.reduce((total, rank, i) => (positive(i) ? total + rank : total), 0)
  const observed = Math.abs(sum(i => differences[i]! > 0) - centre)
  let extreme = 0
  for (let signs = 0; signs < 2 ** ranks.length; signs++) if (Math.abs(sum(i => ((signs >> i) & 1) === 1) - centre) >= observed) extreme++
  return extreme / 2 ** ranks.length
}

describe("Wilcoxon's signed-rank test", () => {
  it('is exact: six gains of six are 2/64', () => {
    expect(signedRankP([0.1, 0.4, 0.2, 0.9, 0.3, 0.5])).toBe(2 / 64)
    expect(signedRankP([-1, -2, -3, -4, -5, -6, -7, -8])).toBe(2 / 256)
  })

  it('agrees with scipy.stats.wilcoxon, exact (n = 8, statistic 4)', () => {
    expect(signedRankP([19, 27, -1, 6, 7, 13, -4, 3])).toBeCloseTo(14 / 256, 12)
  })

  it('counts every choice of signs, with ties and zeros', () => {
    const random = new PhiloxRandom(seedKey('wilcoxon'))
    for (let trial = 0; trial < 20; trial++) {
      const differences = Array.from({ length: 9 }, () => random.integer(-4, 6) || 1)
      expect(signedRankP(differences)).toBeCloseTo(bruteForceP(differences), 12)
      expect(signedRankP([0, ...differences, 0])).toBe(signedRankP(differences))
    }
    expect(signedRankP([0, 0, 0])).toBe(1)
  })

  it('goes over into the normal approximation without a step', () => {
    const random = new PhiloxRandom(seedKey('wilcoxon', 'normal'))
    const differences = Array.from({ length: 200 }, () => random.normal() + 0.15)
    const exact = signedRankP(differences)
    expect(exact).toBeGreaterThan(0.001)
    // A 201st difference that is almost nothing has the lowest rank and changes the p value little.
    expect(Math.abs(signedRankP([...differences, 1e-9]) - exact)).toBeLessThan(0.002)
  })
})

describe('Holm', () => {
  it('adjusts step by step, never downwards, in the order given', () => {
    expect(holm([0.01, 0.04, 0.03, 0.005]).map(p => Number(p.toFixed(12)))).toEqual([0.03, 0.06, 0.06, 0.02])
    expect(holm([0.9, 0.6])).toEqual([1, 1])
    expect(holm([])).toEqual([])
  })
})

describe('paired comparison', () => {
  const subjects = ['a', 'b', 'c', 'd', 'e', 'f', 'g']
  const base = [30, 25, 40, 33, 28, 36, 31]
  const scores = (values: number[]) => new Map(values.map((value, i) => [subjects[i]!, value]))

  it('finds a gain far smaller than the spread between subjects', () => {
    const gain = [0.4, 0.5, 0.3, 0.6, 0.45, 0.55, 0.35]
    const found = comparePaired(scores(base.map((value, i) => value + gain[i]!)), scores(base), namedGenerator('x'))!
    expect(found.subjects).toBe(7)
    expect(found.meanDifference).toBeCloseTo(0.45, 12)
    expect(found.interval!.low).toBeGreaterThan(0.3)
    expect(found.interval!.high).toBeLessThan(0.6)
    expect(found.pValue).toBe(2 / 128)
  })

  it('turns round when the methods are exchanged', () => {
    const other = scores(base.map((value, i) => value + Math.sin(i) + 0.3))
    const straight = comparePaired(other, scores(base), namedGenerator('x'))!
    const turned = comparePaired(scores(base), other, namedGenerator('x'))!
    expect(turned.meanDifference).toBeCloseTo(-straight.meanDifference, 12)
    expect(turned.pValue).toBe(straight.pValue)
  })

  it('uses only subjects that both have a finite score for, and claims nothing of fewer than six', () => {
    const partial = new Map([['a', 31], ['b', Infinity], ['c', 41], ['z', 5]])
    expect(comparePaired(partial, scores(base), namedGenerator('x'))).toEqual({
      subjects: 2,
      meanDifference: 1,
      interval: null,
      pValue: null,
    })
    expect(comparePaired(new Map(), scores(base), namedGenerator('x'))).toBeNull()
  })
})

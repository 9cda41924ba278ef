import { describe, expect, it } from 'vitest'
import { logFactorial, normalQuantile, philox4x32, PhiloxRandom, seedKey } from './random.ts'

function hex(words: Uint32Array): string {
  return Array.from(words, word => word.toString(16).padStart(8, '0')).join(' ')
}

describe('philox4x32', () => {
  // kat_vectors of Random123 1.14, lines "philox4x32 10".
  it.each([
    [[0, 0, 0, 0], [0, 0], '6627e8d5 e169c58d bc57ac4c 9b00dbd8'],
    [[0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff], [0xffffffff, 0xffffffff], '408f276d 41c83b0e a20bc7c6 6d5451fd'],
    [[0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344], [0xa4093822, 0x299f31d0], 'd16cfe09 94fdcceb 5001e420 24126ea1'],
  ] as const)('gives the published words of counter %j', ([c0, c1, c2, c3], key, expected) => {
    const out = new Uint32Array(4)
    philox4x32(out, c0, c1, c2, c3, key)
    expect(hex(out)).toBe(expected)
  })
})

describe('normalQuantile', () => {
  // 17 digits by mpmath 1.3 (sqrt(2)·erfinv(2p − 1) at 40 digits).
  it.each([
    [0.5, 0],
    [0.6, 0.25334710313579974],
    [0.925, 1.4395314709384562],
    [0.975, 1.9599639845400539],
    [0.001, -3.0902323061678135],
    [1e-10, -6.3613409024040562],
    [1e-12, -7.0344838253011319],
  ])('at %d is %d', (p, x) => {
    expect(Math.abs(normalQuantile(p) - x)).toBeLessThanOrEqual(4e-16 * Math.abs(x))
  })
})

describe('PhiloxRandom', () => {
  it('counts blocks in the first word, the substream in the next two', () => {
    const key = seedKey('a')
    const random = new PhiloxRandom(key, 7, 9)
    const drawn = Uint32Array.from({ length: 12 }, () => random.word())
    const block = new Uint32Array(4)
    for (let i = 0; i < 3; i++) {
      philox4x32(block, i, 9, 7, 0, key)
      expect(drawn.slice(4 * i, 4 * i + 4)).toEqual(block)
    }
  })

  it('begins a substream anew on restart, whatever was drawn before', () => {
    const fresh = new PhiloxRandom(seedKey('a'), 3, 4)
    const used = new PhiloxRandom(seedKey('a'))
    used.normal()
    used.word()
    used.restart(3, 4)
    const draws = (random: PhiloxRandom): number[] => [random.normal(), random.uniform(), random.poisson(50), random.normal()]
    expect(draws(used)).toEqual(draws(fresh))
  })

  it('draws uniforms of mean 1/2 and variance 1/12, in every tenth alike, uncorrelated', () => {
    const random = new PhiloxRandom(seedKey('uniform'))
    const n = 100000
    const tenths = new Float64Array(10)
    let sum = 0
    let squares = 0
    let products = 0
    let last = random.uniform()
    for (let i = 0; i < n; i++) {
      const u = random.uniform()
      if (!(u > 0 && u < 1)) expect.fail(`a uniform number of ${u}`)
      tenths[Math.floor(10 * u)]!++
      sum += u
      squares += (u - 0.5) ** 2
      products += (u - 0.5) * (last - 0.5)
      last = u
    }
    // Five standard errors each; χ² of 9 degrees of freedom is below 34 in all but 1 of 10⁴ streams.
    expect(Math.abs(sum / n - 0.5)).toBeLessThan(5 * Math.sqrt(1 / 12 / n))
    expect(Math.abs(squares / n - 1 / 12)).toBeLessThan(5 * Math.sqrt(1 / 180 / n))
    expect(Math.abs(products / n)).toBeLessThan(5 / 12 / Math.sqrt(n))
    expect(tenths.reduce((chi, count) => chi + (count - n / 10) ** 2 / (n / 10), 0)).toBeLessThan(34)
  })

  it('draws normals with the moments of the standard normal, and its tails', () => {
    const random = new PhiloxRandom(seedKey('normal'))
    const n = 200000
    const moments = [0, 0, 0, 0]
    let beyond = 0
    for (let i = 0; i < n; i++) {
      const x = random.normal()
      moments.forEach((_, k) => (moments[k]! += x ** (k + 1) / n))
      if (Math.abs(x) > 3) beyond++
    }
    // Moments 0, 1, 0, 3 with variances 1, 2, 15, 96; P(|x| > 3) = 0.0026998. Five standard errors.
    ;[0, 1, 0, 3].forEach((expected, k) =>
      expect(Math.abs(moments[k]! - expected)).toBeLessThan(5 * Math.sqrt([1, 2, 15, 96][k]! / n)),
    )
    expect(Math.abs(beyond - 0.0026998 * n)).toBeLessThan(5 * Math.sqrt(0.0026998 * n))
  })

  // Below 10 by multiplication, from 10 on by rejection; 9.99 and 10 stand at the seam.
  it.each([0.03, 1, 4.5, 9.99, 10, 11.3, 40, 400])('draws Poisson numbers of mean %d with the right probabilities', mean => {
    const random = new PhiloxRandom(seedKey('poisson', mean))
    const n = 60000
    const counts = new Map<number, number>()
    for (let i = 0; i < n; i++) {
      const k = random.poisson(mean)
      if (!(Number.isInteger(k) && k >= 0)) expect.fail(`a Poisson number of ${k}`)
      counts.set(k, (counts.get(k) ?? 0) + 1)
    }
    // χ² over every value expected at least 20 times; the others are pooled.
    let chi = 0
    let degrees = 0
    let pooledExpected = n
    let pooledSeen = n
    for (let k = 0; k < 2 * mean + 60; k++) {
      let logProbability = k * Math.log(mean) - mean
      for (let i = 2; i <= k; i++) logProbability -= Math.log(i)
      const expected = n * Math.exp(logProbability)
      if (expected < 20) continue
      const seen = counts.get(k) ?? 0
      chi += (seen - expected) ** 2 / expected
      pooledExpected -= expected
      pooledSeen -= seen
      degrees++
    }
    if (pooledExpected > 1) chi += (pooledSeen - pooledExpected) ** 2 / pooledExpected
    // χ² has mean `degrees` and variance 2·degrees; a skewed law, hence the constant.
    expect(chi).toBeLessThan(degrees + 4.5 * Math.sqrt(2 * degrees) + 8)
  })

  it('draws large Poisson numbers of the right mean, variance and skewness', () => {
    const mean = 3.6e5
    const random = new PhiloxRandom(seedKey('bright'))
    const n = 100000
    const moments = [0, 0, 0]
    for (let i = 0; i < n; i++) {
      const z = (random.poisson(mean) - mean) / Math.sqrt(mean)
      moments.forEach((_, k) => (moments[k]! += z ** (k + 1) / n))
    }
    ;[0, 1, 1 / Math.sqrt(mean)].forEach((expected, k) =>
      expect(Math.abs(moments[k]! - expected)).toBeLessThan(5 * Math.sqrt([1, 2, 15][k]! / n)),
    )
  })

  it('knows the Poisson numbers of mean 0 and refuses a mean below', () => {
    const random = new PhiloxRandom(seedKey('a'))
    expect(random.poisson(0)).toBe(0)
    expect(() => random.poisson(-1)).toThrow(/mean is -1/)
    expect(() => random.poisson(NaN)).toThrow(/mean is NaN/)
  })

  it('draws whole numbers from both ends of the range inclusive, equally often', () => {
    const random = new PhiloxRandom(seedKey('dice'))
    const counts = new Map<number, number>()
    for (let i = 0; i < 60000; i++) {
      const k = random.integer(-2, 3)
      counts.set(k, (counts.get(k) ?? 0) + 1)
    }
    expect([...counts.keys()].sort((a, b) => a - b)).toEqual([-2, -1, 0, 1, 2, 3])
    for (const count of counts.values()) expect(Math.abs(count - 10000)).toBeLessThan(5 * Math.sqrt(10000))
  })
})

describe('seedKey', () => {
  it('tells apart every name, number, type and grouping', () => {
    const keys = new Set<string>()
    let made = 0
    const add = (...parts: (string | number)[]): void => {
      keys.add(seedKey(...parts).join())
      made++
    }
    for (let i = 0; i < 20000; i++) {
      add('case', i)
      add('case', String(i))
      add(`case${i}`)
      add(i, 'case')
    }
    add('a', 'b')
    add('ab')
    add('ab', '')
    add('', 'ab')
    // 64 bits: a chance of 2e-10 that any two of 80004 meet.
    expect(keys.size).toBe(made)
  })

  it('fills both words evenly', () => {
    const ones = new Float64Array(64)
    const n = 20000
    for (let i = 0; i < n; i++)
      seedKey('bit', i).forEach((word, k) => {
        for (let bit = 0; bit < 32; bit++) ones[32 * k + bit]! += (word >>> bit) & 1
      })
    for (const count of ones) expect(Math.abs(count - n / 2)).toBeLessThan(5 * Math.sqrt(n / 4))
  })
})

describe('logFactorial', () => {
  it('is the sum of logarithms, across the seam at 32', () => {
    let sum = 0
    for (let k = 2; k <= 400; k++) {
      sum += Math.log(k)
      expect(Math.abs(logFactorial(k) / sum - 1)).toBeLessThan(1e-14)
    }
    expect([logFactorial(0), logFactorial(1)]).toEqual([0, 0])
  })
})

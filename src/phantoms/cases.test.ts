import { describe, expect, it } from 'vitest'
import { splits, type SimulatedCase } from '../ct/case.ts'
import { analyticObject } from './analytic-object.ts'
import { anatomySeeds, phantomCases, type PhantomFamily } from './cases.ts'
import { disc } from './shapes.ts'

const family: PhantomFamily = {
  name: 'ball',
  window: { lowHu: 0, highHu: 1 },
  exam: 'chest',
  build: seed => ({ object: analyticObject([disc(0, 0, seed, 0.02)]) }),
}

async function all(split: (typeof splits)[number]): Promise<SimulatedCase[]> {
  const found: SimulatedCase[] = []
  for await (const one of phantomCases(family, split)) found.push(one)
  return found
}

describe('phantom cases', () => {
  it('never share a subject or an anatomy between splits', async () => {
    const cases = (await Promise.all(splits.map(all))).flat()
    const total = splits.reduce((sum, split) => sum + anatomySeeds[split].count, 0)
    expect(cases).toHaveLength(total)
    expect(new Set(cases.map(one => one.subject)).size).toBe(total)
    expect(new Set(cases.map(one => one.id)).size).toBe(total)
    // The radius of the ball is the anatomy's seed.
    expect(new Set(cases.map(one => (one.object.kind === 'analytic' ? one.object.radiusMm : 0))).size).toBe(total)
  })

  it('are drawn when they are scanned, once', async () => {
    let drawn = 0
    const counting: PhantomFamily = { ...family, build: seed => (drawn++, family.build(seed)) }
    for await (const one of phantomCases(counting, 'train')) {
      expect(one).toMatchObject({ id: 'train-001', subject: 'ball-1001', object: { kind: 'analytic' } })
      expect(drawn).toBe(0)
      expect(one.object.kind === 'analytic' && one.object.radiusMm).toBeCloseTo(1001, 0)
      expect(one.quality).toBeUndefined()
      break
    }
    expect(drawn).toBe(1)
  })
})

import { expect, it } from 'vitest'
import type { RunRecord } from '../run/record.ts'
import { exampleMethods, exampleRecord } from '../testing/example-records.ts'
import { aggregate } from './aggregate.ts'
import { winnersAgainstRunnersUp, verdict } from './comparisons.ts'
import { divergence, divergenceSentence } from './divergence.ts'

const [a, b, c] = exampleMethods as [(typeof exampleMethods)[0], (typeof exampleMethods)[0], (typeof exampleMethods)[0]]

function scored(method: typeof a, subject: string, ours: number, theirs: number): RunRecord {
  return { ...exampleRecord({ method, subject }), scores: { 'hu-window@1': { psnr_db: ours }, 'redcnn@1': { psnr_db: theirs } } }
}

it('pairs that change places, other winners and the spread of PSNR are counted', () => {
  // Ours: a > b > c. Theirs: b > a > c. One of three pairs is swapped, and another method wins.
  const { panels } = aggregate([scored(a, 's', 30, 20), scored(b, 's', 29, 21), scored(c, 's', 28, 19)])
  const found = divergence(panels[0]!)!
  expect(found.rows.map(row => row.method)).toEqual([a.id, b.id, c.id])
  expect(found.swappedPairs).toEqual({ 'hu-window@1': 0, 'redcnn@1': 1 })
  expect(found.pairs).toBe(3)
  expect(found.otherWinners).toEqual(['redcnn@1'])
  expect(found.rows.map(row => row.spreadDb)).toEqual([10, 8, 9])
  expect(divergenceSentence([found])).toMatch(/another winner in 1 of 1 comparisons, and 1 of 3 pairs .* up to 10\.0 dB/)
})

it('one method, or one protocol, cannot disagree', () => {
  expect(divergence(aggregate([scored(a, 's', 30, 20)]).panels[0]!)).toBeNull()
})

it('the winner is compared with the runner-up over the subjects, and corrected for the number of panels', () => {
  const gains = [0.5, 0.6, 0.7, 0.8, 0.9, 1]
  const records = gains.flatMap((gain, i) => [scored(a, `s${i}`, 30 + gain, 1), scored(b, `s${i}`, 30, 1), scored(c, `s${i}`, 20, 1)])
  const [alone] = winnersAgainstRunnersUp(aggregate(records))
  expect(alone).toMatchObject({ winner: a.id, runnerUp: b.id, wins: 6 })
  expect(alone!.gain.mean).toBeCloseTo(0.75, 12)
  // Exact signed ranks of six differences of one sign: 2/2⁶.
  expect(alone!.p).toBeCloseTo(2 / 64, 12)
  expect(verdict(alone!)).toBe('significantly better')
  const twice = winnersAgainstRunnersUp(aggregate([...records, ...records.map(record => ({ ...record, dose: 0.5 }))]))
  expect(twice.map(one => one.adjustedP)).toEqual([4 / 64, 4 / 64])
  expect(verdict(twice[0]!)).toBe('better, not after correction')
  expect(verdict(winnersAgainstRunnersUp(aggregate(records.slice(0, 15)))[0]!)).toBe('too few subjects for a test')
})

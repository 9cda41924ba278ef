import { describe, expect, it } from 'vitest'
import type { DoneRecord, RunRecord } from '../run/record.ts'
import { exampleFailure, exampleMethods, exampleRecord, exampleRun, exampleSkip } from '../testing/example-records.ts'
import { aggregate, rankingTable, type Panel, type ScoreRow } from './aggregate.ts'
import { newestRecords } from './newest-records.ts'

const [fbp, ramLak, gaussian] = exampleMethods as [(typeof exampleMethods)[0], (typeof exampleMethods)[0], (typeof exampleMethods)[0]]

/** One case with this PSNR, on data shared by all methods of that case. */
function record(method: typeof fbp, subject: string, psnrDb: number | 'Infinity', slice = 1): DoneRecord {
  return exampleRecord({ method, subject, slice, psnrDb })
}

function onlyPanel(records: readonly RunRecord[]): Panel {
  const { panels } = aggregate(records)
  expect(panels).toHaveLength(1)
  return panels[0]!
}

function row(records: readonly RunRecord[], method: typeof fbp): ScoreRow {
  return rankingTable(onlyPanel(records))!.rows.find(one => one.method === method.id)!
}

describe('means', () => {
  it('average the slices of a subject first, then subjects', () => {
    // s1: 30 and 34 → 32; s2: 40. Mean of subjects 36; the mean of slices would be 34.67.
    const { scores, cases } = row([record(fbp, 's1', 30), record(fbp, 's1', 34, 2), record(fbp, 's2', 40)], fbp)
    expect(scores['psnr_db']!.mean).toBe(36)
    expect(scores['psnr_db']!.subjects).toBe(2)
    expect(cases).toBe(3)
  })

  it('have an interval from 6 subjects on, which holds the mean', () => {
    const subjects = [30, 31, 32, 33, 34, 35].map((psnr, i) => record(fbp, `s${i}`, psnr))
    expect(row(subjects.slice(0, 5), fbp).scores['psnr_db']!.interval).toBeNull()
    const { mean, interval } = row(subjects, fbp).scores['psnr_db']!
    expect(mean).toBe(32.5)
    expect(interval!.low).toBeLessThan(mean)
    expect(interval!.high).toBeGreaterThan(mean)
    expect(interval!.low).toBeGreaterThanOrEqual(30)
    expect(interval!.high).toBeLessThanOrEqual(35)
  })

  it('of identical images are Infinity, without an interval', () => {
    const subjects = [30, 31, 32, 33, 34].map((psnr, i) => record(fbp, `s${i}`, psnr))
    const { mean, interval } = row([...subjects, record(fbp, 's9', 'Infinity')], fbp).scores['psnr_db']!
    expect(mean).toBe(Infinity)
    expect(interval).toBeNull()
  })
})

describe('ranks', () => {
  it('go by mean PSNR; ties share a rank and the next is skipped', () => {
    const records = [record(fbp, 's1', 30), record(ramLak, 's1', 30), record(gaussian, 's1', 29)]
    const ranks = rankingTable(onlyPanel(records))!.rows.map(one => [one.method, one.rank])
    expect(ranks).toEqual([
      ['fbp', 1],
      ['fbp-ram-lak', 1],
      ['fbp-gaussian', 3],
    ])
  })

  it('are kept from a method with a failed case, however good its others', () => {
    const records = [
      record(fbp, 's1', 30),
      record(fbp, 's2', 30),
      record(gaussian, 's1', 50),
      exampleFailure({ method: gaussian, subject: 's2' }, 'threw'),
    ]
    expect(row(records, gaussian)).toMatchObject({ rank: null, notRanked: 'failed 1 of 2 cases', cases: 1 })
    expect(row(records, fbp)).toMatchObject({ rank: 1, cases: 2 })
    expect(onlyPanel(records).runs.find(run => run.method === gaussian.id)).toMatchObject({ failures: 1, done: 1 })
  })

  it('are kept from a method that ran on fewer cases than others', () => {
    const records = [
      record(fbp, 's1', 30),
      record(fbp, 's2', 30),
      record(gaussian, 's1', 50),
      exampleSkip({ method: gaussian, subject: 's2' }, 'no adapter'),
    ]
    expect(row(records, gaussian)).toMatchObject({ rank: null, notRanked: 'scored on 1 of 2 cases' })
    expect(onlyPanel(records).runs.find(run => run.method === gaussian.id)!.skipped).toBe(1)
  })

  it('are kept from a method whose data is older than that of the others', () => {
    const stale = record(gaussian, 's1', 50)
    const fresh = { ...record(fbp, 's1', 30), recordedAt: '2026-11-24T00:00:00.000Z', hashes: { ...stale.hashes, sinogram: 'other' } }
    expect(row([stale, fresh], gaussian).rank).toBeNull()
    expect(row([stale, fresh], gaussian).notRanked).toMatch(/older data/)
    expect(row([stale, fresh], fbp).rank).toBe(1)
  })

  it('are kept from a method whose network ran on several runtimes', () => {
    const on = (subject: string, runtime: string) => ({ ...exampleRecord({ subject }), network: { runtime, note: null } })
    const [panel] = aggregate([on('s1', 'onnxruntime 1.30.0 cpu'), on('s2', 'gpu.js webgpu')]).panels
    expect(panel!.protocols[0]!.rows[0]).toMatchObject({ rank: null, notRanked: 'mixes several settings or versions: run it again' })
    expect(panel!.runs[0]!.networks).toEqual(['gpu.js webgpu', 'onnxruntime 1.30.0 cpu'])
  })

  it('list a method that failed everywhere in every table, without scores', () => {
    const records = [record(fbp, 's1', 30), exampleFailure({ method: gaussian, subject: 's1' }, 'threw')]
    for (const table of onlyPanel(records).protocols)
      expect(table.rows.at(-1)).toMatchObject({ method: gaussian.id, rank: null, cases: 0, scores: {} })
    const [alone] = aggregate([exampleFailure({ method: gaussian }, 'threw')]).panels
    expect(rankingTable(alone!)!.rows).toHaveLength(1)
  })
})

describe('records', () => {
  it('give the same aggregate in any order, bit for bit', () => {
    const records: RunRecord[] = exampleRun({ casesPerSubject: 2 })
    records.push(exampleFailure({ subject: 's7' }, 'threw'))
    const shuffled = records.map((one, i) => ({ one, at: (i * 7919) % 1009 })).sort((a, b) => a.at - b.at)
    expect(shuffled.map(({ one }) => one)).not.toEqual(records)
    expect(aggregate(shuffled.map(({ one }) => one))).toEqual(aggregate(records))
  })

  it('of a repeated job are superseded by the newest, whatever its seed, parameters or outcome', () => {
    const old = record(fbp, 's1', 20)
    const retuned = { ...old, key: 'x', seed: 2, method: { ...old.method, parameters: { cutoff: 0.5 } }, recordedAt: '2026-11-23T10:00:01.000Z' }
    expect(newestRecords([retuned, old])).toEqual([retuned])
    const failed = { ...exampleFailure({ method: fbp, subject: 's1' }, 'threw'), recordedAt: '2026-11-23T10:00:02.000Z' }
    expect(newestRecords([old, failed, retuned])).toEqual([failed])
  })

  it('of other doses, geometries or methods stand beside each other', () => {
    const one = record(fbp, 's1', 20)
    const others = [one, { ...one, dose: 0.5 }, { ...one, geometry: 'lodopab' }, record(ramLak, 's1', 20)]
    expect(newestRecords(others)).toHaveLength(4)
    expect(aggregate(others).panels).toHaveLength(3)
  })

  it('give medians of times over the cases that were timed, and the largest memory', () => {
    const times = [
      [10, 100],
      [null, 300],
      [30, 200],
    ] as const
    const records = times.map(([prepareMs, reconstructMs], i) => ({
      ...record(fbp, `s${i}`, 30),
      times: { prepareMs, reconstructMs },
      peakMemoryMb: 100 + i,
    }))
    expect(onlyPanel(records).runs[0]).toMatchObject({ prepareMsMedian: 20, reconstructMsMedian: 200, peakMemoryMb: 102 })
  })

  it('of measured data are listed without a table of scores', () => {
    const measured = { ...record(fbp, 's1', 30), caseKind: 'measured' as const, dose: null, scores: {} }
    expect(onlyPanel([measured]).protocols).toEqual([])
    expect(onlyPanel([measured]).runs).toHaveLength(1)
  })
})

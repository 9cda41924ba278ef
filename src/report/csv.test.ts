import { describe, expect, it } from 'vitest'
import { exampleFailure, exampleMethods, exampleRecord, exampleRun } from '../testing/example-records.ts'
import { aggregate } from './aggregate.ts'
import { csvColumns, leaderboardCsv } from './csv.ts'

/** RFC 4180, small and independent of the writer. */
function read(csv: string): Record<string, string>[] {
  const rows: string[][] = [[]]
  for (const [, quoted, plain, end] of csv.matchAll(/(?:"((?:[^"]|"")*)"|([^",\n]*))(,|\n)/g)) {
    rows.at(-1)!.push(quoted === undefined ? plain! : quoted.replaceAll('""', '"'))
    if (end === '\n') rows.push([])
  }
  const [head, ...body] = rows.slice(0, -1)
  return body.map(cells => Object.fromEntries(head!.map((name, i) => [name, cells[i]!])))
}

describe('leaderboard.csv', () => {
  it('starts with the published columns, in their order', () => {
    const published =
      'suite,dataset,geometry,dose,method,protocol,rank,cases,failures,psnr_db_mean,psnr_db_low,psnr_db_high,ssim_mean,ssim_low,ssim_high,rmse_hu_mean,rmse_hu_low,rmse_hu_high,prepare_ms_median,reconstruct_ms_median,peak_memory_mb,backend'
    expect(csvColumns.join(',').startsWith(`${published},`)).toBe(true)
    expect(leaderboardCsv(aggregate(exampleRun())).split('\n')[0]).toBe(csvColumns.join(','))
  })

  it('has one row per dataset, dose, method and protocol, with every digit', () => {
    const records = exampleRun({ datasets: ['a', 'b'], doses: [1, 0.1], subjects: 6 })
    const rows = read(leaderboardCsv(aggregate(records)))
    expect(rows).toHaveLength(2 * 2 * exampleMethods.length * 5)
    const keys = rows.map(row => [row['dataset'], row['dose'], row['method'], row['protocol']].join(' '))
    expect(new Set(keys).size).toBe(rows.length)
    const ours = records.filter(record => record.dataset === 'b' && record.dose === 0.1 && record.method.id === 'fbp')
    const mean = ours.reduce((sum, record) => sum + (record.scores['redcnn@1']!['psnr_db'] as number), 0) / 6
    const row = rows.find(one => one['dataset'] === 'b' && one['dose'] === '0.1' && one['method'] === 'fbp' && one['protocol'] === 'redcnn@1')!
    expect(Number(row['psnr_db_mean'])).toBeCloseTo(mean, 10)
    expect(Number(row['psnr_db_low'])).toBeLessThan(mean)
    expect(row['backend']).toBe('gpujs-webasm')
  })

  it('leaves intervals empty under 6 subjects, writes Infinity, and leaves out what a failed method lacks', () => {
    const records = [
      exampleRecord({ psnrDb: 'Infinity' }),
      exampleFailure({ method: exampleMethods[1]! }, 'threw'),
    ]
    const rows = read(leaderboardCsv(aggregate(records)))
    expect(rows[0]).toMatchObject({ method: 'fbp', rank: '1', psnr_db_mean: 'Infinity', psnr_db_low: '', psnr_db_high: '', ssim_mean: '1' })
    expect(rows[1]).toMatchObject({ method: 'fbp-ram-lak', rank: '', cases: '0', failures: '1', psnr_db_mean: '', reconstruct_ms_median: '', backend: '' })
  })

  it('disarms formulas and quotes separators in names', () => {
    const hostile = { ...exampleMethods[0]!, id: '=HYPERLINK("http://x","y"),\n1' }
    const rows = read(leaderboardCsv(aggregate([exampleRecord({ method: hostile, dataset: '@sum,"a"' })])))
    expect(rows[0]!['method']).toBe(`'${hostile.id}`)
    expect(rows[0]!['dataset']).toBe(`'@sum,"a"`)
    expect(rows).toHaveLength(5)
  })

  it('says what ran a network, and why not another', () => {
    const network = { runtime: 'onnxruntime 1.30.0 cpu', note: 'Pad is no kernel here' }
    const rows = read(leaderboardCsv(aggregate([{ ...exampleRecord(), network }, exampleRecord({ method: exampleMethods[1]! })])))
    expect(rows[0]).toMatchObject({ method: 'fbp', network: network.runtime, network_note: network.note })
    expect(rows.find(row => row['method'] === 'fbp-ram-lak')).toMatchObject({ network: '', network_note: '' })
  })

  it('keeps negative numbers numbers', () => {
    const record = exampleRecord({ psnrDb: -3.5 })
    expect(read(leaderboardCsv(aggregate([record])))[0]!['psnr_db_mean']).toBe('-3.5')
  })
})

import { describe, expect, it } from 'vitest'
import { exampleFailure, exampleMethods, exampleRecord, exampleRun } from '../testing/example-records.ts'
import { aggregate } from './aggregate.ts'
import { pageData } from './html-parts.ts'
import { escapeMarkdown, markdownReport } from './markdown.ts'

function report(records: Parameters<typeof aggregate>[0]): string {
  return markdownReport(pageData(aggregate(records)), [], 'charts')
}

/** Cells of a pipe table's row: bars that are not escaped. */
function columns(line: string): number {
  return line.replace(/\\./g, '').split('|').length
}

describe('report.md', () => {
  it('has tables whose rows are as wide as their headings', () => {
    const lines = report([...exampleRun({ datasets: ['phantom-quality', 'a|b'] }), exampleFailure({ subject: 'x' }, 'a | b\nc')]).split('\n')
    let tables = 0
    lines.forEach((line, i) => {
      if (!/^\| -/.test(line)) return
      tables++
      for (let j = i + 1; lines[j]?.startsWith('|'); j++) expect(columns(lines[j]!)).toBe(columns(line))
      expect(columns(lines[i - 1]!)).toBe(columns(line))
    })
    expect(tables).toBeGreaterThan(8)
  })

  it('says what ranks, who is best, and what failed', () => {
    const text = report([exampleRecord({ psnrDb: 30 }), exampleFailure({ subject: 's1', method: exampleMethods[1]! }, 'Ran away.')])
    expect(text).toContain('Ranked by mean PSNR under `hu-window@1`')
    expect(text).toContain('| 1 | **Filtered back-projection** | **30.00** |')
    expect(text).toContain('not ranked: failed 1 of 1 cases')
    expect(text).toContain('Ran away.')
  })

  it('says beside the backend what ran a network, and why not another', () => {
    const text = report([{ ...exampleRecord(), network: { runtime: 'onnxruntime 1.30.0 cpu', note: 'Pad is no kernel here' } }])
    expect(text).toContain('gpujs-webasm + onnxruntime 1.30.0 cpu')
    expect(text).toMatch(/\| Networks \| onnxruntime 1\.30\.0 cpu \|/)
    expect(text).toMatch(/\| Network notes \| fbp: Pad is no kernel here \|/)
  })

  it('lets no markup of a name through', () => {
    const escaped = escapeMarkdown('[x](http://a) <b> `c` **d** | # ![e](f) @you\nwww.g.h https://i &lt;')
    expect(escaped).not.toMatch(/(?<!\\)[[\]`*|!]|<|>|\n|@|www\.|:\/\//)
    expect(escaped).toContain('&amp;lt;')
  })
})

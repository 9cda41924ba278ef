// How time grows with the image: by views × pixels for the direct operators, by
// N² log N for the normal operator. Columns that stay level show it.

import { markdownTable } from '../markdown-table.ts'
import { measureEngine } from './engine.ts'
import { geometries } from './geometries.ts'
import type { Row } from './row.ts'

const sizes = [256, 512, 1024, 2048] as const
const operations = ['forward', 'adjoint', 'FBP', 'normal']
/** 2048² takes seconds an operation: two samples after one that nobody counts. */
const options = { time: 0, iterations: 2 } as const

export async function measureGrowth(threads: number): Promise<{ rows: Row[]; sum: number; text: string }> {
  const rows: Row[] = []
  let sum = 0
  for (const size of sizes)
    for (const [beam, geometry] of Object.entries(geometries(size))) {
      process.stderr.write(`wasm ${size}² ${beam}\n`)
      const measured = await measureEngine({ backend: 'wasm', beam, geometry, size, threads, operations, options })
      rows.push(...measured.rows)
      sum += measured.sum
    }
  const lines = [...new Set(rows.map(({ beam, operation }) => `${beam} ${operation}`))]
  const cells = lines.map(line => {
    const bySize = sizes.map(size => rows.find(row => row.size === size && `${row.beam} ${row.operation}` === line)!)
    const each = bySize.map(row => (row.operation === 'normal' ? row.nsEach / Math.log2(row.size) : row.nsEach))
    const most = Math.max(...each) / Math.min(...each)
    const { beam, operation } = bySize[0]!
    return [
      ...[beam, operation, operation === 'normal' ? 'N² log₂ N' : 'views × N²'],
      ...bySize.map((row, i) => `${row.minimumMs.toFixed(row.minimumMs < 100 ? 1 : 0)} ms, ${each[i]!.toFixed(3)} ns`),
      most.toFixed(1),
    ]
  })
  return { rows, sum, text: markdownTable(['beam', 'operation', 'ns per', ...sizes.map(size => `${size}²`), 'most ÷ least'], cells) }
}

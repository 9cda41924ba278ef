// Peak memory of an FBP, each size in a process of its own: Node, the transpiler that
// runs this from source, sinogram, filtered sinogram, tables and image together.

import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { installation } from '../../src/run/installation.ts'
import { markdownTable } from '../markdown-table.ts'

/** For an FBP at 2048², MB. */
const limitMb = 600

export interface PeakMemory {
  readonly size: number
  readonly views: number
  readonly bins: number
  readonly beam: string
  readonly peakMb: number
}

export function measureMemory(): { peaks: PeakMemory[]; text: string; withinLimit: boolean } {
  const peaks: PeakMemory[] = []
  for (const size of [512, 1024, 2048])
    for (const beam of ['parallel', 'curved fan']) {
      process.stderr.write(`FBP ${size}² ${beam}\n`)
      const command = [...installation().execArgv, join(import.meta.dirname, 'one-fbp.ts'), String(size), beam]
      peaks.push(JSON.parse(execFileSync(process.execPath, command, { encoding: 'utf8' })) as PeakMemory)
    }
  const largest = Math.max(...peaks.filter(({ size }) => size === 2048).map(({ peakMb }) => peakMb))
  const table = markdownTable(
    ['FBP', 'views × bins', 'beam', 'peak MB'],
    peaks.map(({ size, views, bins, beam, peakMb }) => [`${size}²`, `${views} × ${bins}`, beam, peakMb.toFixed(0)]),
  )
  return { peaks, text: `${table}\nAt 2048²: ${largest.toFixed(0)} MB, at most ${limitMb} allowed.`, withinLimit: largest <= limitMb }
}

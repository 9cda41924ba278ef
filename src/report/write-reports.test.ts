import { existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseHTML } from 'linkedom'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { exampleRun } from '../testing/example-records.ts'
import { aggregate } from './aggregate.ts'
import { writeReports } from './write-reports.ts'

let directory = ''
beforeEach(() => (directory = mkdtempSync(join(tmpdir(), 'sinobench-write-'))))
afterEach(() => rmSync(directory, { recursive: true }))

const records = exampleRun({ datasets: ['phantom-thorax'], doses: [1, 0.1] })

describe('writeReports', () => {
  it('writes what it says, and the same again', async () => {
    const { files } = await writeReports(directory, aggregate(records))
    expect(files.slice(0, 3)).toEqual(['leaderboard.csv', 'report.md', 'report.html'].map(name => join(directory, name)))
    const first = files.map(file => readFileSync(file, 'utf8'))
    await writeReports(directory, aggregate([...records].reverse()))
    expect(files.map(file => readFileSync(file, 'utf8'))).toEqual(first)
    expect(readdirSync(directory).sort()).toEqual(['charts', 'leaderboard.csv', 'report.html', 'report.md'])
  })

  it('writes charts as pictures that stand alone, and report.md shows each of them', async () => {
    const { files } = await writeReports(directory, aggregate(records))
    const markdown = readFileSync(join(directory, 'report.md'), 'utf8')
    const charts = files.filter(file => file.endsWith('.svg'))
    expect(charts.length).toBe(3)
    for (const file of charts) {
      const { document } = parseHTML(readFileSync(file, 'utf8'))
      const drawing = document.querySelector('svg')!
      expect(drawing.getAttribute('xmlns')).toBe('http://www.w3.org/2000/svg')
      const colours = [...readFileSync(file, 'utf8').matchAll(/var\((--method-\d+)\)/g)].map(match => match[1]!)
      expect(colours.length).toBeGreaterThan(0)
      for (const colour of colours) expect(drawing.querySelector('style')!.textContent).toContain(`${colour}:#`)
      expect(markdown).toContain(`](charts/${file.split('/').at(-1)})`)
    }
  })

  it('removes charts of an earlier run', async () => {
    mkdirSync(join(directory, 'charts'))
    writeFileSync(join(directory, 'charts', 'old.svg'), '')
    await writeReports(directory, aggregate(records))
    expect(existsSync(join(directory, 'charts', 'old.svg'))).toBe(false)
  })
})

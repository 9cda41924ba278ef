import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseHTML } from 'linkedom'
import { afterAll, describe, expect, it } from 'vitest'
import type { DoneRecord, RunRecord } from '../run/record.ts'
import { exampleFailure, exampleMethods, exampleRecord, exampleRun, exampleSkip, withPreviews } from '../testing/example-records.ts'
import { htmlReportOf } from './html.ts'
import { previewReader } from './previews.ts'

const directory = mkdtempSync(join(tmpdir(), 'sinobench-report-'))
afterAll(() => rmSync(directory, { recursive: true }))

const records: RunRecord[] = exampleRun({ datasets: ['phantom-quality', 'phantom-thorax'], doses: [1, 0.1] }).map(record =>
  record.subject === 's1' ? withPreviews(record, directory, 16) : record,
)
records.push(exampleFailure({ subject: 's6', dose: 0.1, method: exampleMethods[3]! }, 'Ran out of memory.'))
records.splice(records.findIndex(record => record.subject === 's6' && record.dataset === 'phantom-thorax' && record.dose === 0.1 && record.method.id === 'fbp-nlm'), 1)
records.push(exampleSkip({ dataset: 'dicom' }, 'No folder was named.'))
const text = htmlReportOf(records, previewReader(directory))
const { document } = parseHTML(text)

function page(list: readonly RunRecord[]): ReturnType<typeof parseHTML>['document'] {
  return parseHTML(htmlReportOf(list, previewReader(directory))).document
}

describe('the page', () => {
  it('has its sections, and a contents list whose links all lead somewhere', () => {
    const ids = [...document.querySelectorAll('main section')].map(section => section.id)
    expect(ids).toEqual(['overview', 'leaderboard', 'dose', 'time', 'images', 'quality', 'comparisons', 'divergence', 'problems', 'methods', 'protocols', 'reproduce'])
    for (const link of document.querySelectorAll('a[href^="#"]')) expect(document.getElementById(link.getAttribute('href')!.slice(1))).not.toBeNull()
    const all = [...document.querySelectorAll('[id]')].map(element => element.id)
    expect(new Set(all).size).toBe(all.length)
  })

  it('fetches nothing and runs nothing', () => {
    expect(document.querySelectorAll('script, link, iframe, object, embed').length).toBe(0)
    expect(text).not.toMatch(/(?:src|href|url|@import)\s*[=(]\s*["']?(?:https?:)?\/\//i)
    for (const image of document.querySelectorAll('img')) expect(image.getAttribute('src')).toMatch(/^data:image\/png;base64,/)
  })

  it('has a caption and column headings on every table, a description on every chart, an alternative text on every image', () => {
    expect(document.querySelectorAll('table').length).toBeGreaterThan(5)
    for (const table of document.querySelectorAll('table')) {
      expect(table.querySelector('caption')?.textContent).toBeTruthy()
      expect(table.querySelectorAll('thead th[scope]').length).toBeGreaterThan(1)
    }
    for (const chart of document.querySelectorAll('figure.chart svg')) {
      expect(chart.getAttribute('role')).toBe('img')
      expect(chart.getAttribute('aria-label')!.length).toBeGreaterThan(20)
    }
    for (const image of document.querySelectorAll('img')) expect(image.getAttribute('alt')).toBeTruthy()
  })

  it('has rows as wide as their headings', () => {
    for (const table of document.querySelectorAll('table')) {
      const width = (row: (typeof table)['children'][number]): number =>
        [...row.children].reduce((sum, cell) => sum + Number(cell.getAttribute('colspan') ?? 1), 0)
      const [head, second] = [...table.querySelectorAll('thead tr')]
      for (const row of table.querySelectorAll('tbody tr')) expect(width(row)).toBe(width(head!))
      if (second) expect(width(second)).toBe(width(head!) - 2)
    }
  })

  it('ranks, and marks who is not ranked and why', () => {
    const board = [...document.querySelectorAll('table.scores')].find(table => /phantom-thorax/.test(table.parentElement!.getAttribute('aria-label')!))!
    const out = board.querySelector('tr.out')!
    expect(out.textContent).toContain('FBP + non-local means')
    expect(out.textContent).toContain('not ranked: failed 1 of 6 cases')
    expect(board.querySelectorAll('tr.best').length).toBe(2)
    const problems = document.getElementById('problems')!.textContent!
    expect(problems).toContain('Ran out of memory.')
    expect(problems).toContain('No folder was named.')
  })

  it('shows every preview of a case: truth, sinogram, image and error map of each method at each dose', () => {
    const alts = [...document.querySelectorAll('img')].map(image => image.getAttribute('alt')!)
    for (const dose of ['full dose', '10 % dose'])
      for (const dataset of ['phantom-quality', 'phantom-thorax']) {
        const here = alts.filter(alt => alt.endsWith(`${dataset}, ${dose}`))
        expect(here.length).toBe(2 + 2 * exampleMethods.length)
      }
    expect(document.getElementById('images')!.textContent).toContain('Window −1350…150 HU, error maps ±100 HU')
  })

  it('draws one dose chart a dataset for PSNR and for SSIM', () => {
    expect(document.querySelectorAll('#dose figure.chart svg').length).toBe(4)
    expect(document.querySelectorAll('#time figure.chart svg').length).toBe(2)
    expect(document.querySelectorAll('#quality figure.chart svg').length).toBe(3)
    for (const path of document.querySelectorAll('figure.chart svg path')) expect(path.getAttribute('d')).not.toMatch(/NaN|Infinity/)
  })

  it('says beside the backend what ran a network', () => {
    const learned = page([{ ...exampleRecord(), network: { runtime: 'onnxruntime 1.30.0 cpu', note: null } }])
    expect(learned.querySelector('td[data-label="Backend"]')!.textContent).toBe('gpujs-webasmonnxruntime 1.30.0 cpu')
    expect(learned.body.textContent).not.toContain('Network notes')
  })

  it('leaves out what there is nothing to say about', () => {
    const small = page([exampleRecord()])
    expect([...small.querySelectorAll('main section')].map(section => section.id)).toEqual(['overview', 'leaderboard', 'methods', 'protocols', 'reproduce'])
  })

  it('is the same in whatever order records come', () => {
    expect(htmlReportOf([...records].reverse(), previewReader(directory))).toBe(text)
  })

  it('shows measured data without scores', () => {
    const measured: DoneRecord = { ...exampleRecord({ dataset: 'tooth' }), caseKind: 'measured', dose: null, photonsPerRay: null, electronicNoise: null, scores: {}, hashes: { sinogram: 'a', truth: null, image: 'b' } }
    const shown = page([measured])
    expect(shown.getElementById('overview')).toBeNull()
    expect(shown.getElementById('leaderboard')!.textContent).toContain('shown, not scored')
  })

  it('prints credits and a command that quotes what a shell would take apart', () => {
    const method = { ...exampleMethods[0]!, id: `a'; rm -rf $HOME` }
    const shown = page([{ ...exampleRecord({ method }), credit: 'Somebody 2016, CC BY 3.0' }])
    expect(shown.getElementById('reproduce')!.textContent).toContain('Somebody 2016, CC BY 3.0')
    expect(shown.querySelector('pre')!.textContent).toContain(`--method 'a'\\''; rm -rf $HOME'`)
  })
})

describe('hostile values', () => {
  const hostile = `"><script>alert(1)</script><img src=x onerror='a'>&amp;\`\u0000`

  it('appear as text, wherever they come from', () => {
    const base = exampleRecord({ dataset: hostile, subject: hostile, method: { ...exampleMethods[0]!, id: hostile, title: hostile } })
    const insert = { name: hostile, trueHu: 0, biasHu: 1, noiseHu: 2 }
    const curve = { frequencyPerMm: [0.1, 0.2], value: [1, 0.5] }
    const record: DoneRecord = {
      ...base,
      suite: hostile,
      geometry: hostile,
      case: hostile,
      credit: hostile,
      adapter: hostile,
      network: { runtime: hostile, note: hostile },
      packageVersion: hostile,
      commit: hostile,
      codeHash: hostile,
      recordedAt: hostile,
      scores: { ...base.scores, [hostile]: { psnr_db: 1 } },
      method: { ...base.method, citation: hostile, parameters: { [hostile]: hostile }, sourceHash: hostile },
      quality: { inserts: [insert], mtf50PerMm: null, mtf: curve, nps: curve, npsPeakPerMm: 0.1 },
      artefacts: { image: { path: hostile, sha256: hostile } },
    }
    const other = { ...record, dose: 0.5 }
    const failed = exampleFailure({ dataset: hostile, subject: 's2', method: { ...exampleMethods[1]!, title: hostile } }, hostile)
    const markup = htmlReportOf([record, other, failed], previewReader(directory))
    const parsed = parseHTML(markup).document
    expect(parsed.querySelectorAll('script, img, [onerror]').length).toBe(0)
    expect(markup).not.toContain('<script')
    expect(markup).not.toContain('\u0000')
    expect(parsed.body.textContent).toContain('<script>alert(1)</script>')
    for (const section of parsed.querySelectorAll('main section')) expect(section.parentElement!.tagName).toBe('MAIN')
  })
})

describe('previews', () => {
  const shown = withPreviews(exampleRecord({ subject: 's9' }), directory, 8)

  it('that are missing, changed or outside the folder are said, not shown', () => {
    const path = join(directory, 'changed.png')
    writeFileSync(path, readFileSync(join(directory, shown.artefacts.image!.path)).subarray(1))
    const parsed = page([
      {
        ...shown,
        artefacts: {
          image: { path: 'gone.png', sha256: 'a' },
          error: { path: 'changed.png', sha256: shown.artefacts.image!.sha256 },
          truth: { path: '../outside.png', sha256: 'a' },
          sinogram: shown.artefacts.sinogram,
        },
      },
    ])
    const lost = [...parsed.querySelectorAll('.lost')].map(element => element.textContent)
    expect(lost.length).toBe(3)
    expect(lost.join()).toMatch(/outside\.png lies outside.*gone\.png is missing.*changed\.png was changed/)
    expect(parsed.querySelectorAll('img').length).toBe(1)
  })
})

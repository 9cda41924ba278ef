// The page's tables of scores: all ranks at a glance, then each dataset at each dose.

import { rankingTable, type MethodRun, type Panel, type ProtocolTable, type ScoreRow } from './aggregate.ts'
import { overview, rankedPanels, type Board } from './boards.ts'
import { capital, doseName, duration, fixed, megabytes, percent, photons, plural } from './format.ts'
import { unique } from './group.ts'
import { estimateCell, methodKey, methodLabel, scrolling, type PageData, type Section } from './html-parts.ts'
import { protocolText, rankingProtocol } from './protocol-names.ts'
import { html, type SafeHtml } from './safe-html.ts'

export function overviewSection(page: PageData): Section | null {
  const panels = rankedPanels(page.report)
  const rows = overview(page.report)
  if (panels.length === 0) return null
  const ranked = page.boards.map(board => ({ board, panels: board.panels.filter(panel => panels.includes(panel)) })).filter(one => one.panels.length > 0)
  const columns = ranked.flatMap(one => one.panels)
  const table = html`<table class="matrix">
<caption><span>Rank by mean PSNR under <code>${rankingProtocol}</code>, 1 is best; beneath it the mean PSNR in dB.</span></caption>
<thead>
<tr><th rowspan="2" scope="col" class="text row">Method</th>${ranked.map(({ board, panels: own }) => html`<th scope="colgroup" colspan="${own.length}"><a href="#${board.anchor}">${board.title}</a></th>`)}<th rowspan="2" scope="col">Mean rank</th></tr>
<tr>${columns.map(panel => html`<th scope="col">${panel.dose === null ? 'measured' : percent(panel.dose)}</th>`)}</tr>
</thead>
<tbody>${rows.map(
    ({ method, rows: cells, meanRank }) => html`<tr>
    <th scope="row" class="row">${methodKey(page, method.id)}</th>${columns.map(panel => {
      const cell = cells[panels.indexOf(panel)]
      const psnr = cell?.scores['psnr_db']
      return html`<td${cell?.rank === 1 ? html` class="best"` : ''}>${cell?.rank ?? '–'}${psnr && html`<small>${fixed(psnr.mean, 1)}</small>`}</td>`
    })}<td><b>${fixed(meanRank, 2)}</b></td></tr>`,
  )}</tbody></table>`
  const first = [...rows].sort((a, b) => b.firstPlaces - a.firstPlaces)[0]
  const lead = first
    ? html`<p class="lead">${first.method.label} ranks first in ${first.firstPlaces} of ${plural(panels.length, 'comparison')} by mean PSNR under ${rankingProtocol}.</p>`
    : ''
  return {
    id: 'overview',
    title: 'At a glance',
    short: 'Overview',
    body: html`${lead}<div class="card">${scrolling('Ranks of all methods', table)}</div>
<p class="note">Percentages are fractions of the full dose. A dash: did not run on every case, or failed one, and is not ranked.</p>`,
  }
}

export function leaderboardSection(page: PageData): Section | null {
  if (page.boards.length === 0) return null
  return {
    id: 'leaderboard',
    title: 'Leaderboard',
    short: 'Leaderboard',
    body: html`<p>Ranked by mean PSNR under <code>${rankingProtocol}</code> (${protocolText(rankingProtocol).values}). Slices of one subject are averaged first. The small numbers are 95 % bootstrap intervals of the mean over subjects; under 6 subjects there are none.</p>
${page.boards.map(board => boardTables(page, board))}`,
  }
}

function boardTables(page: PageData, board: Board): SafeHtml {
  return html`<h3 id="${board.anchor}">${board.title}</h3><p class="note">${boardFacts(board)}</p>
<div class="card">${scrolling(`Leaderboard of ${board.title}`, boardTable(page, board))}</div>
${otherProtocols(page, board)}`
}

/** What was scanned, and how. */
export function boardFacts({ panels, geometry }: Board): string {
  const records = panels.flatMap(panel => panel.runs.flatMap(run => run.records)).filter(record => record.status !== 'skipped')
  const [first] = panels
  const texts = (value: (record: (typeof records)[number]) => string): string => unique(records.map(value)).join(' or ')
  const parts = [
    `${plural(first!.cases, 'case')} of ${plural(first!.subjects, 'subject')}`,
    geometry,
    texts(record => `${record.views} views × ${record.bins} bins`),
    texts(record => `${record.rows} × ${record.columns} pixels of ${Number(record.pixelMm.toPrecision(4))} mm`),
    texts(record => `window ${fixed(record.window.lowHu, 0)}…${fixed(record.window.highHu, 0)} HU`),
  ]
  return parts.filter(part => part !== '').join(' · ')
}

/** One table a dataset, one group of rows a dose. */
function boardTable(page: PageData, board: Board): SafeHtml {
  const scored = board.panels.some(rankingTable)
  const caption = scored ? html`Scores under <code>${rankingProtocol}</code>` : 'Measured data is shown, not scored'
  const scoreHeads = scored && html`<th scope="col">PSNR, dB</th><th scope="col">SSIM</th><th scope="col">RMSE, HU</th>`
  const columns = scored ? 9 : 6
  // The roles keep it a table where a phone's style sheet lays its rows out as cards.
  return html`<table class="scores" role="table"><caption><span>${caption}</span></caption><thead role="rowgroup"><tr role="row">
    <th scope="col" class="rank">#</th><th scope="col" class="text row">Method</th>${scoreHeads}<th scope="col">Time</th>
    <th scope="col">Memory</th><th scope="col">Cases</th><th scope="col" class="text">Backend</th></tr></thead>
${board.panels.map(
    panel => html`<tbody role="rowgroup"><tr role="row" class="group">
    <th scope="rowgroup" colspan="${columns}" class="text"><span>${capital(doseName(panel.dose))}${photonText(panel)}</span></th>
    </tr>${
      rankingTable(panel)?.rows.map(row => scoreRow(page, panel, row)) ??
      panel.runs.map(run => html`<tr role="row"><td role="cell" class="rank">–</td>
      <th role="rowheader" scope="row" class="row">${methodCell(page, run, null)}</th>${runCells(run, run.done)}</tr>`)
    }</tbody>`,
  )}</table>`
}

function photonText(panel: Panel): SafeHtml | '' {
  const numbers = panel.runs.flatMap(run => run.records.map(record => record.photonsPerRay)).filter(value => value !== null)
  const shown = unique(numbers.map(photons))
  return shown.length > 0 ? html` <small>${shown.join(' or ')} photons per ray</small>` : ''
}

function scoreRow(page: PageData, panel: Panel, row: ScoreRow): SafeHtml {
  const run = panel.runs.find(one => one.method === row.method)!
  const best = row.rank === 1
  return html`<tr role="row"${best ? html` class="best"` : row.rank === null ? html` class="out"` : ''}>
    <td role="cell" class="rank">${row.rank ?? '–'}</td>
    <th role="rowheader" scope="row" class="row">${methodCell(page, run, row)}</th>
    ${estimateCell('PSNR, dB', row.scores['psnr_db'], 2, best)}
    ${estimateCell('SSIM', row.scores['ssim'], 3)}
    ${estimateCell('RMSE, HU', row.scores['rmse_hu'], 1)}
    ${runCells(run, row.cases)}</tr>`
}

function methodCell(page: PageData, run: MethodRun, row: ScoreRow | null): SafeHtml {
  const from = unique(run.records.map(record => record.method.parametersFrom)).join(', ')
  const why = row?.notRanked ?? (run.failures > 0 ? `failed ${run.failures} of ${run.failures + run.done} cases` : null)
  const below = why === null ? from : html`<span class="badge">${row ? 'not ranked: ' : ''}${why}</span>`
  return html`${methodKey(page, run.method)}<small>${below}</small>`
}

function runCells(run: MethodRun, cases: number): SafeHtml {
  const prepare = run.prepareMsMedian === null || run.prepareMsMedian < 0.5 ? '' : `+ ${duration(run.prepareMsMedian)} once`
  const problems = [run.failures > 0 ? `${run.failures} failed` : '', run.skipped > 0 ? `${run.skipped} skipped` : '']
  const cell = (label: string, value: string, below: string): SafeHtml =>
    html`<td role="cell" data-label="${label}">${value}${below && html`<small>${below}</small>`}</td>`
  return html`${cell('Time', duration(run.reconstructMsMedian), prepare)}
    ${cell('Memory', megabytes(run.peakMemoryMb), '')}
    ${cell('Cases', String(cases), problems.filter(text => text !== '').join(', '))}
    <td role="cell" data-label="Backend" class="text wide">${run.backends.join(', ') || '–'}<small>${[...run.adapters, ...run.networks].join(', ')}</small></td>`
}

function otherProtocols(page: PageData, board: Board): SafeHtml | '' {
  const tables = board.panels.filter(panel => panel.protocols.length > 1)
  if (tables.length === 0) return ''
  return html`<details><summary>The same images under every protocol <span class="soft">PSNR and SSIM</span></summary>
    <div class="inside">${tables.map(panel =>
    scrolling(
      `${board.title}, ${doseName(panel.dose)}, all protocols`,
      html`<table><caption><span><b>${capital(doseName(panel.dose))}</b> · mean PSNR in dB, beneath it mean SSIM</span></caption>
      <thead><tr><th scope="col" class="text row">Method</th>${panel.protocols.map(({ protocol }) => html`<th scope="col"><code>${protocol}</code></th>`)}</tr></thead>
<tbody>${panel.runs.map(run => html`<tr>
  <th scope="row" class="row">${methodLabel(page, run.method)}</th>${panel.protocols.map(table => protocolCell(table, run.method))}</tr>`)}</tbody></table>`,
    ),
  )}</div></details>`
}

function protocolCell(table: ProtocolTable, method: string): SafeHtml {
  const scores = table.rows.find(row => row.method === method)?.scores
  return html`<td>${fixed(scores?.['psnr_db']?.mean, 2)}<small>${fixed(scores?.['ssim']?.mean, 3)}</small></td>`
}

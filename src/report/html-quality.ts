// The page's physical image quality: CT number bias and noise of known inserts,
// resolution, noise texture.

import type { Panel } from './aggregate.ts'
import type { Chart } from './chart-set.ts'
import { capital, doseName, fixed, plural, signed } from './format.ts'
import { chartFigure, legend, methodKey, scrolling, type PageData, type Section } from './html-parts.ts'
import { methodsOf } from './html-charts.ts'
import { qualityOf, type QualitySummary } from './quality-summary.ts'
import { html, type SafeHtml } from './safe-html.ts'

export function qualitySection(page: PageData, charts: readonly Chart[]): Section | null {
  const measured = page.boards
    .map(board => ({ board, panels: board.panels.map(panel => ({ panel, summaries: qualityOf(panel) })).filter(({ summaries }) => summaries.length > 0) }))
    .filter(({ panels }) => panels.length > 0)
  if (measured.length === 0) return null
  const shown = charts.filter(chart => chart.kind === 'mtf' || chart.kind === 'nps')
  return {
    id: 'quality',
    title: 'Physical image quality',
    short: 'Quality',
    body: html`<p>Bias is the mean of an insert minus its drawn CT number; beneath it, the noise: the standard deviation of the difference of two noise realisations, divided by √2. MTF50 is the frequency at which the edge of a high-contrast insert keeps half its modulation. A denoiser's resolution depends on contrast: it holds for that edge, not for faint structures.</p>
${legend(page, methodsOf(page, shown))}
  <div class="charts">${shown.map(chart => chartFigure(chart.svg, chart.title, chart.subtitle))}</div>
${measured.map(({ board, panels }) => html`<h3>${board.title}</h3>
  <div class="card">${scrolling(`Inserts, ${board.title}`, insertTable(page, panels))}</div>`)}`,
  }
}

/** One group of rows a dose. Inserts are those of the first method; all methods measured the same ones. */
function insertTable(page: PageData, panels: readonly { panel: Panel; summaries: readonly QualitySummary[] }[]): SafeHtml {
  const { inserts, cases } = panels[0]!.summaries[0]!
  return html`<table><caption><span>Bias in HU, beneath it ± noise in HU; mean of ${plural(cases, 'case')}</span></caption>
<thead><tr><th scope="col" class="text row">Method</th><th scope="col">MTF50, lp/mm</th>
  <th scope="col">NPS peak, lp/mm</th>${inserts.map(insert => html`<th scope="col">${insert.name}<small>${fixed(insert.trueHu, 0)} HU</small></th>`)}</tr></thead>
${panels.map(
    ({ panel, summaries }) => html`<tbody><tr class="group">
    <th scope="rowgroup" colspan="${inserts.length + 3}" class="text"><span>${capital(doseName(panel.dose))}</span></th>
    </tr>${summaries.map(summary => insertRow(page, inserts, summary))}</tbody>`,
  )}</table>`
}

function insertRow(page: PageData, inserts: QualitySummary['inserts'], summary: QualitySummary): SafeHtml {
  return html`<tr><th scope="row" class="row">${methodKey(page, summary.method)}</th>
    <td>${summary.mtf50PerMm === null ? 'above Nyquist' : fixed(summary.mtf50PerMm, 3)}</td>
    <td>${fixed(summary.npsPeakPerMm, 3)}</td>${inserts.map(({ name, trueHu }) => {
    const own = summary.inserts.find(insert => insert.name === name && insert.trueHu === trueHu)
    return html`<td>${signed(own?.biasHu, 1)}<small>± ${fixed(own?.noiseHu, 1)}</small></td>`
  })}</tr>`
}

// The page's comparison of protocols, and what each of them means.

import { divergence, divergenceSentence, type Divergence } from './divergence.ts'
import { capital, doseName, fixed } from './format.ts'
import { methodKey, scrolling, type PageData, type Section } from './html-parts.ts'
import { compareProtocols, protocolText, rankingProtocol } from './protocol-names.ts'
import { html, type SafeHtml } from './safe-html.ts'

export function divergenceSection(page: PageData): Section | null {
  const found = page.boards.flatMap(board => board.panels.map(panel => ({ board, panel, table: divergence(panel) })))
  const tables = found.filter((one): one is typeof one & { table: Divergence } => one.table !== null)
  if (tables.length === 0) return null
  const boardsShown = page.boards.map(board => tables.filter(one => one.board === board)).filter(group => group.length > 0)
  return {
    id: 'divergence',
    title: 'Where protocols disagree',
    short: 'Protocols',
    body: html`<p>${divergenceSentence(tables.map(({ table }) => table))} A PSNR without its protocol's name says nothing.</p>
${boardsShown.map(group => {
  const lowest = group.at(-1)!
  const others = group.slice(0, -1)
  return html`<h3>${lowest.board.title}</h3><div class="card">${divergenceTable(page, lowest.table, doseName(lowest.panel.dose))}
    </div>
${others.length > 0 && html`<details><summary>Other doses</summary>
  <div class="inside">${others.map(({ table, panel }) => divergenceTable(page, table, doseName(panel.dose)))}</div></details>`}`
})}`,
  }
}

function divergenceTable(page: PageData, table: Divergence, dose: string): SafeHtml {
  return scrolling(
    `Ranks by protocol, ${dose}`,
    html`<table><caption><span><b>${capital(dose)}</b> · rank under each protocol, beneath it mean PSNR in dB and what it is above or below ${rankingProtocol}</span></caption>
<thead><tr><th scope="col" class="text row">Method</th>${table.protocols.map(protocol => html`<th scope="col"><code>${protocol}</code></th>`)}<th scope="col">Spread, dB</th></tr></thead>
<tbody>${table.rows.map(({ method, byProtocol, spreadDb }) => {
  const own = byProtocol[rankingProtocol]
  return html`<tr><th scope="row" class="row">${methodKey(page, method)}</th>${table.protocols.map(protocol => {
    const cell = byProtocol[protocol]
    if (!cell) return html`<td>–</td>`
    return html`<td>${cell.rank ?? '–'}${own && rankMove(cell.rank, own.rank)}<small>${fixed(cell.psnrDb, 1)}${own && protocol !== rankingProtocol && html` (${difference(cell.psnrDb - own.psnrDb)})`}</small></td>`
  })}<td>${fixed(spreadDb, 1)}</td></tr>`
})}
<tr><th scope="row" class="row">Pairs that change places</th>${table.protocols.map(protocol => html`<td>${protocol === rankingProtocol ? '–' : `${table.swappedPairs[protocol]} of ${table.pairs}`}</td>`)}<td></td></tr></tbody></table>`,
  )
}

/** ▲ for a better place than under the ranking protocol, ▼ for a worse one. */
function rankMove(rank: number | null, own: number | null): string {
  if (rank === null || own === null || rank === own) return ''
  return rank < own ? ' ▲' : ' ▼'
}

function difference(value: number): string {
  return value > 0 ? `+${fixed(value, 1)}` : fixed(value, 1)
}

export function definitionsSection(page: PageData): Section | null {
  const used = new Set(page.report.panels.flatMap(panel => panel.protocols.map(table => table.protocol)))
  if (used.size === 0) return null
  const texts = [...used].sort(compareProtocols).map(protocolText)
  return {
    id: 'protocols',
    title: 'What the scores mean',
    short: 'Definitions',
    body: html`<p>PSNR = 10 log₁₀(range² / MSE). RMSE is of unclipped HU over the protocol's region. A protocol never changes: it gets a new version.</p>
<div class="defs">${texts.map(text => html`<div class="card"><h4><code>${text.id}</code></h4><dl>
  <dt>Name</dt><dd>${text.title}</dd>
    <dt>Values scored</dt><dd>${text.values}</dd>${text.regions && html`<dt>Region</dt><dd>${text.regions}</dd>`}${text.range && html`<dt>Data range of PSNR and SSIM</dt><dd>${text.range}</dd>`}</dl></div>`)}</div>`,
  }
}

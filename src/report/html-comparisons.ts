// The page's paired comparisons of the best method with the runner-up.

import { verdict, winnersAgainstRunnersUp } from './comparisons.ts'
import { doseName, interval, pValue, signed } from './format.ts'
import { methodKey, scrolling, type PageData, type Section } from './html-parts.ts'
import { rankingProtocol } from './protocol-names.ts'
import { html } from './safe-html.ts'

export function comparisonsSection(page: PageData): Section | null {
  const all = winnersAgainstRunnersUp(page.report)
  if (all.length === 0) return null
  return {
    id: 'comparisons',
    title: 'Is the winner better?',
    short: 'Significance',
    body: html`<p>The best method against the runner-up, in PSNR under <code>${rankingProtocol}</code>, subject by subject: both saw the same noise. The test is Wilcoxon's signed ranks, two-sided; beside its p value stands the one corrected for the ${all.length} rows of this table (Holm). Six subjects cannot give less than p = 0.031.</p>
<div class="card">${scrolling(
      'Winner against runner-up',
      html`<table><caption><span>Winner minus runner-up, mean over subjects with its 95 % bootstrap interval</span></caption>
      <thead><tr><th scope="col" class="text row">Dataset</th><th scope="col" class="text">Dose</th>
      <th scope="col" class="text">Winner</th><th scope="col" class="text">Runner-up</th><th scope="col">Gain, dB</th>
      <th scope="col">Better on</th><th scope="col" class="text">Test</th></tr></thead>
<tbody>${all.map(one => {
        const range = interval(one.gain, 2)
        const board = page.boards.find(({ panels }) => panels.includes(one.panel))!
        return html`<tr><th scope="row" class="row">${board.title}</th><td class="text">${doseName(one.panel.dose)}</td>
        <td class="text">${methodKey(page, one.winner)}</td><td class="text">${methodKey(page, one.runnerUp)}</td>
        <td>${signed(one.gain.mean, 2)}${range && html`<small>${range}</small>`}</td><td>${one.wins} of ${one.gain.subjects}</td>
        <td class="text wraps">${verdict(one)}${one.p !== null && one.adjustedP !== null && html`<small>${pValue(one.p)}, corrected ${one.adjustedP.toFixed(3)}</small>`}</td></tr>`
      })}</tbody></table>`,
    )}</div>`,
  }
}

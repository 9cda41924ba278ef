// The page's account of the run: what went wrong, methods, credits, how to repeat it.

import { credits, problemExamples, problems, reproduceCommands, type Problem } from './facts.ts'
import { parametersText, plural } from './format.ts'
import { unique } from './group.ts'
import { methodKey, methodLabel, scrolling, type PageData, type Section } from './html-parts.ts'
import { html, type SafeHtml } from './safe-html.ts'

export function problemsSection(page: PageData): Section | null {
  const failed = problems(page.report, 'failed')
  const skipped = problems(page.report, 'skipped')
  if (failed.length + skipped.length === 0) return null
  return {
    id: 'problems',
    title: failed.length > 0 ? 'Failed and skipped jobs' : 'Skipped jobs',
    short: failed.length > 0 ? 'Failures' : 'Skipped',
    body: html`${failed.length > 0 && html`<p>A method that failed a case is listed, not ranked.</p>`}
<div class="tables">${failed.length > 0 && html`<div class="card">${problemTable(page, failed, 'Failed')}
  </div>`}${skipped.length > 0 && html`<div class="card">${problemTable(page, skipped, 'Skipped')}</div>`}</div>`,
  }
}

function problemTable(page: PageData, list: readonly Problem[], title: string): SafeHtml {
  return scrolling(
    `${title} jobs`,
    html`<table><caption><span><b>${title}</b> · ${plural(
      list.reduce((sum, { jobs }) => sum + jobs, 0),
      'job',
    )}</span></caption><thead><tr><th scope="col" class="text row">Method</th><th scope="col" class="text">Dataset</th>
    <th scope="col">Jobs</th><th scope="col" class="text">Reason</th><th scope="col" class="text">Where</th></tr></thead>
<tbody>${list.map(problem => html`<tr><th scope="row" class="row">${methodLabel(page, problem.method)}</th>
  <td class="text">${problem.dataset}</td><td>${problem.jobs}</td><td class="text wraps">${problem.reason}</td>
    <td class="text wraps">${problemExamples(problem)}</td></tr>`)}</tbody></table>`,
  )
}

export function methodsSection(page: PageData): Section {
  const rows = page.report.methods.map(method => {
    const records = page.report.records.filter(record => record.method.id === method.id)
    const settings = unique(records.map(record => `${parametersText(record.method.parameters)} (${record.method.parametersFrom})`))
    return { method, settings, hashes: unique(records.map(record => record.method.sourceHash.slice(0, 10))) }
  })
  return {
    id: 'methods',
    title: 'Methods',
    short: 'Methods',
    body: html`<p>Parameters are the method's own (default), found on the tune split (tuned) or given by the suite or the user (set).</p>
<div class="card">${scrolling(
      'Methods and their parameters',
      html`<table><caption><span>What ran, with which parameters, published where</span></caption><thead><tr>
      <th scope="col" class="text row">Method</th><th scope="col" class="text">Family</th>
      <th scope="col" class="text">Parameters</th><th scope="col" class="text">Published</th>
      <th scope="col" class="text">Source</th></tr></thead>
<tbody>${rows.map(({ method, settings, hashes }) => html`<tr>
  <th scope="row" class="row">${methodKey(page, method.id)}<small><code>${method.id}</code></small></th>
    <td class="text">${method.family}</td><td class="text wraps">${settings.map(text => html`<div>${text}</div>`)}</td>
    <td class="text wraps">${method.citation}</td><td class="text"><code>${hashes.join(', ')}</code></td></tr>`)}</tbody>
    </table>`,
    )}</div>`,
  }
}

export function reproduceSection(page: PageData): Section {
  const given = credits(page.report)
  const commits = unique(page.report.records.map(record => record.commit).filter(commit => commit !== null))
  const versions = unique(page.report.records.map(record => record.packageVersion))
  return {
    id: 'reproduce',
    title: 'Repeat this run',
    short: 'Repeat',
    body: html`<p>With sinobench ${versions.join(', ')}${commits.length > 0 && html` (commit ${commits.map(commit => html`<code>${commit}</code> `)})`}; geometry presets and whatever else is not named here come from the suite's file. Same seed, same noise: scores of the CPU backends agree to the last bit where the backend is the same.</p>
${reproduceCommands(page.report).map(command => html`<pre><code>${command}</code></pre>`)}
<p>Every number on this page is computed from <code>records.jsonl</code> beside it: <code>sinobench report</code> and this folder rebuild the page. The same numbers as a table: <code>leaderboard.csv</code>.</p>
${given.length > 0 && html`<h3 id="credits">Credits</h3>
  <ul class="plain">${given.map(({ credit, datasets }) => html`<li><b>${datasets.join(', ')}</b>: ${credit}</li>`)}</ul>`}`,
  }
}

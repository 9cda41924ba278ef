// The page's charts of scores: against dose, and against time.

import type { Chart } from './chart-set.ts'
import { groupBy } from './group.ts'
import { chartFigure, legend, type PageData, type Section } from './html-parts.ts'
import { rankingProtocol } from './protocol-names.ts'
import { html } from './safe-html.ts'

export function doseSection(page: PageData, charts: readonly Chart[]): Section | null {
  const shown = charts.filter(chart => chart.kind === 'dose')
  if (shown.length === 0) return null
  return {
    id: 'dose',
    title: 'Score against dose',
    short: 'Dose',
    body: html`<p>Means over subjects under <code>${rankingProtocol}</code>; whiskers are 95 % bootstrap intervals. Dose is on a logarithmic axis; points of one dose stand side by side so that none hides another. The intervals span the subjects' own differences: whether two methods differ is for <a href="#comparisons">paired comparisons</a>.</p>
${legend(page, methodsOf(page, shown))}${[...groupBy(shown, chart => chart.subtitle).values()].map(
      group => html`<div class="charts">${group.map(chart => chartFigure(chart.svg, chart.title, chart.subtitle))}</div>`,
    )}`,
  }
}

export function timeSection(page: PageData, charts: readonly Chart[]): Section | null {
  const shown = charts.filter(chart => chart.kind === 'time')
  if (shown.length === 0) return null
  return {
    id: 'time',
    title: 'Time against quality',
    short: 'Time',
    body: html`<p>Median time of one reconstruction, set-up apart, at the lowest dose. Up and to the left is better. Times belong to the machine and backend named above.</p>
${legend(page, methodsOf(page, shown))}
  <div class="charts">${shown.map(chart => chartFigure(chart.svg, chart.title, chart.subtitle))}</div>`,
  }
}

/** Methods that any of the charts shows, in the order of legends. */
export function methodsOf(page: PageData, charts: readonly Chart[]): string[] {
  const shown = new Set(charts.flatMap(chart => chart.methods))
  return page.report.methods.map(method => method.id).filter(id => shown.has(id))
}

// Pieces that several sections of the page share.

import type { Aggregate, Estimate, MethodName } from './aggregate.ts'
import { boards, type Board } from './boards.ts'
import { legendSwatch } from './charts.ts'
import { fixed, interval } from './format.ts'
import { methodStyles, type MethodStyle } from './method-style.ts'
import { html, trusted, type HtmlValue, type SafeHtml } from './safe-html.ts'

/** What every section is built from. */
export interface PageData {
  readonly report: Aggregate
  readonly boards: readonly Board[]
  readonly styles: ReadonlyMap<string, MethodStyle>
  readonly methods: ReadonlyMap<string, MethodName>
  readonly swatches: ReadonlyMap<string, string>
}

export function pageData(report: Aggregate): PageData {
  const styles = methodStyles(report.methods)
  return {
    report,
    boards: boards(report),
    styles,
    methods: new Map(report.methods.map(method => [method.id, method])),
    swatches: new Map([...styles].map(([id, style]) => [id, legendSwatch(style)])),
  }
}

export interface Section {
  readonly id: string
  readonly title: string
  /** Its title in the table of contents. */
  readonly short: string
  readonly body: SafeHtml
}

/** The method's symbol and name, as in legends. */
export function methodKey(page: PageData, id: string): SafeHtml {
  return html`<span class="key">${trusted(page.swatches.get(id) ?? '')}<span>${methodLabel(page, id)}</span></span>`
}

export function methodLabel(page: PageData, id: string): string {
  return page.methods.get(id)?.label ?? id
}

export function legend(page: PageData, methods: readonly string[]): SafeHtml {
  return html`<ul class="legend" aria-label="Methods">${methods.map(id => html`<li>${methodKey(page, id)}</li>`)}</ul>`
}

/** Mean with its interval small beneath; a phone shows the label, for want of a heading. */
export function estimateCell(label: string, estimate: Estimate | undefined, decimals: number, best = false): SafeHtml {
  const mean = fixed(estimate?.mean, decimals)
  const range = interval(estimate, decimals)
  return html`<td role="cell" data-label="${label}">${best ? html`<b>${mean}</b>` : mean}${range && html`<small>${range}</small>`}</td>`
}

/** A table that scrolls sideways on its own where the screen is narrow. */
export function scrolling(label: string, table: SafeHtml): SafeHtml {
  return html`<div class="scroll sticky" tabindex="0" role="region" aria-label="${label}">${table}</div>`
}

export function chartFigure(svg: string, title: HtmlValue, subtitle: HtmlValue): SafeHtml {
  return html`<figure class="chart"><figcaption><b>${title}</b>${subtitle && html`<br />${subtitle}`}</figcaption>${trusted(svg)}</figure>`
}

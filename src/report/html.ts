// report.html: one self-contained page, a pure function of records and the previews
// they name. No script, no font, no address is fetched.

import { aggregate } from './aggregate.ts'
import { chartSet, type Chart } from './chart-set.ts'
import { comparisonsSection } from './html-comparisons.ts'
import { runFacts } from './facts.ts'
import { plural } from './format.ts'
import { unique } from './group.ts'
import { doseSection, timeSection } from './html-charts.ts'
import { gallerySection } from './html-gallery.ts'
import { leaderboardSection, overviewSection } from './html-leaderboard.ts'
import { pageData, type PageData, type Section } from './html-parts.ts'
import { definitionsSection, divergenceSection } from './html-protocols.ts'
import { qualitySection } from './html-quality.ts'
import { methodsSection, problemsSection, reproduceSection } from './html-run.ts'
import type { PreviewReader } from './previews.ts'
import { html, trusted, type SafeHtml } from './safe-html.ts'
import { styleSheet } from './style.ts'

/** The page as text. Charts are passed in so that they are drawn once for the page and for files of their own. */
export function htmlReport(page: PageData, charts: readonly Chart[], read: PreviewReader): string {
  const sections = [
    overviewSection(page),
    leaderboardSection(page),
    doseSection(page, charts),
    timeSection(page, charts),
    gallerySection(page, read),
    qualitySection(page, charts),
    comparisonsSection(page),
    divergenceSection(page),
    problemsSection(page),
    methodsSection(page),
    definitionsSection(page),
    reproduceSection(page),
  ].filter(section => section !== null)
  const suites = unique(page.report.records.map(record => record.suite))
  const title = `sinobench: ${suites.join(', ')}`
  return `<!doctype html>\n${
    html`<html lang="en"><head><meta charset="utf-8" /><meta name="viewport" content="width=device-width, initial-scale=1" /><meta name="color-scheme" content="light dark" /><title>${title}</title><style>${trusted(styleSheet)}</style></head>
<body><a class="skip" href="#${sections[0]!.id}">Skip to the results</a>
${pageHeader(page, suites)}
<nav class="contents" aria-label="Contents"><div class="wrap">
  <ul>${sections.map(({ id, short }) => html`<li><a href="#${id}">${short}</a></li>`)}</ul></div></nav>
<main class="wrap">${sections.map(sectionMarkup)}</main>
<footer><div class="wrap">Made by sinobench from records alone. Simulated doses and phantoms are no statement about a scanner's clinical use.</div></footer>
</body></html>`.text
  }\n`
}

/** Convenience for those who have records and no use for the charts themselves. */
export function htmlReportOf(records: Parameters<typeof aggregate>[0], read: PreviewReader): string {
  const page = pageData(aggregate(records))
  return htmlReport(page, chartSet(page), read)
}

function pageHeader(page: PageData, suites: readonly string[]): SafeHtml {
  const { report } = page
  const datasets = unique(report.records.map(record => record.dataset))
  const doses = new Set(report.records.map(record => record.dose))
  const what = `${plural(report.methods.length, 'method')} on ${plural(datasets.length, 'dataset')} at ${plural(doses.size, 'dose')}: ${datasets.join(', ')}.`
  return html`<header class="top"><div class="wrap">
    <p class="brand">sinobench report</p><h1>Low-dose CT reconstruction: ${suites.join(', ')}</h1><p class="lead">${what}</p>
<dl class="facts">${runFacts(report).map(({ name, value }) => html`<div><dt>${name}</dt><dd>${value}</dd></div>`)}</dl>
  </div></header>`
}

function sectionMarkup({ id, title, body }: Section): SafeHtml {
  return html`<section id="${id}" aria-labelledby="${id}-title"><h2 id="${id}-title">${title}</h2>${body}</section>`
}

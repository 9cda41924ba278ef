// report.md: the tables of the page for where Markdown is read (GitHub, a terminal),
// with its charts as SVG files beside it. Values from files and methods are escaped.

import { rankingTable, type Aggregate, type Estimate, type Panel } from './aggregate.ts'
import { overview, rankedPanels, type Board } from './boards.ts'
import type { Chart } from './chart-set.ts'
import { verdict, winnersAgainstRunnersUp } from './comparisons.ts'
import { divergence, divergenceSentence } from './divergence.ts'
import { credits, problemExamples, problems, reproduceCommands, runFacts } from './facts.ts'
import { capital, doseName, duration, fixed, megabytes, percent, pValue, signed } from './format.ts'
import { unique } from './group.ts'
import { methodLabel, type PageData } from './html-parts.ts'
import { boardFacts } from './html-leaderboard.ts'
import { compareProtocols, protocolText, rankingProtocol } from './protocol-names.ts'
import { qualityOf } from './quality-summary.ts'

export function markdownReport(page: PageData, charts: readonly Chart[], chartFolder: string): string {
  const { report } = page
  const suites = unique(report.records.map(record => record.suite))
  const parts = [
    `# sinobench: ${suites.map(escapeMarkdown).join(', ')}`,
    table(['', ''], runFacts(report).map(({ name, value }) => [name, escapeMarkdown(value)]), 'll'),
    overviewPart(page),
    `## Leaderboard\n\nRanked by mean PSNR under \`${rankingProtocol}\`; in brackets the 95 % bootstrap interval of the mean over subjects (none under 6 subjects).`,
    ...page.boards.map(board => boardPart(page, board, charts, chartFolder)),
    qualityPart(page),
    comparisonPart(page),
    divergencePart(page),
    problemPart(page, 'failed', 'Failed jobs'),
    problemPart(page, 'skipped', 'Skipped jobs'),
    definitionPart(report),
    `## Repeat this run\n\n${reproduceCommands(report).map(fenced).join('\n\n')}`,
    creditPart(report),
  ]
  return parts.filter(part => part !== '').join('\n\n') + '\n'
}

function overviewPart(page: PageData): string {
  const panels = rankedPanels(page.report)
  if (panels.length === 0) return ''
  const heads = panels.map(panel => `${escapeMarkdown(page.boards.find(board => board.panels.includes(panel))!.title)} ${percent(panel.dose ?? 1)}`)
  const rows = overview(page.report).map(({ method, rows: cells, meanRank }) => [
    escapeMarkdown(method.label),
    ...cells.map(cell => String(cell?.rank ?? '–')),
    fixed(meanRank, 2),
  ])
  return `## At a glance\n\nRank by mean PSNR under \`${rankingProtocol}\`, by dataset and dose.\n\n${table(['Method', ...heads, 'Mean rank'], rows, `l${'r'.repeat(heads.length + 1)}`)}`
}

function boardPart(page: PageData, board: Board, charts: readonly Chart[], chartFolder: string): string {
  const drawings = charts
    .filter(chart => chart.board === board)
    .map(chart => `![${escapeMarkdown(`${chart.title}: ${chart.subtitle}`)}](${chartFolder}/${chart.name}.svg)`)
  const tables = board.panels.map(panel => `#### ${capital(doseName(panel.dose))}\n\n${panelTable(page, panel)}`)
  return [`### ${escapeMarkdown(board.title)}`, escapeMarkdown(boardFacts(board)), ...tables, drawings.join('\n')].filter(part => part !== '').join('\n\n')
}

function panelTable(page: PageData, panel: Panel): string {
  const scores = rankingTable(panel)
  const runCells = (method: string): string[] => {
    const run = panel.runs.find(one => one.method === method)!
    return [duration(run.reconstructMsMedian), megabytes(run.peakMemoryMb), [run.backends.join(', '), ...run.networks.map(escapeMarkdown)].filter(text => text !== '').join(' + ') || '–']
  }
  if (!scores)
    return table(
      ['Method', 'Cases', 'Time', 'Memory', 'Backend'],
      panel.runs.map(run => [escapeMarkdown(methodLabel(page, run.method)), String(run.done), ...runCells(run.method)]),
      'lrrrl',
    )
  const rows = scores.rows.map(row => {
    const bold = (text: string): string => (row.rank === 1 ? `**${text}**` : text)
    return [
      String(row.rank ?? '–'),
      bold(escapeMarkdown(methodLabel(page, row.method))) + (row.notRanked === null ? '' : ` (not ranked: ${escapeMarkdown(row.notRanked)})`),
      bold(fixed(row.scores['psnr_db']?.mean, 2)) + bracketed(row.scores['psnr_db'], 2),
      fixed(row.scores['ssim']?.mean, 3) + bracketed(row.scores['ssim'], 3),
      fixed(row.scores['rmse_hu']?.mean, 1) + bracketed(row.scores['rmse_hu'], 1),
      String(row.cases),
      ...runCells(row.method),
    ]
  })
  return table(['#', 'Method', 'PSNR, dB', 'SSIM', 'RMSE, HU', 'Cases', 'Time', 'Memory', 'Backend'], rows, 'rlrrrrrrl')
}

function bracketed(estimate: Estimate | undefined, decimals: number): string {
  return estimate?.interval ? ` [${fixed(estimate.interval.low, decimals)}, ${fixed(estimate.interval.high, decimals)}]` : ''
}

function qualityPart(page: PageData): string {
  const parts = page.boards.flatMap(board =>
    board.panels.flatMap(panel => {
      const summaries = qualityOf(panel)
      if (summaries.length === 0) return []
      const inserts = summaries[0]!.inserts
      const heads = inserts.map(insert => `${escapeMarkdown(insert.name)} (${fixed(insert.trueHu, 0)} HU)`)
      const rows = summaries.map(summary => [
        escapeMarkdown(methodLabel(page, summary.method)),
        summary.mtf50PerMm === null ? 'above Nyquist' : fixed(summary.mtf50PerMm, 3),
        fixed(summary.npsPeakPerMm, 3),
        ...inserts.map(({ name, trueHu }) => {
          const own = summary.inserts.find(insert => insert.name === name && insert.trueHu === trueHu)
          return `${signed(own?.biasHu, 1)} ± ${fixed(own?.noiseHu, 1)}`
        }),
      ])
      return [`### ${escapeMarkdown(board.title)}, ${doseName(panel.dose)}\n\n${table(['Method', 'MTF50, lp/mm', 'NPS peak, lp/mm', ...heads], rows, `l${'r'.repeat(heads.length + 2)}`)}`]
    }),
  )
  return parts.length === 0 ? '' : `## Physical image quality\n\nInserts: bias ± noise, HU.\n\n${parts.join('\n\n')}`
}

function comparisonPart(page: PageData): string {
  const rows = winnersAgainstRunnersUp(page.report).map(one => [
    escapeMarkdown(page.boards.find(({ panels }) => panels.includes(one.panel))!.title),
    doseName(one.panel.dose),
    escapeMarkdown(methodLabel(page, one.winner)),
    escapeMarkdown(methodLabel(page, one.runnerUp)),
    signed(one.gain.mean, 2) + bracketed(one.gain, 2),
    `${one.wins} of ${one.gain.subjects}`,
    verdict(one) + (one.p === null || one.adjustedP === null ? '' : ` (${pValue(one.p)}, corrected ${one.adjustedP.toFixed(3)})`),
  ])
  if (rows.length === 0) return ''
  return `## Is the winner better?\n\nWinner minus runner-up in PSNR, paired over subjects; Wilcoxon's signed ranks, two-sided; corrected for the number of rows by Holm's method.\n\n${table(['Dataset', 'Dose', 'Winner', 'Runner-up', 'Gain, dB', 'Better on', 'Test'], rows, 'llllrrl')}`
}

function divergencePart(page: PageData): string {
  const found = page.boards.flatMap(board =>
    board.panels.flatMap(panel => {
      const one = divergence(panel)
      return one ? [{ board, panel, one }] : []
    }),
  )
  if (found.length === 0) return ''
  const tables = found.map(({ board, panel, one }) => {
    const rows = one.rows.map(row => [
      escapeMarkdown(methodLabel(page, row.method)),
      ...one.protocols.map(protocol => {
        const cell = row.byProtocol[protocol]
        return cell ? `${cell.rank ?? '–'} (${fixed(cell.psnrDb, 1)})` : '–'
      }),
      fixed(row.spreadDb, 1),
    ])
    const heads = ['Method', ...one.protocols.map(escapeMarkdown), 'Spread, dB']
    return `### ${escapeMarkdown(board.title)}, ${doseName(panel.dose)}\n\n${table(heads, rows, `l${'r'.repeat(heads.length - 1)}`)}`
  })
  return `## Where protocols disagree\n\n${divergenceSentence(found.map(({ one }) => one))} Rank under each protocol, in brackets mean PSNR in dB.\n\n${tables.join('\n\n')}`
}

function problemPart(page: PageData, status: 'failed' | 'skipped', title: string): string {
  const list = problems(page.report, status)
  if (list.length === 0) return ''
  const rows = list.map(problem => [
    escapeMarkdown(methodLabel(page, problem.method)),
    escapeMarkdown(problem.dataset),
    String(problem.jobs),
    escapeMarkdown(problem.reason),
    escapeMarkdown(problemExamples(problem)),
  ])
  return `## ${title}\n\n${table(['Method', 'Dataset', 'Jobs', 'Reason', 'Where'], rows, 'llrll')}`
}

function definitionPart({ panels }: Aggregate): string {
  const ids = unique(panels.flatMap(panel => panel.protocols.map(one => one.protocol))).sort(compareProtocols)
  if (ids.length === 0) return ''
  const rows = ids.map(protocolText).map(text => [`\`${text.id.replaceAll('`', '')}\``, text.values, text.regions, text.range].map((cell, i) => (i === 0 ? cell.replaceAll('|', '\\|') : escapeMarkdown(cell))))
  return `## What the scores mean\n\nPSNR = 10 log₁₀(range² / MSE); RMSE is of unclipped HU over the protocol's region.\n\n${table(['Protocol', 'Values scored', 'Region', 'Data range'], rows, 'llll')}`
}

function creditPart(report: Aggregate): string {
  const given = credits(report)
  if (given.length === 0) return ''
  return `## Credits\n\n${given.map(({ credit, datasets }) => `- ${datasets.map(escapeMarkdown).join(', ')}: ${escapeMarkdown(credit)}`).join('\n')}`
}

/** A pipe table; `align` has one letter a column, l or r. Cells are already escaped. */
function table(heads: readonly string[], rows: readonly (readonly string[])[], align: string): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`
  return [line(heads), line([...align].map(letter => (letter === 'r' ? '---:' : '---'))), ...rows.map(line)].join('\n')
}

/** A code block whose fence is longer than any run of backticks inside. */
function fenced(text: string): string {
  const longest = Math.max(2, ...[...text.matchAll(/`+/g)].map(match => match[0].length))
  const fence = '`'.repeat(longest + 1)
  return `${fence}sh\n${text}\n${fence}`
}

/** Text as text: no markup, no HTML, no link, one line. */
export function escapeMarkdown(text: string): string {
  return text
    .replace(/\s+/g, ' ')
    .replace(/&/g, '&amp;')
    .replace(/</g, '&lt;')
    .replace(/>/g, '&gt;')
    .replace(/[\\`*_{}[\]()#!|~]/g, character => `\\${character}`)
    .replace(/:\/\//g, ':&#47;&#47;')
    .replace(/@/g, '&#64;')
    .replace(/\bwww\./gi, 'www&#46;')
}

// The charts of a report by file name, for the page (inline) and for files of their own.

import { rankingTable } from './aggregate.ts'
import type { Board } from './boards.ts'
import { doseChart, frequencyChart, timeChart } from './charts.ts'
import { doseName } from './format.ts'
import type { PageData } from './html-parts.ts'
import { rankingProtocol } from './protocol-names.ts'
import { qualityOf } from './quality-summary.ts'

export interface Chart {
  /** Without its ending; letters, digits and dashes. */
  readonly name: string
  readonly kind: 'dose' | 'time' | 'mtf' | 'nps'
  readonly board: Board
  readonly title: string
  readonly subtitle: string
  readonly svg: string
  readonly methods: readonly string[]
}

/** Every chart that the records allow, by board. */
export function chartSet(page: PageData): Chart[] {
  return page.boards.flatMap(board => [...doseCharts(page, board), ...timeCharts(page, board), ...qualityCharts(page, board)])
}

function doseCharts(page: PageData, board: Board): Chart[] {
  if (board.panels.filter(panel => panel.dose !== null && rankingTable(panel)).length < 2) return []
  const axes = [
    { metric: 'psnr_db', title: 'PSNR', yLabel: '↑ PSNR, dB' },
    { metric: 'ssim', title: 'SSIM', yLabel: '↑ SSIM' },
  ]
  return axes.map(({ metric, title, yLabel }) => {
    const series = page.report.methods.flatMap(({ id }) => {
      const points = board.panels.flatMap(panel => {
        const estimate = rankingTable(panel)?.rows.find(row => row.method === id)?.scores[metric]
        return estimate && panel.dose !== null ? [{ dose: panel.dose, estimate }] : []
      })
      return points.length > 0 ? [{ style: page.styles.get(id)!, points }] : []
    })
    return {
      name: `${board.anchor}-${title.toLowerCase()}-dose`,
      kind: 'dose',
      board,
      title: board.title,
      subtitle: `${title} (${rankingProtocol}) against dose`,
      svg: doseChart(series, { description: `${board.title}: mean ${title} (${rankingProtocol}) of each method against dose; the leaderboard holds the numbers.`, yLabel }),
      methods: series.map(({ style }) => style.id),
    }
  })
}

/** At the lowest dose, where methods differ most. */
function timeCharts(page: PageData, board: Board): Chart[] {
  const panel = board.panels.filter(one => rankingTable(one)).at(-1)
  if (!panel) return []
  const points = rankingTable(panel)!.rows.flatMap(row => {
    const milliseconds = panel.runs.find(run => run.method === row.method)!.reconstructMsMedian
    const estimate = row.scores['psnr_db']
    return estimate && milliseconds !== null && milliseconds > 0 && Number.isFinite(estimate.mean) ? [{ style: page.styles.get(row.method)!, milliseconds, estimate }] : []
  })
  if (points.length < 2) return []
  const what = `${doseName(panel.dose)}: PSNR (${rankingProtocol}) against time per image`
  return [
    {
      name: `${board.anchor}-time`,
      kind: 'time',
      board,
      title: board.title,
      subtitle: what,
      svg: timeChart(points, { description: `${board.title}, ${what}, one point a method; the leaderboard holds the numbers.`, yLabel: '↑ PSNR, dB' }),
      methods: points.map(point => point.style.id),
    },
  ]
}

function qualityCharts(page: PageData, board: Board): Chart[] {
  const measured = board.panels.map(panel => ({ panel, summaries: qualityOf(panel) })).filter(({ summaries }) => summaries.length > 0)
  if (measured.length === 0) return []
  const kinds = [
    { kind: 'mtf', what: 'Modulation transfer', yLabel: '↑ modulation', of: measured.slice(0, 1) },
    { kind: 'nps', what: 'Noise power spectrum', yLabel: '↑ HU² mm²', of: measured },
  ] as const
  return kinds.flatMap(({ kind, what, yLabel, of }) =>
    of.map(({ panel, summaries }, index) => ({
      name: `${board.anchor}-${kind}-${index + 1}`,
      kind,
      board,
      title: `${what}, ${doseName(panel.dose)}`,
      subtitle: board.title,
      svg: frequencyChart(
        summaries.map(summary => ({ style: page.styles.get(summary.method)!, ...summary[kind] })),
        { description: `${what} of each method over spatial frequency, ${board.title}, ${doseName(panel.dose)}.`, yLabel },
      ),
      methods: summaries.map(summary => summary.method),
    })),
  )
}

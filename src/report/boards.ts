// Panels of one object of interest put together: a board is a dataset under one
// geometry with all its doses, as a section of a report shows it.

import { rankingTable, type Aggregate, type MethodName, type Panel, type ScoreRow } from './aggregate.ts'
import { groupBy } from './group.ts'

export interface Board {
  /** "phantom-thorax", with what tells it from others of the same dataset behind. */
  readonly title: string
  /** Unique in a report; letters, digits and dashes. */
  readonly anchor: string
  readonly dataset: string
  readonly geometry: string
  readonly kind: Panel['kind']
  /** From the highest dose to the lowest. */
  readonly panels: readonly Panel[]
}

/** Panels in which every job was skipped are left out: the list of skipped jobs says why. */
export function boards({ panels: all }: Aggregate): Board[] {
  const panels = all.filter(panel => panel.cases > 0)
  const groups = [...groupBy(panels, panel => JSON.stringify([panel.suite, panel.dataset, panel.split, panel.geometry])).values()]
  const differ = (value: (panel: Panel) => string, among: readonly Panel[]): boolean => new Set(among.map(value)).size > 1
  return groups.map((group, index) => {
    const { suite, dataset, split, geometry, kind } = group[0]!
    const sameDataset = panels.filter(panel => panel.dataset === dataset)
    const title = [
      dataset,
      differ(panel => panel.geometry, sameDataset) ? geometry : '',
      differ(panel => panel.split, sameDataset) ? `${split} split` : '',
      differ(panel => panel.suite, sameDataset) ? suite : '',
    ]
    return {
      title: title.filter(part => part !== '').join(' · '),
      anchor: `${dataset.replace(/[^A-Za-z0-9]+/g, '-')}-${index + 1}`,
      dataset,
      geometry,
      kind,
      panels: group,
    }
  })
}

/** Panels that are ranked: those of simulated data, unless every job was skipped. */
export function rankedPanels({ panels }: Aggregate): Panel[] {
  return panels.filter(panel => panel.cases > 0 && rankingTable(panel) !== null)
}

export interface OverviewRow {
  readonly method: MethodName
  /** By panel of `rankedPanels`; null where it did not run at all. */
  readonly rows: readonly (ScoreRow | null)[]
  /** Mean rank over all panels; null unless it is ranked in every one. */
  readonly meanRank: number | null
  readonly firstPlaces: number
}

/** Methods by mean rank, then by how often they are first; those not ranked everywhere last. */
export function overview(report: Aggregate): OverviewRow[] {
  const panels = rankedPanels(report)
  const rows = report.methods.map(method => {
    const rows = panels.map(panel => rankingTable(panel)!.rows.find(row => row.method === method.id) ?? null)
    const ranks = rows.map(row => row?.rank).filter(rank => rank !== null && rank !== undefined)
    const meanRank = ranks.length === panels.length && ranks.length > 0 ? ranks.reduce((a, b) => a + b, 0) / ranks.length : null
    return { method, rows, meanRank, firstPlaces: ranks.filter(rank => rank === 1).length }
  })
  return rows
    .filter(({ rows: cells }) => cells.some(cell => cell !== null))
    .sort((a, b) => (a.meanRank ?? 1e9) - (b.meanRank ?? 1e9) || b.firstPlaces - a.firstPlaces)
}

// How far protocols disagree about the same images: each method's rank and PSNR under
// each of them, and how many pairs of methods change places.

import type { Panel } from './aggregate.ts'
import { rankingProtocol } from './protocol-names.ts'

export interface DivergenceRow {
  readonly method: string
  /** By protocol; null where it has no score. */
  readonly byProtocol: Readonly<Record<string, { readonly rank: number | null; readonly psnrDb: number } | null>>
  /** Largest minus smallest PSNR of the same images, dB. */
  readonly spreadDb: number | null
}

export interface Divergence {
  readonly protocols: readonly string[]
  /** In the order of the ranking protocol. */
  readonly rows: readonly DivergenceRow[]
  /** By protocol: pairs of methods that stand the other way round than under the ranking protocol. */
  readonly swappedPairs: Readonly<Record<string, number>>
  readonly pairs: number
  /** Protocols whose best method is not the ranking protocol's. */
  readonly otherWinners: readonly string[]
}

/** Null where fewer than two protocols or two ranked methods could disagree. */
export function divergence({ protocols }: Panel): Divergence | null {
  const ranking = protocols.find(table => table.protocol === rankingProtocol)
  if (!ranking || protocols.length < 2) return null
  const ranks = new Map(protocols.map(({ protocol, rows }) => [protocol, new Map(rows.map(row => [row.method, row]))]))
  const ranked = ranking.rows
    .map(row => row.method)
    .filter(method => protocols.every(table => ranks.get(table.protocol)!.get(method)?.rank))
  if (ranked.length < 2) return null
  const rank = (protocol: string, method: string): number => ranks.get(protocol)!.get(method)!.rank!
  const swapped = (protocol: string): number => {
    let count = 0
    for (let i = 0; i < ranked.length; i++)
      for (let j = i + 1; j < ranked.length; j++) {
        const here = rank(rankingProtocol, ranked[i]!) - rank(rankingProtocol, ranked[j]!)
        const there = rank(protocol, ranked[i]!) - rank(protocol, ranked[j]!)
        if (here * there < 0) count++
      }
    return count
  }
  const best = (protocol: string): string[] =>
    ranked.filter(method => ranked.every(other => rank(protocol, method) <= rank(protocol, other)))
  const winners = best(rankingProtocol)
  return {
    protocols: protocols.map(table => table.protocol),
    rows: ranked.map(method => {
      const byProtocol = Object.fromEntries(
        protocols.map(({ protocol }) => {
          const row = ranks.get(protocol)!.get(method)!
          const psnr = row.scores['psnr_db']
          return [protocol, psnr ? { rank: row.rank, psnrDb: psnr.mean } : null]
        }),
      )
      const values = Object.values(byProtocol).flatMap(cell => (cell && Number.isFinite(cell.psnrDb) ? [cell.psnrDb] : []))
      return { method, byProtocol, spreadDb: values.length > 1 ? Math.max(...values) - Math.min(...values) : null }
    }),
    swappedPairs: Object.fromEntries(protocols.map(({ protocol }) => [protocol, swapped(protocol)])),
    pairs: (ranked.length * (ranked.length - 1)) / 2,
    otherWinners: protocols.map(table => table.protocol).filter(protocol => !best(protocol).some(method => winners.includes(method))),
  }
}

/** One sentence over several panels, as reports lead with. */
export function divergenceSentence(all: readonly Divergence[]): string {
  const others = all.flatMap(one =>
    one.protocols.filter(protocol => protocol !== rankingProtocol).map(protocol => ({ one, protocol })),
  )
  const pairs = others.reduce((sum, { one }) => sum + one.pairs, 0)
  const swaps = others.reduce((sum, { one, protocol }) => sum + one.swappedPairs[protocol]!, 0)
  const winners = others.filter(({ one, protocol }) => one.otherWinners.includes(protocol)).length
  const spreads = all.flatMap(one => one.rows.flatMap(row => (row.spreadDb === null ? [] : [row.spreadDb])))
  const largest = spreads.reduce((a, b) => Math.max(a, b), 0).toFixed(1)
  const spread = ` The mean PSNR of the same images differs by up to ${largest} dB from protocol to protocol.`
  return `Against ${rankingProtocol}, another protocol names another winner in ${winners} of ${others.length} comparisons, and ${swaps} of ${pairs} pairs of methods change places.${spreads.length > 0 ? spread : ''}`
}

// Wilcoxon's signed-rank test: are paired differences centred on 0? Exact, with ties:
// the distribution of the rank sum over all 2^n signs, by adding one rank after
// another. Differences of 0 say nothing about the sign and are left out (Wilcoxon 1945).

import { normalCdf } from './distributions.ts'
import { midRanks } from './ranks.ts'

/** Up to here exact (about 10 ms); beyond, the normal approximation is good to 1e-4. */
const largestExact = 200

/**
 * Two-sided p value; 1 when no difference is left.
 * @param differences One per subject, finite.
 */
export function signedRankP(differences: readonly number[]): number {
  const nonzero = differences.filter(difference => difference !== 0)
  const count = nonzero.length
  if (count === 0) return 1
  // Twice the mid-ranks: whole numbers.
  const ranks = midRanks(nonzero.map(Math.abs)).map(rank => 2 * rank)
  const total = count * (count + 1)
  const positive = ranks.reduce((sum, rank, i) => (nonzero[i]! > 0 ? sum + rank : sum), 0)
  const smaller = Math.min(positive, total - positive)
  return Math.min(1, 2 * (count <= largestExact ? exactTail(ranks, smaller) : normalTail(ranks, smaller)))
}

/** P(rank sum ≤ limit) when every sign is as likely. */
function exactTail(ranks: readonly number[], limit: number): number {
  const probability = new Float64Array(limit + 1)
  probability[0] = 1
  for (const rank of ranks)
    for (let sum = limit; sum >= 0; sum--)
      probability[sum] = 0.5 * (probability[sum]! + (sum >= rank ? probability[sum - rank]! : 0))
  return probability.reduce((tail, p) => tail + p, 0)
}

/** The same by the normal distribution, with a continuity correction of half a rank (1 in doubled ranks). */
function normalTail(ranks: readonly number[], limit: number): number {
  const mean = ranks.reduce((sum, rank) => sum + rank, 0) / 2
  const variance = ranks.reduce((sum, rank) => sum + rank * rank, 0) / 4
  return normalCdf((limit + 1 - mean) / Math.sqrt(variance))
}

// Ranks with ties: as in a competition for tables, as means for tests.

/**
 * Competition ranks: 1 is best, ties share the better rank and the next one is skipped (1, 2, 2, 4).
 * @param better Whether higher or lower values rank first.
 */
export function competitionRanks(values: readonly number[], better: 'higher' | 'lower'): number[] {
  return values.map(value => 1 + values.filter(other => (better === 'higher' ? other > value : other < value)).length)
}

/** Mid-ranks: 1 is the smallest value, ties share the mean of the ranks they take up (1, 2.5, 2.5, 4). */
export function midRanks(values: readonly number[]): number[] {
  const order = values.map((_, i) => i).sort((a, b) => values[a]! - values[b]!)
  const ranks = new Array<number>(values.length)
  for (let start = 0; start < order.length; ) {
    let end = start
    while (end < order.length && values[order[end]!] === values[order[start]!]) end++
    for (let i = start; i < end; i++) ranks[order[i]!] = (start + 1 + end) / 2
    start = end
  }
  return ranks
}

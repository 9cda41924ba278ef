// Alternating rounds: everybody does each task once a round, one after the other, so
// that a busy minute meets all of them; ratios are taken within a round.

/** What a comparison found: for a file, and for a reader. */
export interface Comparison {
  readonly found: Readonly<Record<string, unknown>>
  /** Markdown. */
  readonly text: string
}

export interface Summary {
  readonly median: number
  readonly least: number
  readonly most: number
}

export function summary(values: readonly number[]): Summary {
  const sorted = [...values].sort((a, b) => a - b)
  const half = (sorted.length - 1) / 2
  return { median: (sorted[Math.floor(half)]! + sorted[Math.ceil(half)]!) / 2, least: sorted[0]!, most: sorted.at(-1)! }
}

/** Every task once a round, after `warmUps` rounds that nobody counts. By task, then round. */
export async function runRounds<A>(tasks: Readonly<Record<string, () => Promise<A>>>, rounds: number, warmUps = 1): Promise<Record<string, A[]>> {
  const answers: Record<string, A[]> = {}
  for (let round = -warmUps; round < rounds; round++) {
    process.stderr.write(round < 0 ? 'Warm-up\n' : `Round ${round + 1} of ${rounds}\n`)
    for (const [name, task] of Object.entries(tasks)) {
      const answer = await task()
      if (round >= 0) (answers[name] ??= []).push(answer)
    }
  }
  return answers
}

/** "23 (12–36)": median, least and most. */
export function withSpread({ median, least, most }: Summary): string {
  const short = (value: number): string => (value < 10 ? value.toFixed(1) : value.toFixed(0))
  return `${short(median)} (${short(least)}–${short(most)})`
}

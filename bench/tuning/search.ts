// Coarse-to-fine search for the parameters with the highest score: every combination
// of the coarse values (or a known good start), then one parameter at a time, with
// steps that halve. Deterministic; of equal scores the first found stays.

export type ParameterValue = number | string | boolean
export type Parameters = Readonly<Record<string, ParameterValue>>

/** Tried as they are, never in between. */
export interface ChoiceAxis {
  readonly kind: 'choice'
  readonly values: readonly ParameterValue[]
  /** The values that the coarse grid takes; all when absent. */
  readonly coarse?: readonly ParameterValue[]
}

/** Coarse values, then ever smaller steps around the best; `factor`: steps multiply instead of adding. */
export interface NumberAxis {
  readonly kind: 'number'
  readonly coarse: readonly number[]
  readonly low: number
  readonly high: number
  /** First step of the refinement: a length, or a factor above 1 when `factor`. */
  readonly step: number
  readonly factor?: boolean
  /** Decimals kept. */
  readonly decimals: number
}

export type Axis = ChoiceAxis | NumberAxis
export type Grid = Readonly<Record<string, Axis>>

export interface SearchResult {
  readonly parameters: Parameters
  readonly score: number
  /** Settings scored. */
  readonly evaluations: number
}

/**
 * @param start where to begin instead of at the coarse grid's best.
 * @param rounds refinements: in each, every axis is walked until no neighbour is better, then steps halve.
 */
export async function search(
  grid: Grid,
  evaluate: (parameters: Parameters) => Promise<number>,
  { start = null, rounds = 3 }: { readonly start?: Parameters | null; readonly rounds?: number } = {},
): Promise<SearchResult> {
  const scores = new Map<string, number>()
  let best: Parameters = {}
  let bestScore = -Infinity
  /** Scores a setting once; true when it is the best so far. */
  const improves = async (parameters: Parameters): Promise<boolean> => {
    const key = JSON.stringify(parameters)
    if (scores.has(key)) return false
    const score = await evaluate(parameters)
    scores.set(key, score)
    if (!(score > bestScore)) return false
    best = parameters
    bestScore = score
    return true
  }

  for (const parameters of start ? [start] : combinations(grid)) await improves(parameters)
  for (let round = 0; round < rounds; round++) {
    for (const [name, axis] of Object.entries(grid)) {
      for (;;) {
        const at = best[name]!
        let moved = false
        for (const value of neighbours(axis, at, round)) moved = (await improves({ ...best, [name]: value })) || moved
        if (!moved || axis.kind === 'choice') break
      }
    }
  }
  return { parameters: best, score: bestScore, evaluations: scores.size }
}

/** Every combination of coarse values, the last axis fastest. */
function combinations(grid: Grid): Parameters[] {
  let all: Parameters[] = [{}]
  for (const [name, axis] of Object.entries(grid)) {
    const values = axis.kind === 'choice' ? (axis.coarse ?? axis.values) : axis.coarse
    all = all.flatMap(parameters => values.map(value => ({ ...parameters, [name]: value })))
  }
  return all
}

function neighbours(axis: Axis, at: ParameterValue, round: number): ParameterValue[] {
  switch (axis.kind) {
    case 'choice':
      return axis.values.filter(value => value !== at)
    case 'number': {
      const value = at as number
      // A factor's step halves as its square root: 1.6, 1.26, 1.12.
      let step = axis.step
      for (let r = 0; r < round; r++) step = axis.factor ? Math.sqrt(step) : step / 2
      const pair = axis.factor ? [value / step, value * step] : [value - step, value + step]
      const scale = 10 ** axis.decimals
      return pair
        .map(next => Math.round(Math.min(axis.high, Math.max(axis.low, next)) * scale) / scale)
        .filter(next => next !== value)
    }
    default:
      return axis satisfies never
  }
}

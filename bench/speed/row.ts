// One operation's time, and what it is a time of.

import type { Bench } from 'tinybench'

/** What an operation does: how much of what, and the arrays that it reads and writes. */
export interface Work {
  readonly amount: number
  readonly per: 'ray-pixel' | 'ray' | 'pixel'
  /** Its arrays, each read or written once: what must move, whatever the algorithm. */
  readonly bytes: number
}

export interface Row extends Work {
  /** Backend, or "–" for what no engine does. */
  readonly engine: string
  readonly beam: string
  /** Pixels along one side. */
  readonly size: number
  readonly operation: string
  readonly medianMs: number
  readonly minimumMs: number
  readonly p75Ms: number
  readonly samples: number
  /** Median time ÷ amount. */
  readonly nsEach: number
}

/** Each operation runs for at least this long and this often. */
export const budget = { time: 300, iterations: 3, warmupTime: 0, warmupIterations: 1, throws: true } as const

/** Rows of a bench that has run, in its order. @throws Error when an operation did not end well. */
export function rowsOf(bench: Bench, about: Pick<Row, 'engine' | 'beam' | 'size'>, work: Readonly<Record<string, Work>>): Row[] {
  return bench.tasks.map(({ name, result }) => {
    if (result.state !== 'completed') throw new Error(`${about.engine} ${about.beam} ${about.size}² ${name}: ${result.state}.`)
    const { p50, min, p75, samplesCount } = result.latency
    return { ...about, operation: name, medianMs: p50, minimumMs: min, p75Ms: p75, samples: samplesCount, nsEach: (p50 * 1e6) / work[name]!.amount, ...work[name]! }
  })
}

// Phantoms as dataset cases: a numbered anatomy each, from a range of its own per split.

import type { AnalyticObject, Exam, HuWindow, QualityLayout, SimulatedCase, Split } from '../ct/case.ts'

/** Anatomy seeds of a split: first, first + 1, … The ranges never meet. */
export const anatomySeeds: Readonly<Record<Split, { readonly first: number; readonly count: number }>> = {
  test: { first: 1, count: 24 },
  tune: { first: 101, count: 12 },
  train: { first: 1001, count: 2000 },
}

export interface PhantomFamily {
  /** Subjects are named after it: "thorax-0001". */
  readonly name: string
  readonly window: HuWindow
  readonly exam: Exam
  /** The phantom of an anatomy seed. */
  build(seed: number): { readonly object: AnalyticObject; readonly quality?: QualityLayout }
}

/** The split's cases in the order of their seeds, each drawn when it is scanned: planning a run draws none. */
export async function* phantomCases(family: PhantomFamily, split: Split): AsyncGenerator<SimulatedCase> {
  const { first, count } = anatomySeeds[split]
  for (let i = 0; i < count; i++) {
    let drawn: ReturnType<PhantomFamily['build']> | undefined
    const draw = (): ReturnType<PhantomFamily['build']> => (drawn ??= family.build(first + i))
    yield {
      kind: 'simulated',
      id: `${split}-${String(i + 1).padStart(3, '0')}`,
      subject: `${family.name}-${String(first + i).padStart(4, '0')}`,
      split,
      window: family.window,
      exam: family.exam,
      object: {
        kind: 'analytic',
        get radiusMm() {
          return draw().object.radiusMm
        },
        lineIntegrals: geometry => draw().object.lineIntegrals(geometry),
        rasterise: grid => draw().object.rasterise(grid),
        scaled: factor => draw().object.scaled(factor),
      },
      get quality() {
        return draw().quality
      },
    }
  }
}

import { expect, it } from 'vitest'
import { search, type Grid } from './search.ts'

const grid: Grid = {
  filter: { kind: 'choice', values: ['hann', 'cosine'] },
  cutoff: { kind: 'number', coarse: [0.4, 0.7, 1], low: 0.1, high: 1, step: 0.2, decimals: 3 },
  sigma: { kind: 'number', coarse: [0.5, 2], low: 0.01, high: 100, step: 2, factor: true, decimals: 3 },
}

/** Highest at cosine, cutoff 0.62, sigma 3.1. */
const hill = async (p: Readonly<Record<string, unknown>>): Promise<number> =>
  (p['filter'] === 'cosine' ? 1 : 0) - 10 * ((p['cutoff'] as number) - 0.62) ** 2 - Math.log((p['sigma'] as number) / 3.1) ** 2

it('finds the top of a hill to the size of its last step', async () => {
  const { parameters, score, evaluations } = await search(grid, hill, { rounds: 5 })
  expect(parameters['filter']).toBe('cosine')
  expect(Math.abs((parameters['cutoff'] as number) - 0.62)).toBeLessThan(0.2 / 16)
  expect(Math.abs(Math.log((parameters['sigma'] as number) / 3.1))).toBeLessThan(Math.log(2) / 16)
  expect(score).toBe(await hill(parameters))
  expect(evaluations).toBeLessThan(50)
})

it('begins at a given start, stays inside the limits and scores no setting twice', async () => {
  const seen: string[] = []
  const { parameters } = await search(
    grid,
    async p => {
      seen.push(JSON.stringify(p))
      return p['cutoff'] as number
    },
    { start: { filter: 'hann', cutoff: 0.95, sigma: 1 } },
  )
  expect(seen[0]).toBe('{"filter":"hann","cutoff":0.95,"sigma":1}')
  expect(parameters).toEqual({ filter: 'hann', cutoff: 1, sigma: 1 })
  expect(new Set(seen).size).toBe(seen.length)
})

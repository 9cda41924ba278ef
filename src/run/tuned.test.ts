import { describe, expect, it } from 'vitest'
import { findMethod, methodIds } from './find-modules.ts'
import { tunedEntries, tunedParameters, type TunedEntry } from './tuned.ts'

const entry = (dose: number, cutoff: number): TunedEntry => ({
  method: 'fbp',
  dataset: 'phantom-thorax',
  preset: 'lodopab',
  dose,
  parameters: { filter: 'hann', cutoff },
  psnrDb: 30,
  cases: 2,
  protocol: 'hu-window@1',
})

describe('tuned parameters', () => {
  const entries = [entry(1, 0.8), entry(0.25, 0.6), entry(0.1, 0.4)]
  const cutoffAt = (dose: number) => tunedParameters('fbp', 'phantom-thorax', 'lodopab', dose, entries)?.parameters['cutoff']

  it('are those of the nearest dose by ratio', () => {
    expect([1, 0.51, 0.49, 0.16, 0.15, 0.01].map(cutoffAt)).toEqual([0.8, 0.8, 0.6, 0.6, 0.4, 0.4])
  })

  it('are those of the lower of two doses that are equally near', () => {
    expect(cutoffAt(0.5)).toBe(0.6)
  })

  it('are null for another method, dataset or preset', () => {
    expect(tunedParameters('nlm', 'phantom-thorax', 'lodopab', 1, entries)).toBeNull()
    expect(tunedParameters('fbp', 'phantom-head', 'lodopab', 1, entries)).toBeNull()
    expect(tunedParameters('fbp', 'phantom-thorax', 'mayo-siemens', 1, entries)).toBeNull()
  })
})

describe('the tuning table', () => {
  it('names methods that exist, with every one of their parameters and nothing that they refuse', async () => {
    expect(tunedEntries.length).toBeGreaterThan(0)
    for (const { method: id, parameters } of tunedEntries) {
      expect(methodIds()).toContain(id)
      const { method } = await findMethod(id)
      expect(method.parameters.parse(parameters)).toEqual(parameters)
      expect(Object.keys(parameters)).toEqual(Object.keys(method.parameters.parse({}) as object))
    }
  })

  it('has one entry for a method, dataset, preset and dose', () => {
    const keys = tunedEntries.map(({ method, dataset, preset, dose }) => [method, dataset, preset, dose].join(' '))
    expect(new Set(keys).size).toBe(keys.length)
  })
})

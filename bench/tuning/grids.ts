// What bench/tune.ts searches, method by method. Lengths follow the pixel, so one
// declaration serves every preset.

import type { ChoiceAxis, Grid, NumberAxis } from './search.ts'

/** Steps of 0.1, 0.05, 0.025: all methods visit the same cut-offs, and share their FBP images. */
const cutoff: NumberAxis = { kind: 'number', coarse: [0.6, 1], low: 0.1, high: 1, step: 0.1, decimals: 3 }
/** From the softest to the sharpest window; denoisers begin with two of them. */
const filter = { kind: 'choice', values: ['hann', 'hamming', 'cosine', 'shepp-logan', 'ram-lak'] } as const
const fewFilters: ChoiceAxis = { ...filter, coarse: ['hann', 'shepp-logan'] }

export interface TunedMethod {
  readonly method: string
  grid(pixelMm: number): Grid
}

export const tunedMethods: readonly TunedMethod[] = [
  {
    method: 'fbp',
    grid: () => ({ filter, cutoff: { ...cutoff, coarse: [0.4, 0.6, 0.8, 1] } }),
  },
  {
    method: 'gaussian',
    grid: pixelMm => ({ filter: fewFilters, cutoff, sigmaMm: length(pixelMm, [0.5, 1], 5) }),
  },
  {
    method: 'bilateral',
    grid: pixelMm => ({ filter: fewFilters, cutoff, sigmaMm: length(pixelMm, [0.8, 1.6], 2.5), strength: relative([2, 4], 50) }),
  },
  {
    method: 'nlm',
    grid: () => ({
      filter: fewFilters,
      cutoff,
      patchRadius: { kind: 'number', coarse: [1], low: 0, high: 4, step: 1, decimals: 0 },
      searchRadius: { kind: 'number', coarse: [5], low: 2, high: 9, step: 2, decimals: 0 },
      strength: relative([1, 2], 20),
    }),
  },
  // A network was trained on two kernels: which of them it does better with depends on pixels and views.
  ...['red-cnn', 'unet', 'wgan'].map(method => ({ method, grid: (): Grid => ({ filter: { ...filter, values: ['hann', 'ram-lak'], coarse: ['hann', 'ram-lak'] } }) })),
]

/** A length in mm, given in pixels. */
function length(pixelMm: number, inPixels: readonly number[], highInPixels: number): NumberAxis {
  const coarse = inPixels.map(value => Math.round(value * pixelMm * 1000) / 1000)
  return { kind: 'number', coarse, low: 0.1 * pixelMm, high: highInPixels * pixelMm, step: 1.5, factor: true, decimals: 3 }
}

/** A multiple of the noise level. */
function relative(coarse: readonly number[], high: number): NumberAxis {
  return { kind: 'number', coarse, low: 0.05, high, step: 1.5, factor: true, decimals: 3 }
}

// FBP, then the bilateral filter (Tomasi & Manduchi 1998): a Gaussian blur that leaves
// out neighbours whose CT number differs by much more than the noise. One pass a shift,
// each pair of pixels visited once; neighbours outside the image do not count.

import { z } from 'zod'
import { defineDenoiser, estimateNoiseHu, exactExp, expStepsPerUnit, negativeExpTable } from '../src/api.ts'

export default defineDenoiser({
  title: 'Bilateral filter of FBP',
  citation: 'Tomasi & Manduchi 1998, Bilateral filtering for gray and color images, doi:10.1109/ICCV.1998.710815',
  parameters: {
    /** Standard deviation of the spatial Gaussian, mm. */
    sigmaMm: z.number().gt(0).lte(20).default(1.5),
    /** Standard deviation of the Gaussian of CT number differences, as a multiple of the noise level estimated from the FBP image. */
    strength: z.number().gt(0).lte(50).default(3.5),
  },
  denoise({ hu, rows, columns, pixelMm }, { sigmaMm, strength }) {
    const range = strength * estimateNoiseHu(hu, rows, columns)
    if (range === 0) return hu.slice()
    return bilateral(hu, rows, columns, sigmaMm / pixelMm, range)
  },
})

/** `hu` and the result: row-major [row][column], float32, HU. sigma: pixels; range: HU. */
function bilateral(hu: Float32Array, rows: number, columns: number, sigma: number, range: number): Float32Array {
  const radius = Math.max(1, Math.ceil(2.5 * sigma))
  // The pixel itself: weight 1.
  const sums = new Float64Array(hu)
  const weights = new Float64Array(hu.length).fill(1)
  const tableScale = expStepsPerUnit / (2 * range * range)
  const tableLength = negativeExpTable.length
  for (let dy = 0; dy <= radius; dy++) {
    for (let dx = dy === 0 ? 1 : -radius; dx <= radius; dx++) {
      if (dx * dx + dy * dy > radius * radius) continue
      const near = exactExp(-(dx * dx + dy * dy) / (2 * sigma * sigma))
      const shift = dy * columns + dx
      const firstColumn = Math.max(0, -dx)
      const endColumn = Math.min(columns, columns - dx)
      for (let row = 0; row < rows - dy; row++) {
        for (let i = row * columns + firstColumn, end = row * columns + endColumn; i < end; i++) {
          const j = i + shift
          const difference = hu[i]! - hu[j]!
          const entry = difference * difference * tableScale
          if (entry >= tableLength) continue
          const weight = near * negativeExpTable[entry | 0]!
          sums[i]! += weight * hu[j]!
          sums[j]! += weight * hu[i]!
          weights[i]! += weight
          weights[j]! += weight
        }
      }
    }
  }
  const result = new Float32Array(hu.length)
  for (let i = 0; i < hu.length; i++) result[i] = sums[i]! / weights[i]!
  return result
}

// FBP, then a Gaussian blur: the plainest denoiser there is, and the floor that every
// other must beat. Separable, reflected edges, weights that sum to one.

import { z } from 'zod'
import { defineDenoiser, exactExp, reflectedIndex } from '../src/api.ts'

export default defineDenoiser({
  title: 'Gaussian smoothing of FBP',
  citation: 'Gonzalez & Woods 2018, Digital Image Processing, 4th ed., section 3.5',
  parameters: {
    /** Standard deviation of the Gaussian, mm. */
    sigmaMm: z.number().gt(0).lte(20).default(0.5),
  },
  denoise({ hu, rows, columns, pixelMm }, { sigmaMm }) {
    const weights = gaussianWeights(sigmaMm / pixelMm)
    return blurColumns(blurRows(hu, rows, columns, weights), rows, columns, weights)
  },
})

/** Half of a symmetric kernel: weights[k] belongs to the offsets ±k (pixels); out to 4 σ. */
function gaussianWeights(sigma: number): Float64Array {
  const radius = Math.max(1, Math.ceil(4 * sigma))
  const weights = new Float64Array(radius + 1)
  let sum = 0
  for (let k = 0; k <= radius; k++) {
    weights[k] = exactExp((-k * k) / (2 * sigma * sigma))
    sum += k === 0 ? weights[k]! : 2 * weights[k]!
  }
  return weights.map(weight => weight / sum)
}

function blurRows(image: Float32Array, rows: number, columns: number, weights: Float64Array): Float32Array {
  const blurred = new Float32Array(image.length)
  const radius = weights.length - 1
  const line = new Float64Array(columns + 2 * radius)
  for (let row = 0; row < rows; row++) {
    for (let c = -radius; c < columns + radius; c++) line[c + radius] = image[row * columns + reflectedIndex(c, columns)]!
    for (let column = 0; column < columns; column++) {
      let sum = weights[0]! * line[column + radius]!
      for (let k = 1; k <= radius; k++) sum += weights[k]! * (line[column + radius - k]! + line[column + radius + k]!)
      blurred[row * columns + column] = sum
    }
  }
  return blurred
}

function blurColumns(image: Float32Array, rows: number, columns: number, weights: Float64Array): Float32Array {
  const blurred = new Float32Array(image.length)
  const sums = new Float64Array(columns)
  for (let row = 0; row < rows; row++) {
    sums.fill(0)
    // Row by row, so that memory is read in order.
    for (let k = 1 - weights.length; k < weights.length; k++) {
      const start = reflectedIndex(row + k, rows) * columns
      const weight = weights[Math.abs(k)]!
      for (let column = 0; column < columns; column++) sums[column]! += weight * image[start + column]!
    }
    blurred.set(sums, row * columns)
  }
  return blurred
}

// FBP, then non-local means (Buades, Coll & Morel 2005, A non-local algorithm for image
// denoising, CVPR): every pixel becomes the mean of the pixels around it whose patches
// look alike, weighted with exp(−d²/h²), d² the mean squared difference of two patches.
// One pass a shift: the patch distances of all pixels are a box filter of the squared
// difference image (Darbon et al. 2008), so time does not grow with the patch; each
// pair of pixels is visited once and serves both. The pixel itself counts as much as
// its best match (Buades, Coll & Morel 2011, IPOL).

import { z } from 'zod'
import {
  defineDenoiser,
  estimateNoiseHu,
  expStepsPerUnit,
  negativeExpTable,
  reflectedIndex,
  wasmSimilarPixels,
  type SimilarPixels,
  type SimilarPixelsRequest,
} from '../src/api.ts'

export default defineDenoiser({
  title: 'Non-local means of FBP',
  citation: 'Buades, Coll & Morel 2005, A non-local algorithm for image denoising, doi:10.1109/CVPR.2005.38',
  parameters: {
    /** Patches are squares of 2·patchRadius + 1 pixels. */
    patchRadius: z.int().min(0).max(7).default(1),
    /** Shifts up to this many pixels along rows and columns. */
    searchRadius: z.int().min(1).max(20).default(5),
    /** h, as a multiple of the noise level estimated from the FBP image. */
    strength: z.number().gt(0).lte(20).default(2),
  },
  denoise({ hu, rows, columns }, { patchRadius, searchRadius, strength }) {
    const h = strength * estimateNoiseHu(hu, rows, columns)
    if (h === 0) return hu.slice()
    return nonLocalMeans(hu, rows, columns, patchRadius, searchRadius, h)
  },
})

/** `hu` and the result: row-major [row][column], float32, HU. h: HU. Patches see the image reflected at its edges. */
function nonLocalMeans(hu: Float32Array, rows: number, columns: number, patch: number, search: number, h: number): Float32Array {
  const request = { image: hu, padded: reflectPadded(hu, rows, columns, patch), rows, columns, patch, search, h }
  const { sums, weights, largest } = wasmSimilarPixels(request) ?? similarPixels(request)
  const result = new Float32Array(hu.length)
  for (let i = 0; i < hu.length; i++) {
    const own = largest[i]! > 0 ? largest[i]! : 1
    result[i] = (sums[i]! + own * hu[i]!) / (weights[i]! + own)
  }
  return result
}

/** What wasmSimilarPixels does, bit for bit, where there is no WebAssembly memory. */
export function similarPixels({ image, padded, rows, columns, patch, search, h }: SimilarPixelsRequest): SimilarPixels {
  const stride = columns + 2 * patch
  const sums = new Float64Array(image.length)
  const weights = new Float64Array(image.length)
  const largest = new Float64Array(image.length)
  // One entry per padded column: the squared differences of the patch's rows, summed.
  const columnSums = new Float64Array(stride)
  const side = 2 * patch + 1
  const tableScale = expStepsPerUnit / (h * h * side * side)
  const tableLength = negativeExpTable.length

  for (let dy = 0; dy <= search; dy++) {
    // Half of the shifts; the other half are the same pairs seen from the other end.
    for (let dx = dy === 0 ? 1 : -search; dx <= search; dx++) {
      const shift = dy * columns + dx
      const paddedShift = dy * stride + dx
      const firstColumn = Math.max(0, -dx)
      const endColumn = Math.min(columns, columns - dx)
      const lastPadded = endColumn + 2 * patch
      columnSums.fill(0)
      for (let row = 1 - side; row < rows - dy; row++) {
        // Padded row of the patch's lowest line when the patch's centre is at `row`.
        const entering = (row + side - 1) * stride
        const leaving = entering - side * stride
        if (leaving < 0) {
          for (let c = firstColumn; c < lastPadded; c++) {
            const difference = padded[entering + c]! - padded[entering + c + paddedShift]!
            columnSums[c]! += difference * difference
          }
        } else {
          for (let c = firstColumn; c < lastPadded; c++) {
            const added = padded[entering + c]! - padded[entering + c + paddedShift]!
            const removed = padded[leaving + c]! - padded[leaving + c + paddedShift]!
            columnSums[c]! += added * added - removed * removed
          }
        }
        if (row < 0) continue
        let distance = 0
        for (let c = firstColumn; c < firstColumn + side - 1; c++) distance += columnSums[c]!
        for (let column = firstColumn, i = row * columns + firstColumn; column < endColumn; column++, i++) {
          distance += columnSums[column + side - 1]!
          const entry = distance * tableScale
          distance -= columnSums[column]!
          if (entry >= tableLength) continue
          // Running sums may end a rounding below zero.
          const weight = negativeExpTable[entry > 0 ? entry | 0 : 0]!
          const j = i + shift
          sums[i]! += weight * image[j]!
          sums[j]! += weight * image[i]!
          weights[i]! += weight
          weights[j]! += weight
          if (weight > largest[i]!) largest[i] = weight
          if (weight > largest[j]!) largest[j] = weight
        }
      }
    }
  }
  return { sums, weights, largest }
}

/** Float64 [row][column] with `margin` more pixels on every side, reflected: 1 0 | 0 1 2. */
function reflectPadded(image: Float32Array, rows: number, columns: number, margin: number): Float64Array {
  const stride = columns + 2 * margin
  const padded = new Float64Array((rows + 2 * margin) * stride)
  for (let row = -margin; row < rows + margin; row++)
    for (let column = -margin; column < columns + margin; column++)
      padded[(row + margin) * stride + column + margin] = image[reflectedIndex(row, rows) * columns + reflectedIndex(column, columns)]!
  return padded
}

// Peak signal-to-noise ratio: 10·log10(range²/MSE). Trap: the range must come from
// the protocol or from the truth, never from the image that is judged.

import { exactLog } from '../ct/exact-math.ts'
import { meanSquaredError } from './rmse.ts'

/**
 * PSNR in dB, Infinity for identical images. exactLog, so that a record has the same bits on every engine.
 * @param truth Row-major [row][column], in the protocol's unit.
 * @param image Same order and unit.
 * @param range Data range in the same unit, above 0.
 * @param region One byte a pixel, 1 where it counts; null counts every pixel.
 */
export function psnrDb(
  truth: ArrayLike<number>,
  image: ArrayLike<number>,
  range: number,
  region: Uint8Array | null = null,
): number {
  return psnrOfError(meanSquaredError(truth, image, region), range)
}

/** The same from the mean squared error. */
export function psnrOfError(error: number, range: number): number {
  if (error === 0) return Infinity
  return (10 * exactLog((range * range) / error)) / Math.LN10
}

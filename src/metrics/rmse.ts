// Mean squared and root mean squared error, summed in float64.

/**
 * Mean of (image − truth)² over the pixels that `region` marks, in the unit of the values squared.
 * @param truth Row-major [row][column], any unit.
 * @param image Same order and unit.
 * @param region One byte a pixel, 1 where it counts; null counts every pixel.
 */
export function meanSquaredError(truth: ArrayLike<number>, image: ArrayLike<number>, region: Uint8Array | null = null): number {
  let sum = 0
  let count = 0
  const length = truth.length
  for (let i = 0; i < length; i++) {
    if (region !== null && region[i] === 0) continue
    const difference = image[i]! - truth[i]!
    sum += difference * difference
    count++
  }
  return sum / count
}

/** Root of the mean squared error, in the unit of the values (HU for `rmse_hu`). Shapes as in meanSquaredError. */
export function rmse(truth: ArrayLike<number>, image: ArrayLike<number>, region: Uint8Array | null = null): number {
  return Math.sqrt(meanSquaredError(truth, image, region))
}

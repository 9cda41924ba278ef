// How noisy an image is, from the image alone: the median absolute second difference
// (Immerkær 1996, Fast noise variance estimation, with Donoho's median in place of the
// mean, so that edges do not count). Trap: the noise of FBP is coloured; the mask's
// taps are two pixels apart, so that it listens to the middle frequencies where the
// ramp and its window leave most of it. Good as a yardstick, 10–20 % off as a level.

const spacing = 2
/** Norm of the mask 1 −2 1 / −2 4 −2 / 1 −2 1, times the quartile of a standard normal. */
const normalisation = 6 * 0.6744897501960817
/** Air outside the patient has less noise than the patient and does not count. */
const airHu = -900

/**
 * Standard deviation (HU) of the noise of `hu`, row-major [row][column], HU, inside the
 * grid's inscribed circle and outside air; of the whole image when nothing is left of
 * it. 0 for an image smaller than 5 × 5. Same bits on every machine.
 */
export function estimateNoiseHu(hu: Float32Array, rows: number, columns: number): number {
  if (rows < 2 * spacing + 1 || columns < 2 * spacing + 1) return 0
  const inBody = responses(hu, rows, columns, airHu)
  const values = inBody.length >= 100 ? inBody : responses(hu, rows, columns, -Infinity)
  return median(values) / normalisation
}

/** |mask response| of the pixels in the circle whose four-neighbour mean is above `lowestHu`. */
function responses(hu: Float32Array, rows: number, columns: number, lowestHu: number): Float32Array {
  const found = new Float32Array(rows * columns)
  const centreRow = (rows - 1) / 2
  const centreColumn = (columns - 1) / 2
  const radius = Math.min(rows, columns) / 2 - spacing
  const up = -spacing * columns
  const down = spacing * columns
  let count = 0
  for (let row = spacing; row < rows - spacing; row++) {
    for (let column = spacing; column < columns - spacing; column++) {
      const dy = row - centreRow
      const dx = column - centreColumn
      if (dx * dx + dy * dy > radius * radius) continue
      const i = row * columns + column
      const sides = hu[i + up]! + hu[i + down]! + hu[i - spacing]! + hu[i + spacing]!
      if (!(sides / 4 > lowestHu)) continue
      const corners = hu[i + up - spacing]! + hu[i + up + spacing]! + hu[i + down - spacing]! + hu[i + down + spacing]!
      found[count++] = Math.abs(corners - 2 * sides + 4 * hu[i]!)
    }
  }
  return found.subarray(0, count)
}

function median(values: Float32Array): number {
  if (values.length === 0) return 0
  const sorted = values.slice().sort()
  const middle = sorted.length >> 1
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2
}

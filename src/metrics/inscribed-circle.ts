// The region of `hu-window@1`: where every scanner of this field sees the whole object.

/** One byte a pixel, 1 where the pixel's centre lies in the grid's inscribed circle. Row-major [row][column]. */
export function inscribedCircle(rows: number, columns: number): Uint8Array {
  const region = new Uint8Array(rows * columns)
  const limit = Math.min(rows, columns) ** 2 // (2·radius)², in whole half pixels
  for (let row = 0; row < rows; row++) {
    const y = 2 * row - (rows - 1)
    for (let column = 0; column < columns; column++) {
      const x = 2 * column - (columns - 1)
      if (x * x + y * y <= limit) region[row * columns + column] = 1
    }
  }
  return region
}

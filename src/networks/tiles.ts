// Cutting a line into tiles that overlap: two lines cut so give the tiles of an image.

export interface Tile {
  /** First pixel that the network is given, and how many. */
  readonly start: number
  readonly length: number
  /** Which of them count, from the start of the line: the rest sees the tile's edge. */
  readonly from: number
  readonly end: number
}

/**
 * Tiles of at most `largest` pixels over a line of `length`, each seeing `overlap` more
 * than it gives, but at the line's own ends. With all three multiples of a number, so are
 * the tiles' starts and lengths.
 * @throws RangeError when a tile gives nothing: largest ≤ 2·overlap.
 */
export function tilesAlong(length: number, largest: number, overlap: number): Tile[] {
  if (length <= largest) return [{ start: 0, length, from: 0, end: length }]
  if (largest <= 2 * overlap) throw new RangeError(`Tiles of ${largest} pixels that overlap by ${overlap} on either side give none.`)
  const tiles: Tile[] = []
  for (let from = 0; from < length; ) {
    const start = Math.min(Math.max(0, from - overlap), length - largest)
    const end = start + largest === length ? length : start + largest - overlap
    tiles.push({ start, length: largest, from, end })
    from = end
  }
  return tiles
}

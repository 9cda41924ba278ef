// A tile of an image for a network, in the network's units: pixels beyond the image are
// those of its mirror (src/ct/reflected-index.ts).

import type { KernelThis } from './kernel-this.ts'

export interface CutTileConstants {
  /** Of the image. */
  readonly rows: number
  readonly columns: number
}

/** image: [row][column]; top, left: the tile's corner, in whole pixels → [row][column] of gain · image + offset. */
export function cutTile(
  this: KernelThis<CutTileConstants>,
  image: number[][],
  top: number,
  left: number,
  gain: number,
  offset: number,
): number {
  const periodY = 2 * this.constants.rows
  const periodX = 2 * this.constants.columns
  let y = this.thread.y + top
  let x = this.thread.x + left
  // Half a pixel keeps the quotient away from whole numbers, which a GPU's division may miss.
  y = y - Math.floor((y + 0.5) / periodY) * periodY
  x = x - Math.floor((x + 0.5) / periodX) * periodX
  y = Math.min(y, periodY - 1 - y)
  x = Math.min(x, periodX - 1 - x)
  return gain * image[y]![x]! + offset
}

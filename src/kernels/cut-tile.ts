// A tile of an image for a network, in the network's units: pixels beyond the image are
// those of its mirror (src/ct/reflected-index.ts).

import type { KernelThis } from './kernel-this.ts'

/**
 * image: [row][column], of rows × columns; top, left: the tile's corner, in whole pixels
 * → [row][column] of gain · image + offset.
 */
export function cutTile(
  this: KernelThis<object>,
  image: number[][],
  rows: number,
  columns: number,
  top: number,
  left: number,
  gain: number,
  offset: number,
): number {
  let y = this.thread.y + top
  let x = this.thread.x + left
  // Half a pixel keeps the quotient away from whole numbers, which a GPU's division may miss.
  y = y - Math.floor((y + 0.5) / (2 * rows)) * (2 * rows)
  x = x - Math.floor((x + 0.5) / (2 * columns)) * (2 * columns)
  y = Math.min(y, 2 * rows - 1 - y)
  x = Math.min(x, 2 * columns - 1 - x)
  return gain * image[y]![x]! + offset
}

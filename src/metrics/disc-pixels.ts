// Which pixels lie in a disc of the quality layout.

import type { Disc } from '../ct/case.ts'
import type { ImageGrid } from '../ct/geometry.ts'
import { UserError } from '../ct/user-error.ts'

/** Row and column, in fractions of a pixel, of the disc's centre. */
export function discCentre(grid: ImageGrid, disc: Disc): { row: number; column: number } {
  return {
    row: (grid.rows - 1) / 2 - disc.yMm / grid.pixelMm,
    column: (grid.columns - 1) / 2 + disc.xMm / grid.pixelMm,
  }
}

/**
 * Indices of the pixels whose centres lie within `radiusMm` of the disc's centre, in row-major order; the nearest pixel
 * where there is none.
 * @throws UserError when a part of that circle lies off the grid.
 */
export function discPixels(grid: ImageGrid, disc: Disc, radiusMm: number): number[] {
  requireOnGrid(grid, disc, radiusMm)
  const { row, column } = discCentre(grid, disc)
  const radius = radiusMm / grid.pixelMm
  const pixels: number[] = []
  for (let r = Math.max(0, Math.ceil(row - radius)); r <= Math.min(grid.rows - 1, row + radius); r++)
    for (let c = Math.max(0, Math.ceil(column - radius)); c <= Math.min(grid.columns - 1, column + radius); c++)
      if ((r - row) ** 2 + (c - column) ** 2 <= radius * radius) pixels.push(r * grid.columns + c)
  if (pixels.length === 0) pixels.push(Math.round(row) * grid.columns + Math.round(column))
  return pixels
}

/** @throws UserError when a part of the circle of this radius about the disc's centre lies off the grid. */
export function requireOnGrid(grid: ImageGrid, disc: Disc, radiusMm: number): void {
  const { row, column } = discCentre(grid, disc)
  const radius = radiusMm / grid.pixelMm
  const room = Math.min(row, column, grid.rows - 1 - row, grid.columns - 1 - column) + 0.5
  if (!(radius <= room))
    throw new UserError(
      `Image quality: "${disc.name}" needs ${radiusMm.toFixed(1)} mm about (${disc.xMm.toFixed(1)}, ${disc.yMm.toFixed(1)}) mm, ` +
        `the grid of ${grid.rows} × ${grid.columns} pixels of ${grid.pixelMm} mm ends before. Use a preset with a larger field.`,
    )
}

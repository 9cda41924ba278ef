// Images and sinograms: a grid or geometry together with its values.

import { imageLength, sinogramLength, viewCount, type Geometry, type ImageGrid } from './geometry.ts'
import { UserError } from './user-error.ts'

/** Attenuation on a grid. Row-major [row][column], float32, 1/mm. */
export interface CtImage {
  readonly grid: ImageGrid
  readonly data: Float32Array
}

/** Row-major [view][bin], float32, dimensionless line integrals. */
export interface Sinogram {
  readonly geometry: Geometry
  readonly data: Float32Array
}

export class ShapeError extends UserError {
  override readonly name = 'ShapeError'
}

/** @throws ShapeError when the length does not fit the grid or a value is not finite. */
export function ctImage(grid: ImageGrid, data: Float32Array, name = 'Image'): CtImage {
  if (data.length !== imageLength(grid))
    throw new ShapeError(`${name} has ${data.length} values, its grid of ${grid.rows} × ${grid.columns} needs ${imageLength(grid)}.`)
  requireFinite(name, data)
  return { grid, data }
}

/** @throws ShapeError when the length does not fit the geometry or a value is not finite. */
export function sinogram(geometry: Geometry, data: Float32Array, name = 'Sinogram'): Sinogram {
  if (data.length !== sinogramLength(geometry))
    throw new ShapeError(
      `${name} has ${data.length} values, its geometry of ${viewCount(geometry)} views × ${geometry.bins} bins needs ${sinogramLength(geometry)}.`,
    )
  requireFinite(name, data)
  return { geometry, data }
}

/** @throws ShapeError that names the first value that is NaN or infinite. */
export function requireFinite(name: string, data: Float32Array): void {
  for (let i = 0; i < data.length; i++)
    if (!Number.isFinite(data[i]!)) throw new ShapeError(`${name} holds ${data[i]} at index ${i}; every value must be finite.`)
}

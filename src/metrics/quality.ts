// Physical image quality from two noise realisations of a phantom whose layout is known.

import type { QualityLayout } from '../ct/case.ts'
import { imageLength, type ImageGrid } from '../ct/geometry.ts'
import { requireFinite, ShapeError } from '../ct/image.ts'
import type { Curve } from './curve.ts'
import { insertStatistics, type InsertStatistics } from './insert-statistics.ts'
import { edgeMtf } from './mtf.ts'
import { noisePower, peakFrequency, radialPower } from './nps.ts'

/** As a record keeps it (src/run/record.ts documents every field). */
export interface Quality {
  readonly inserts: InsertStatistics[]
  readonly mtf50PerMm: number | null
  readonly mtf: Curve
  readonly nps: Curve
  readonly npsPeakPerMm: number
}

/**
 * HU bias and noise of each insert, MTF of the edge, radial noise power spectrum.
 * @param images Two reconstructions of the same object with independent noise. Row-major [row][column], float32, HU.
 * @throws ShapeError when an image does not fit the grid or holds a value that is not finite.
 * @throws UserError when the layout does not fit the grid, or its pixels are too large for it.
 */
export function measureQuality(
  images: readonly [Float32Array, Float32Array],
  grid: ImageGrid,
  layout: QualityLayout,
): Quality {
  for (const image of images) {
    if (image.length !== imageLength(grid))
      throw new ShapeError(`Image has ${image.length} values, its grid of ${grid.rows} × ${grid.columns} needs ${imageLength(grid)}.`)
    requireFinite('Image', image)
  }
  const nps = radialPower(noisePower(images, grid, layout.uniform))
  return {
    inserts: layout.inserts.map(insert => insertStatistics(images, grid, insert)),
    ...edgeMtf(images, grid, layout.edge),
    nps,
    npsPeakPerMm: peakFrequency(nps),
  }
}

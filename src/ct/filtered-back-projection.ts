// FBP on any engine, and the two parameters that every method built on it has.

import { z } from 'zod'
import type { Sinogram } from './image.ts'
import { filterNames, type Projector, type ProjectorArray, type RampFilter } from './projector.ts'

/** Fields for a method's zod object. */
export const fbpParameters = {
  /** Window of the ramp filter. */
  filter: z.enum(filterNames).default('hann'),
  /** The window ends at this fraction of Nyquist. */
  cutoff: z.number().gt(0).lte(1).default(0.8),
}

/** Line integrals → attenuation on the projector's grid: row-major [row][column], float32, 1/mm. Leaves the sinogram untouched. */
export async function filteredBackProjection(projector: Projector, sinogram: Sinogram, filter: RampFilter): Promise<Float32Array> {
  return withFilteredBackProjection(projector, sinogram, filter, image => projector.download(image))
}

/** The same where the projector keeps it: what `use` makes of the image, which is gone afterwards. */
export async function withFilteredBackProjection<T>(
  projector: Projector,
  sinogram: Sinogram,
  filter: RampFilter,
  use: (image: ProjectorArray) => Promise<T>,
): Promise<T> {
  const lines = projector.allocate('sinogram')
  try {
    await projector.upload(sinogram.data, lines)
    await projector.filter(lines, filter, lines)
    const image = projector.allocate('image')
    try {
      await projector.backproject(lines, image)
      return await use(image)
    } finally {
      projector.release(image)
    }
  } finally {
    projector.release(lines)
  }
}

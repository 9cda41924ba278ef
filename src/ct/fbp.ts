// FBP as one call: sinogram in, image out.

import { filteredBackProjection } from './filtered-back-projection.ts'
import type { CtImage, Sinogram } from './image.ts'
import type { Projector, RampFilter } from './projector.ts'

/** Filtered back-projection on the projector's grid, attenuation 1/mm. Leaves the sinogram untouched. */
export async function fbp(projector: Projector, sinogram: Sinogram, filter: RampFilter): Promise<CtImage> {
  return { grid: projector.grid, data: await filteredBackProjection(projector, sinogram, filter) }
}

// Filtered back-projection: the ramp filter in its band-limited form, a window on top
// of it, one back-projection. What every other method is measured against.

import { z } from 'zod'
import { defineMethod, fbpParameters, filteredBackProjection } from '../src/api.ts'

export default defineMethod({
  title: 'Filtered back-projection',
  family: 'analytic',
  citation: 'Kak & Slaney 1988, Principles of Computerized Tomographic Imaging, chapter 3',
  parameters: z.strictObject(fbpParameters),
  async prepare({ grid, projector }, { filter, cutoff }) {
    return {
      async reconstruct(sinogram) {
        return { grid, data: await filteredBackProjection(projector, sinogram, { name: filter, cutoff }) }
      },
    }
  },
})

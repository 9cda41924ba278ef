// A scan as K scans of every K-th view (view k, k + K, k + 2K, …), whose noise is
// independent: what Noise2Inverse trains on (Hendriksen et al. 2020). Where the views
// are spaced evenly over the whole turn, the mean of the K FBPs is the FBP of all views.

import { fanBeam, parallelBeam, viewCount, type Geometry } from './geometry.ts'
import { sinogram, type Sinogram } from './image.ts'
import { UserError } from './user-error.ts'

/** The K geometries. @throws UserError when `splits` does not divide the number of views. */
export function splitGeometry(geometry: Geometry, splits: number): Geometry[] {
  const views = viewCount(geometry)
  if (!Number.isInteger(splits) || splits < 1 || views % splits !== 0)
    throw new UserError(`${views} views cannot be split into ${splits} parts of equal size. Choose a divisor of ${views}.`)
  return Array.from({ length: splits }, (_, part) => {
    const anglesRad = geometry.anglesRad.filter((_, view) => view % splits === part)
    return geometry.kind === 'parallel' ? parallelBeam({ ...geometry, anglesRad }) : fanBeam({ ...geometry, anglesRad })
  })
}

/** The K sinograms of `geometries`, which splitGeometry made of the sinogram's own. */
export function splitSinogram({ geometry, data }: Sinogram, geometries: readonly Geometry[]): Sinogram[] {
  const { bins } = geometry
  return geometries.map((part, k) => {
    const rows = new Float32Array(viewCount(part) * bins)
    for (let row = 0, view = k; row < viewCount(part); row++, view += geometries.length)
      rows.set(data.subarray(view * bins, (view + 1) * bins), row * bins)
    return sinogram(part, rows)
  })
}

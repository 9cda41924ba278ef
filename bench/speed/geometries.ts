// The work of a size: N² pixels of a 384 mm square, about 1.4 N views and bins.

import { evenAngles, fanBeam, parallelBeam, viewCount, type Geometry } from '../../src/ct/geometry.ts'
import { PhiloxRandom, seedKey } from '../../src/ct/random.ts'

export const fieldMm = 384

/** By name. At 512: 720 views × 736 bins; at 2048: 2880 × 2944. */
export function geometries(size: number): Readonly<Record<'parallel' | 'curved fan', Geometry>> {
  const views = Math.round(1.40625 * size)
  const bins = Math.round(1.4375 * size)
  return {
    parallel: parallelBeam({ anglesRad: evenAngles(views, Math.PI), bins, pitchMm: 550 / bins }),
    'curved fan': fanBeam({
      detector: 'curved',
      anglesRad: evenAngles(views, 2 * Math.PI),
      bins,
      pitchMm: 946.33 / bins,
      sourceToIsocentreMm: 595,
      sourceToDetectorMm: 1085.6,
    }),
  }
}

export function rayCount(geometry: Geometry): number {
  return viewCount(geometry) * geometry.bins
}

/** Uniform in (0, 1), float32. */
export function seeded(length: number, name: string): Float32Array {
  const random = new PhiloxRandom(seedKey('bench', name))
  return Float32Array.from({ length }, () => random.uniform())
}

// Exact line integrals of one disc, for tests of readers and reconstructions.

import { binCentreMm, fanAngleRad } from '../ct/view-weights.ts'
import { sinogramLength, type Geometry } from '../ct/geometry.ts'

export interface TestDisc {
  readonly xMm: number
  readonly yMm: number
  readonly radiusMm: number
  /** Attenuation, 1/mm. */
  readonly mu: number
}

/** Row-major [view][bin], float32: chord length times attenuation. */
export function discSinogram(geometry: Geometry, { xMm, yMm, radiusMm, mu }: TestDisc): Float32Array {
  const data = new Float32Array(sinogramLength(geometry))
  geometry.anglesRad.forEach((angle, view) => {
    for (let bin = 0; bin < geometry.bins; bin++) {
      // Every ray is a parallel one of angle θ − γ (fan angle γ) and distance R sin γ from the isocentre.
      const gamma = geometry.kind === 'fan' ? fanAngleRad(geometry, bin) : 0
      const distance = geometry.kind === 'fan' ? geometry.sourceToIsocentreMm * Math.sin(gamma) : binCentreMm(geometry, bin)
      const fromDisc = distance - (xMm * Math.cos(angle - gamma) + yMm * Math.sin(angle - gamma))
      data[view * geometry.bins + bin] = 2 * mu * Math.sqrt(Math.max(0, radiusMm * radiusMm - fromDisc * fromDisc))
    }
  })
  return data
}

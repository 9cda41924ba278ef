// Lower dose from a scan that is already noisy: Yu, Shiung, Jondal & McCollough 2012,
// "Development and validation of a practical lower-dose-simulation tool for optimizing
// computed tomography scan protocols", J Comput Assist Tomogr 36:477.
// Trap: it adds only the noise that is missing; the full scan's own noise stays.

import { requireDose } from './acquisition.ts'
import { exactExp } from './exact-math.ts'
import { sinogramLength, type Geometry } from './geometry.ts'
import { ShapeError } from './image.ts'
import { PhiloxRandom, type SeedKey } from './random.ts'

export interface FullDoseScan {
  /** Photons per ray of the scan as measured (its full dose). */
  readonly photonsPerRay: number
  /** Standard deviation of the electronic noise, in photons. */
  readonly electronicNoise: number
}

/**
 * The scan as fraction `dose` of its own dose would have given it:
 * p + sqrt((1−a)/a · e^p/I0 · (1 + (1+a)/a · σe² · e^p/I0)) · N(0, 1).
 * `measured` and the result: row-major [view][bin], float32, dimensionless. Every ray draws from
 * its own substream.
 * @throws ShapeError when the values do not fit the geometry; UserError for a dose outside (0, 1].
 */
export function lowerDose(measured: Float32Array, geometry: Geometry, scan: FullDoseScan, dose: number, key: SeedKey): Float32Array {
  requireDose(dose)
  if (measured.length !== sinogramLength(geometry))
    throw new ShapeError(`Got ${measured.length} line integrals, the geometry needs ${sinogramLength(geometry)}.`)
  const { bins } = geometry
  const variance = scan.electronicNoise * scan.electronicNoise
  const quantum = (1 - dose) / dose
  const electronic = ((1 + dose) / dose) * variance
  const random = new PhiloxRandom(key)
  return measured.map((p, ray) => {
    const perPhoton = exactExp(p) / scan.photonsPerRay
    random.restart(Math.floor(ray / bins), ray % bins)
    return p + Math.sqrt(quantum * perPhoton * (1 + electronic * perPhoton)) * random.normal()
  })
}

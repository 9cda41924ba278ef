// A noisy scan from exact line integrals p (physics.md §3):
//   counts = Poisson(I0_b·e^−p) + Normal(0, σe²),  measured p = ln(I0_b / max(counts, floor)),
// with I0_b the photons of bin b at the dose at hand. Every ray draws from its own
// substream (view, bin), so no draw ever shifts another; exact-math only, so the
// bits are the same on every machine.

import { exactExp, exactLog } from './exact-math.ts'
import { sinogramLength, type Geometry } from './geometry.ts'
import { ShapeError } from './image.ts'
import type { NoiseModel } from './method.ts'
import type { Preset } from './presets.ts'
import { PhiloxRandom, type SeedKey } from './random.ts'
import { UserError } from './user-error.ts'
import { wasmCount, type CountRequest } from './wasm-count.ts'

export interface AcquisitionOverrides {
  /** Photons per ray at full dose, in place of the preset's. */
  readonly photonsPerRay?: number | undefined
  /** Standard deviation of the electronic noise (photons), in place of the preset's. */
  readonly electronicNoise?: number | undefined
}

/** @throws UserError unless 0 < dose ≤ 1. */
export function requireDose(dose: number): void {
  if (!(dose > 0 && dose <= 1)) throw new UserError(`Dose is ${dose}, expected a fraction of the full dose: above 0, at most 1.`)
}

/**
 * The noise of a preset at a dose (fraction of the full one).
 * @throws UserError for a dose outside (0, 1], less than one photon per ray at it, or electronic noise < 0.
 */
export function noiseModelAt(preset: Preset, dose: number, overrides: AcquisitionOverrides = {}): NoiseModel {
  requireDose(dose)
  const photonsPerRay = overrides.photonsPerRay ?? preset.acquisition.photonsPerRay
  const electronicNoise = overrides.electronicNoise ?? preset.acquisition.electronicNoise
  if (!(photonsPerRay > 0 && photonsPerRay <= 1e12))
    throw new UserError(`Photons per ray is ${photonsPerRay}, expected a number above 0 and at most 1e12.`)
  if (!(electronicNoise >= 0 && electronicNoise <= 1e9))
    throw new UserError(`Electronic noise is ${electronicNoise}, expected a standard deviation in photons, from 0 to 1e9.`)
  if (dose * photonsPerRay < 1)
    throw new UserError(
      `Dose ${dose} of ${photonsPerRay} photons per ray leaves ${dose * photonsPerRay} (preset ${preset.id}), expected at least 1. Raise the dose or the photons.`,
    )
  const { floor, bowtie } = preset.acquisition
  return { photonsPerRay: dose * photonsPerRay, bowtie, electronicNoise, floor }
}

/**
 * Measured line integrals. `exact` and the result: row-major [view][bin], dimensionless;
 * the result is float32 and finite. Same arguments, same bits.
 * @throws ShapeError when `exact` or the bowtie does not fit the geometry, or an exact value is not finite.
 */
export function acquire(exact: ArrayLike<number>, geometry: Geometry, noise: NoiseModel, key: SeedKey): Float32Array {
  const { bins } = geometry
  const views = geometry.anglesRad.length
  if (exact.length !== sinogramLength(geometry))
    throw new ShapeError(`Got ${exact.length} exact line integrals, the geometry of ${views} views × ${bins} bins needs ${views * bins}.`)
  for (let ray = 0; ray < exact.length; ray++)
    if (!Number.isFinite(exact[ray]!))
      throw new ShapeError(
        `The exact line integral of view ${Math.floor(ray / bins)}, bin ${ray % bins} is ${exact[ray]}, expected a finite number.`,
      )
  const photons = photonsPerBin(noise, bins)
  const request = { exact, bins, photons, logPhotons: photons.map(exactLog), electronicNoise: noise.electronicNoise, floor: noise.floor, key }
  return wasmCount(request) ?? count(request)
}

/** What wasmCount does, bit for bit, where there is no WebAssembly memory. */
export function count({ exact, bins, photons, logPhotons, electronicNoise, floor, key }: CountRequest): Float32Array {
  const random = new PhiloxRandom(key)
  const measured = new Float32Array(exact.length)
  for (let ray = 0, view = 0; ray < exact.length; view++)
    for (let bin = 0; bin < bins; bin++, ray++) {
      random.restart(view, bin)
      let counts = random.poisson(photons[bin]! * exactExp(-exact[ray]!))
      if (electronicNoise > 0) counts += electronicNoise * random.normal()
      measured[ray] = logPhotons[bin]! - exactLog(counts > floor ? counts : floor)
    }
  return measured
}

/** Photons that leave the bowtie towards each bin. */
function photonsPerBin({ photonsPerRay, bowtie }: NoiseModel, bins: number): Float64Array {
  if (bowtie === null) return new Float64Array(bins).fill(photonsPerRay)
  if (bowtie.length !== bins) throw new ShapeError(`The bowtie has ${bowtie.length} values, the detector ${bins} bins.`)
  const blocked = bowtie.findIndex(pass => !(pass > 0))
  if (blocked >= 0) throw new ShapeError(`The bowtie passes ${bowtie[blocked]} at bin ${blocked}, expected more than 0.`)
  return Float64Array.from(bowtie, pass => pass * photonsPerRay)
}

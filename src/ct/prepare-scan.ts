// A case before a scanner, ready to be measured at any dose. The exact line integrals
// are computed once, at the first measurement, and serve all doses and realisations.

import { acquire, noiseModelAt, type AcquisitionOverrides } from './acquisition.ts'
import type { ScanObject } from './case.ts'
import { sinogramLength, viewCount, type Geometry, type ImageGrid } from './geometry.ts'
import { sinogram, type CtImage, type Sinogram } from './image.ts'
import type { NoiseModel } from './method.ts'
import { placeObject } from './place-object.ts'
import type { Preset } from './presets.ts'
import { seedKey } from './random.ts'
import type { AttenuationScale } from './units.ts'

/** Names from which the noise is seeded, beside preset, dose and realisation. */
export interface ScanSeed {
  readonly suiteSeed: number
  readonly dataset: string
  readonly caseId: string
}

export interface ScanRequest {
  readonly object: ScanObject
  readonly preset: Preset
  readonly seed: ScanSeed
  /** Photons and electronic noise in place of the preset's. */
  readonly overrides?: AcquisitionOverrides
  /** How errors call the object; dataset/case when absent. */
  readonly name?: string
}

export interface Measurement {
  /** Noisy line integrals: row-major [view][bin], float32, dimensionless. */
  readonly sinogram: Sinogram
  /** The noise at this dose, as a method may know it. */
  readonly noise: NoiseModel
}

export interface PreparedScan {
  readonly geometry: Geometry
  readonly grid: ImageGrid
  readonly scale: AttenuationScale
  /** Attenuation on `grid`, 1/mm. */
  readonly truth: CtImage
  /** Size before the scanner ÷ size as drawn (see PlacedObject). */
  readonly magnification: number
  /** What of the object was left out, in one line for the user; null when nothing was. */
  readonly note: string | null
  /** Line integrals without noise: row-major [view][bin], float64, dimensionless. Shared: do not write to it. */
  exact(): Float64Array
  /** Computes what exact() gives, some views at a time: who has other things to do does them in between. */
  integrate(): Generator<void, Float64Array>
  /**
   * A noisy scan. Realisation 0 is the one that methods are scored on; others are independent
   * noise on the same object. Order of calls and the overrides' presence shift no draw.
   * @throws UserError for a dose outside (0, 1].
   */
  measure(dose: number, realisation?: number): Measurement
}

/** Of integrate(): about a hundredth of a second's work. */
const viewsAtATime = 40

/** @throws UserError when the object does not fit the preset (see placeObject). */
export function prepareScan({ object, preset, seed, overrides = {}, name }: ScanRequest): PreparedScan {
  const { grid, scale, truth, magnification, note, exactLineIntegrals } = placeObject(object, preset, name ?? `${seed.dataset}/${seed.caseId}`)
  const { geometry } = preset
  let integrals: Float64Array | undefined
  function* integrate(): Generator<void, Float64Array> {
    if (integrals) return integrals
    const all = new Float64Array(sinogramLength(geometry))
    for (let view = 0; view < viewCount(geometry); view += viewsAtATime) {
      const anglesRad = geometry.anglesRad.slice(view, view + viewsAtATime)
      all.set(exactLineIntegrals({ ...geometry, anglesRad }), view * geometry.bins)
      yield
    }
    return (integrals = all)
  }
  const exact = (): Float64Array => {
    const steps = integrate()
    let step = steps.next()
    while (!step.done) step = steps.next()
    return step.value
  }
  return {
    geometry,
    grid,
    scale,
    truth,
    magnification,
    note,
    exact,
    integrate,
    measure(dose, realisation = 0) {
      const noise = noiseModelAt(preset, dose, overrides)
      const key = seedKey('noise', seed.suiteSeed, seed.dataset, seed.caseId, preset.id, dose, realisation)
      return { sinogram: sinogram(geometry, acquire(exact(), geometry, noise, key)), noise }
    },
  }
}

// The scans that settings are scored on, and the score: mean PSNR under hu-window@1.

import fbp from '../../baselines/fbp.ts'
import { createProjector } from '../../src/ct/create-projector.ts'
import type { ScanObject } from '../../src/ct/case.ts'
import { filteredBackProjection } from '../../src/ct/filtered-back-projection.ts'
import type { ImageGrid } from '../../src/ct/geometry.ts'
import type { Denoiser } from '../../src/ct/image-denoiser.ts'
import type { Method } from '../../src/ct/method.ts'
import { prepareScan, type Measurement, type PreparedScan } from '../../src/ct/prepare-scan.ts'
import type { Preset } from '../../src/ct/presets.ts'
import type { BackendId, Projector, RampFilter } from '../../src/ct/projector.ts'
import { PhiloxRandom, seedKey } from '../../src/ct/random.ts'
import { huImage } from '../../src/ct/units.ts'
import { inscribedCircle } from '../../src/metrics/inscribed-circle.ts'
import { protocols, type ScoredCase } from '../../src/metrics/protocols.ts'
import { psnrDb } from '../../src/metrics/psnr.ts'
import type { Parameters } from './search.ts'

export interface SceneCase extends ScoredCase {
  readonly id: string
  readonly object: ScanObject
}

interface Scanned {
  readonly one: SceneCase
  readonly scan: PreparedScan
  readonly truthHu: Float32Array
  readonly measurement: Measurement
  /** FBP images in HU by filter and cut-off: methods share them. */
  readonly fbps: Map<string, Promise<Float32Array>>
}

/** Scans of a few cases by one preset at one dose. */
export class Scene {
  readonly #scanned: readonly Scanned[]
  readonly #projectors: Projectors

  private constructor(scanned: readonly Scanned[], projectors: Projectors) {
    this.#scanned = scanned
    this.#projectors = projectors
  }

  /** One scene per dose; the line integrals are computed once. Seed 1, as in the suites; the tune split shares no case with them. */
  static make(dataset: string, cases: readonly SceneCase[], preset: Preset, doses: readonly number[], projectors: Projectors): Map<number, Scene> {
    const scans = cases.map(one => prepareScan({ object: one.object, preset, seed: { suiteSeed: 1, dataset, caseId: one.id } }))
    return new Map(
      doses.map(dose => {
        const scanned = cases.map((one, i) => {
          const scan = scans[i]!
          const truthHu = huImage(scan.truth.data, scan.scale)
          return { one, scan, truthHu, measurement: scan.measure(dose), fbps: new Map<string, Promise<Float32Array>>() }
        })
        return [dose, new Scene(scanned, projectors)] as const
      }),
    )
  }

  /** Mean PSNR over the cases, dB. */
  async score(method: Method, parameters: Parameters): Promise<number> {
    const parsed = method.parameters.parse(parameters) as Parameters
    let sum = 0
    for (const scanned of this.#scanned) {
      sum += huWindowPsnr(await this.#image(method, parsed, scanned), scanned)
    }
    return sum / this.#scanned.length
  }

  #image(method: Method, parameters: Parameters, scanned: Scanned): Promise<Float32Array> {
    if ('denoise' in method) return this.#denoised(method as Denoiser<unknown>, parameters, scanned)
    // FBP itself comes from the images that the denoisers share.
    if (method === (fbp as unknown as Method)) return this.#fbp(scanned, parameters)
    return this.#reconstructed(method, parameters, scanned)
  }

  async #reconstructed(method: Method, parameters: Parameters, { scan, measurement }: Scanned): Promise<Float32Array> {
    const { geometry, grid, scale } = scan
    const projector = await this.#projectors.on(scan)
    const prepared = await method.prepare({ geometry, grid, scale, noise: measurement.noise, projector }, parameters)
    const image = await prepared.reconstruct(measurement.sinogram, context())
    await prepared.dispose?.()
    return huImage(image.data, scale)
  }

  async #denoised(method: Denoiser<unknown>, parameters: Parameters, scanned: Scanned): Promise<Float32Array> {
    const hu = (await this.#fbp(scanned, parameters)).slice()
    return method.denoise({ ...scanned.scan.grid, hu, noise: scanned.measurement.noise, ...context() }, parameters)
  }

  /** HU, shared: do not write to it. */
  #fbp({ scan, measurement, fbps }: Scanned, parameters: Parameters): Promise<Float32Array> {
    const filter = { name: parameters['filter'], cutoff: parameters['cutoff'] } as RampFilter
    const key = JSON.stringify(filter)
    let image = fbps.get(key)
    if (!image) {
      image = this.#projectors
        .on(scan)
        .then(projector => filteredBackProjection(projector, measurement.sinogram, filter))
        .then(data => huImage(data, scan.scale))
      fbps.set(key, image)
    }
    return image
  }
}

/** One projector per geometry and grid, all of one engine. */
export class Projectors {
  readonly #backend: BackendId
  readonly #made = new Map<string, Promise<Projector>>()

  constructor(backend: BackendId) {
    this.#backend = backend
  }

  on({ geometry, grid }: Pick<PreparedScan, 'geometry' | 'grid'>): Promise<Projector> {
    const key = JSON.stringify([geometry, grid satisfies ImageGrid])
    if (!this.#made.has(key)) this.#made.set(key, createProjector({ geometry, grid, backend: this.#backend, threads: 2 }))
    return this.#made.get(key)!
  }

  async dispose(): Promise<void> {
    for (const projector of this.#made.values()) await (await projector).dispose()
    this.#made.clear()
  }
}

function huWindowPsnr(hu: Float32Array, { one, scan, truthHu }: Scanned): number {
  const protocol = protocols['hu-window@1']
  const { imageLimits, truthLimits } = protocol.values(one)
  const clipped = (values: Float32Array, [low, high]: readonly [number, number]): Float64Array =>
    Float64Array.from(values, value => Math.min(high, Math.max(low, value)))
  const truth = clipped(truthHu, truthLimits)
  const circle = inscribedCircle(scan.grid.rows, scan.grid.columns)
  return psnrDb(truth, clipped(hu, imageLimits), protocol.dataRange(truth, one), circle)
}

function context(): { signal: AbortSignal; random: PhiloxRandom; report: () => void } {
  return { signal: new AbortController().signal, random: new PhiloxRandom(seedKey('tune')), report: () => {} }
}

// What stands on the method's side of the process boundary: it holds sinogram,
// problem and parameters, never the truth. Projectors and prepared methods are kept
// for the next job of the same problem.

import { createProjector } from '../ct/create-projector.ts'
import { imageLength, type Geometry, type ImageGrid } from '../ct/geometry.ts'
import { ctImage, sinogram } from '../ct/image.ts'
import type { Method, NetworkRuntime, NoiseModel, PreparedMethod } from '../ct/method.ts'
import type { BackendId, Projector } from '../ct/projector.ts'
import { PhiloxRandom, type SeedKey } from '../ct/random.ts'
import type { AttenuationScale } from '../ct/units.ts'
import { loadMethod } from './find-modules.ts'

/** Everything that a method may know, as it travels to its process. */
export interface MethodJob {
  readonly methodPath: string
  readonly parameters: Readonly<Record<string, unknown>>
  readonly geometry: Geometry
  readonly grid: ImageGrid
  readonly noise: NoiseModel | null
  readonly scale: AttenuationScale
  readonly backend: BackendId
  readonly threads: number
  /** Row-major [view][bin], float32, line integrals. */
  readonly sinogram: Float32Array
  /** Key of the generator that the method is given; says nothing about the case. */
  readonly randomKey: SeedKey
  readonly timeoutMs: number
}

export interface MethodResult {
  /** Row-major [row][column], float32, 1/mm. */
  readonly image: Float32Array
  readonly backend: BackendId
  readonly adapter: string | null
  /** What ran a learned method's network; null for a method without one. */
  readonly network: NetworkRuntime | null
  /** Null when the method had been prepared before. */
  readonly prepareMs: number | null
  readonly reconstructMs: number
  readonly trace: { iteration: number; values: Record<string, number> }[]
}

const keptPrepared = 8
const keptProjectors = 2

interface Prepared {
  readonly method: PreparedMethod
  readonly projector: Projector
}

/** Runs jobs of any method, one at a time. */
export class MethodHost {
  readonly #methods = new Map<string, Promise<Method>>()
  readonly #projectors = new Map<string, Promise<Projector>>()
  readonly #prepared = new Map<string, Prepared>()

  /** @throws what the method throws, or an Error that says how its image is wrong. */
  async run(job: MethodJob): Promise<MethodResult> {
    const { prepared, prepareMs } = await this.#prepare(job)
    const before = job.sinogram.slice()
    const trace: MethodResult['trace'] = []
    const start = performance.now()
    const image = await prepared.method.reconstruct(sinogram(job.geometry, job.sinogram), {
      signal: AbortSignal.timeout(job.timeoutMs),
      random: new PhiloxRandom(job.randomKey),
      report: (iteration, values) => void trace.push({ iteration, values: { ...values } }),
    })
    const reconstructMs = performance.now() - start
    checkImage(image, job.grid)
    if (!sameValues(before, job.sinogram))
      throw new Error('The method changed the sinogram that it was given. Copy it first (sinogram.data.slice()).')
    const { backend, adapter } = prepared.projector
    return { image: image.data, backend, adapter, network: prepared.method.network ?? null, prepareMs, reconstructMs, trace }
  }

  async dispose(): Promise<void> {
    for (const { method } of this.#prepared.values()) await method.dispose?.()
    for (const projector of this.#projectors.values()) await (await projector).dispose()
    this.#prepared.clear()
    this.#projectors.clear()
  }

  async #prepare(job: MethodJob): Promise<{ prepared: Prepared; prepareMs: number | null }> {
    const { methodPath, parameters, geometry, grid, noise, scale, backend, threads } = job
    const projectorKey = JSON.stringify([geometry, grid, backend, threads])
    const key = JSON.stringify([methodPath, parameters, noise, scale, projectorKey])
    const kept = this.#prepared.get(key)
    if (kept) {
      this.#prepared.delete(key) // moves it to the end: the least recently used one goes first
      this.#prepared.set(key, kept)
      return { prepared: kept, prepareMs: null }
    }
    const method = await remember(this.#methods, methodPath, () => loadMethod(methodPath))
    const start = performance.now()
    const projector = await remember(this.#projectors, projectorKey, () => createProjector({ geometry, grid, backend, threads }))
    const prepared = { method: await method.prepare({ geometry, grid, noise, scale, projector, threads }, parameters), projector }
    const prepareMs = performance.now() - start
    this.#prepared.set(key, prepared)
    await this.#forgetOldest()
    return { prepared, prepareMs }
  }

  async #forgetOldest(): Promise<void> {
    while (this.#prepared.size > keptPrepared) {
      const [key, oldest] = this.#prepared.entries().next().value!
      this.#prepared.delete(key)
      await oldest.method.dispose?.()
    }
    for (const [key, promise] of this.#projectors) {
      if (this.#projectors.size <= keptProjectors) break
      const projector = await promise
      if ([...this.#prepared.values()].some(prepared => prepared.projector === projector)) continue
      this.#projectors.delete(key)
      await projector.dispose()
    }
  }
}

function remember<T>(map: Map<string, Promise<T>>, key: string, make: () => Promise<T>): Promise<T> {
  const known = map.get(key)
  if (known) return known
  const made = make()
  map.set(key, made)
  made.catch(() => map.delete(key))
  return made
}

/** A plain loop: Float32Array.some would take a tenth of an FBP's time. */
function sameValues(a: Float32Array, b: Float32Array): boolean {
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false
  return true
}

function checkImage(image: unknown, grid: ImageGrid): void {
  const data = (image as { data?: unknown } | undefined)?.data
  if (!(data instanceof Float32Array))
    throw new Error(`The method returned ${describe(image)}, expected a CtImage { grid, data: Float32Array }.`)
  if (data.length !== imageLength(grid))
    throw new Error(`The method returned ${data.length} values, the grid of ${grid.rows} × ${grid.columns} needs ${imageLength(grid)}.`)
  ctImage(grid, data, "The method's image")
}

function describe(value: unknown): string {
  if (value === null || value === undefined) return String(value)
  if (typeof value !== 'object') return `a ${typeof value}`
  const { data } = value as { data?: unknown }
  return data === undefined ? `an object without data` : `an object whose data is a ${data?.constructor?.name ?? typeof data}`
}

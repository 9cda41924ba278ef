// The engine `wasm`: AssemblyScript kernels (src/kernels/assembly) on one WebAssembly
// memory per projector, on as many threads as were asked for. What makes it fast:
// src/kernels/README.md.

import { WasmEngine, WasmFault } from '../kernels/wasm-engine.ts'
import { imageLength, sinogramLength, viewCount, type Geometry, type ImageGrid, type ParallelBeam } from './geometry.ts'
import { requireSourceOutside } from './joseph.ts'
import { convolutionError } from './normal-response.ts'
import { ProjectorArrays, requireAlike, requireLength } from './projector-arrays.ts'
import { BackendError, type Projector, type ProjectorArray, type ProjectorRequest, type RampFilter } from './projector.ts'
import { WasmBackprojection } from './wasm-backprojection.ts'
import { WasmFilter } from './wasm-filter.ts'
import { WasmNormal } from './wasm-normal.ts'
import { WasmProjection } from './wasm-projection.ts'

/** @throws BackendError when the request is not for `wasm` or memory cannot be had; GeometryError when the source turns inside the grid. */
export async function createWasmProjector(request: ProjectorRequest): Promise<Projector> {
  if (request.backend !== 'wasm') throw new BackendError(`Asked the wasm engine for a projector of ${request.backend}.`)
  requireSourceOutside(request.geometry, request.grid)
  return new WasmProjector(request.geometry, request.grid, request.threads)
}

/** Whether this process can run the kernels, and how. */
export async function wasmAvailable(): Promise<{ available: boolean; detail: string }> {
  try {
    const engine = new WasmEngine(1)
    const at = engine.allocate(64)
    engine.floats(at, 4).set([1, 2, 3, 4])
    const dot = engine.call('dot', at, at, 4)
    if (dot !== 30) return { available: false, detail: `The kernels compute ${dot} where 30 is right.` }
    return { available: true, detail: 'WebAssembly SIMD and threads' }
  } catch (error) {
    if (error instanceof WasmFault) return { available: false, detail: error.message }
    return { available: false, detail: `WebAssembly SIMD is not there: ${error instanceof Error ? error.message : String(error)}` }
  }
}

class WasmProjector implements Projector {
  readonly backend = 'wasm'
  readonly adapter = null
  readonly matched = true
  readonly geometry: Geometry
  readonly grid: ImageGrid
  readonly normal?: NonNullable<Projector['normal']>
  readonly normalError?: number
  readonly #engine: WasmEngine
  readonly #arrays: ProjectorArrays<number>
  /** Operations run one after the other: they share tables. */
  #queue: Promise<unknown> = Promise.resolve()
  /** Made when first needed: an FBP never pays for the rays of a projection. */
  #projection: Promise<WasmProjection> | null = null
  #backprojection: WasmBackprojection | null = null
  #filter: WasmFilter | null = null
  #normal: Promise<WasmNormal> | null = null

  constructor(geometry: Geometry, grid: ImageGrid, threads: number) {
    this.geometry = geometry
    this.grid = grid
    this.#engine = withBackendErrors(() => new WasmEngine(threads))
    this.#arrays = new ProjectorArrays(geometry, grid)
    const error = convolutionError(geometry, grid)
    if (geometry.kind !== 'parallel' || error === null) return
    this.normalError = error
    this.normal = (image, result) => this.#runNormal(geometry, image, result)
  }

  allocate(space: 'image' | 'sinogram', batch = 1): ProjectorArray {
    return this.#arrays.add(space, batch, length => withBackendErrors(() => this.#engine.allocate(length * 4)))
  }

  release(array: ProjectorArray): void {
    this.#engine.free(this.#arrays.release(array))
  }

  async upload(values: Float32Array, array: ProjectorArray): Promise<void> {
    requireLength(values, array)
    const at = this.#arrays.get(array)
    await this.#next(() => this.#engine.floats(at, array.length).set(values))
  }

  async download(array: ProjectorArray): Promise<Float32Array> {
    const at = this.#arrays.get(array)
    return this.#next(() => new Float32Array(this.#engine.floats(at, array.length)))
  }

  async axpby(a: number, x: ProjectorArray, b: number, y: ProjectorArray): Promise<void> {
    requireAlike(x, y, true)
    const [from, to] = [this.#arrays.get(x), this.#arrays.get(y)]
    await this.#next(() => this.#engine.call('axpby', a, from, b, to, x.length))
  }

  async multiply(x: ProjectorArray, y: ProjectorArray): Promise<void> {
    requireAlike(x, y, true)
    const [from, to] = [this.#arrays.get(x), this.#arrays.get(y)]
    await this.#next(() => this.#engine.call('multiply', from, to, x.length))
  }

  async dot(x: ProjectorArray, y: ProjectorArray): Promise<number> {
    requireAlike(x, y, true)
    const [left, right] = [this.#arrays.get(x), this.#arrays.get(y)]
    return this.#next(() => this.#engine.call('dot', left, right, x.length))
  }

  async forward(image: ProjectorArray, sinogram: ProjectorArray): Promise<void> {
    await this.#eachItem(image, sinogram, async (imageAt, sinogramAt) => (await this.#projections()).forward(imageAt, sinogramAt))
  }

  async adjoint(sinogram: ProjectorArray, image: ProjectorArray): Promise<void> {
    await this.#eachItem(image, sinogram, async (imageAt, sinogramAt) => (await this.#projections()).adjoint(sinogramAt, imageAt))
  }

  async filter(sinogram: ProjectorArray, filter: RampFilter, filtered: ProjectorArray): Promise<void> {
    requireAlike(sinogram, filtered, true)
    const [input, output] = [this.#arrays.get(sinogram, 'sinogram'), this.#arrays.get(filtered, 'sinogram')]
    const rows = sinogram.batch * viewCount(this.geometry)
    await this.#next(() => (this.#filter ??= new WasmFilter(this.#engine, this.geometry)).run(input, rows, filter, output))
  }

  async backproject(filtered: ProjectorArray, image: ProjectorArray): Promise<void> {
    await this.#eachItem(image, filtered, (imageAt, sinogramAt) => {
      this.#backprojection ??= new WasmBackprojection(this.#engine, this.geometry, this.grid)
      return this.#backprojection.run(sinogramAt, imageAt)
    })
  }

  async #runNormal(geometry: ParallelBeam, image: ProjectorArray, result: ProjectorArray): Promise<void> {
    requireAlike(image, result, true)
    const [from, to, bytes] = [this.#arrays.get(image, 'image'), this.#arrays.get(result, 'image'), imageLength(this.grid) * 4]
    await this.#next(async () => {
      this.#normal ??= this.#makeNormal(geometry).catch((error: unknown) => {
        this.#normal = null
        throw error
      })
      const normal = await this.#normal
      for (let item = 0; item < image.batch; item++) await normal.run(from + item * bytes, to + item * bytes)
    })
  }

  async #makeNormal(geometry: ParallelBeam): Promise<WasmNormal> {
    const sinogram = this.#engine.allocate(sinogramLength(geometry) * 4)
    try {
      return await WasmNormal.make(this.#engine, geometry, this.grid, async (from, to) => {
        const projection = await this.#projections()
        await projection.forward(from, sinogram)
        await projection.adjoint(sinogram, to)
      })
    } finally {
      this.#engine.free(sinogram)
    }
  }

  async dispose(): Promise<void> {
    await this.#queue
    this.#arrays.releaseAll()
    this.#engine.dispose()
  }

  #projections(): Promise<WasmProjection> {
    this.#projection ??= WasmProjection.make(this.#engine, this.geometry, this.grid).catch((error: unknown) => {
      this.#projection = null
      throw error
    })
    return this.#projection
  }

  async #eachItem(
    image: ProjectorArray,
    sinogram: ProjectorArray,
    visit: (imageAt: number, sinogramAt: number) => Promise<void>,
  ): Promise<void> {
    requireAlike(image, sinogram, false)
    const [imageAt, sinogramAt] = [this.#arrays.get(image, 'image'), this.#arrays.get(sinogram, 'sinogram')]
    const [imageBytes, sinogramBytes] = [imageLength(this.grid) * 4, sinogramLength(this.geometry) * 4]
    await this.#next(async () => {
      for (let item = 0; item < image.batch; item++) await visit(imageAt + item * imageBytes, sinogramAt + item * sinogramBytes)
    })
  }

  /** Runs `work` when all earlier operations have ended, well or not. */
  #next<T>(work: () => T | Promise<T>): Promise<T> {
    const done = this.#queue.then(work).catch(rethrown)
    this.#queue = done.catch(() => undefined)
    return done
  }
}

function withBackendErrors<T>(work: () => T): T {
  try {
    return work()
  } catch (error) {
    return rethrown(error)
  }
}

function rethrown(error: unknown): never {
  if (error instanceof WasmFault) throw new BackendError(error.message, { cause: error })
  throw error
}

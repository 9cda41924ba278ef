// The engines webgpu, gpujs-webasm and gpujs-cpu: the kernels of src/kernels behind
// the Projector interface. Under webgpu every array is a buffer on the device from
// upload to download, the filter included (a convolution kernel); on the CPU backends
// arrays are Float32Arrays and the filter is the FFT of ramp-filter.ts.
// A batch lies one below the other in one matrix, and one run of a kernel serves it; a
// large batch is several such stacks.

import { adjointCurved } from '../kernels/adjoint-curved.ts'
import { adjointFlat } from '../kernels/adjoint-flat.ts'
import { adjointParallel } from '../kernels/adjoint-parallel.ts'
import { KernelBackend, type CompiledKernel, type KernelBackendId, type KernelSettings, type Matrix } from '../kernels/backend.ts'
import { backprojectCurved } from '../kernels/backproject-curved.ts'
import { backprojectFlat } from '../kernels/backproject-flat.ts'
import { backprojectParallel } from '../kernels/backproject-parallel.ts'
import { axpby, dotRows, multiply } from '../kernels/elementwise.ts'
import { filterRows } from '../kernels/filter-rows.ts'
import { forward } from '../kernels/forward.ts'
import { pad } from '../kernels/pad.ts'
import { sinogramLength, viewCount, type Geometry, type ImageGrid } from './geometry.ts'
import { adjointTables, backprojectTables, forwardTables, paddedRows } from './kernel-tables.ts'
import { requireSourceOutside } from './joseph.ts'
import { ProjectorArrays, requireAlike, requireLength } from './projector-arrays.ts'
import type { Projector, ProjectorArray, ProjectorRequest, RampFilter } from './projector.ts'
import { rampKernel, rowFilter } from './ramp-filter.ts'
import { rayWeights } from './view-weights.ts'

type Space = ProjectorArray['space']
type Source = Parameters<KernelBackend['compile']>[0]

/** Values of a stack: kernels count them in single precision, which is exact up to here. */
const stackValues = 2 ** 24

export class GpujsProjector implements Projector {
  readonly backend: KernelBackendId
  readonly adapter: string | null
  readonly matched = true
  readonly geometry: Geometry
  readonly grid: ImageGrid
  readonly #kernels: KernelBackend
  readonly #arrays: ProjectorArrays<Matrix[]>
  readonly #compiled = new Map<string, CompiledKernel>()
  /** Images or sinograms that one stack holds, at most. */
  readonly #planes: number
  /** Under webgpu: the ramp that the device holds, and of which filter it is. */
  #ramp: { readonly filter: RampFilter; readonly matrix: Matrix } | null = null

  private constructor(kernels: KernelBackend, geometry: Geometry, grid: ImageGrid) {
    this.backend = kernels.id
    this.adapter = kernels.adapter
    this.geometry = geometry
    this.grid = grid
    this.#kernels = kernels
    this.#arrays = new ProjectorArrays(geometry, grid)
    const views = viewCount(geometry)
    const largest = Math.max(this.#frameWidth ** 2, views * paddedRows(geometry, grid).width)
    this.#planes = Math.max(1, Math.floor(stackValues / largest))
  }

  /** @throws GeometryError when the source turns inside the grid, BackendError when the backend is not there. */
  static async open(request: ProjectorRequest & { backend: KernelBackendId }): Promise<GpujsProjector> {
    requireSourceOutside(request.geometry, request.grid)
    return new GpujsProjector(await KernelBackend.open(request.backend, request.threads), request.geometry, request.grid)
  }

  allocate(space: Space, batch = 1): ProjectorArray {
    const [width, height] = this.#size(space)
    return this.#arrays.add(space, batch, () => this.#stacks(batch).map(planes => this.#kernels.zeros(width, height * planes)))
  }

  release(array: ProjectorArray): void {
    for (const matrix of this.#arrays.release(array)) this.#kernels.free(matrix)
  }

  async upload(values: Float32Array, array: ProjectorArray): Promise<void> {
    requireLength(values, array)
    let start = 0
    await this.#replace(array, ({ width, height }) => {
      const part = values.subarray(start, (start += width * height))
      return this.#kernels.upload(part, width, height)
    })
  }

  async download(array: ProjectorArray): Promise<Float32Array> {
    const values = new Float32Array(array.length)
    let start = 0
    for (const stack of this.#arrays.get(array)) {
      values.set(await this.#kernels.download(stack), start)
      start += stack.width * stack.height
    }
    return values
  }

  async axpby(a: number, x: ProjectorArray, b: number, y: ProjectorArray): Promise<void> {
    requireAlike(x, y, true)
    const from = await this.#placed(x)
    // With b = 0 the old values must not matter, even if they are not finite.
    const old = b === 0 ? from : await this.#placed(y)
    await this.#replace(y, (stack, index) => this.#elementwise('axpby', axpby, stack)(a, from[index]!, b, old[index]!))
  }

  async multiply(x: ProjectorArray, y: ProjectorArray): Promise<void> {
    requireAlike(x, y, true)
    const from = await this.#placed(x)
    const old = await this.#placed(y)
    await this.#replace(y, (stack, index) => this.#elementwise('multiply', multiply, stack)(from[index]!, old[index]!))
  }

  async dot(x: ProjectorArray, y: ProjectorArray): Promise<number> {
    requireAlike(x, y, true)
    const right = await this.#placed(y)
    let sum = 0
    for (const [index, stack] of (await this.#placed(x)).entries()) {
      if (this.backend === 'webgpu') {
        const { width, height } = stack
        const run = this.#kernel(`dot ${width} × ${height}`, dotRows, () => ({ width: height, height: 1, counts: { width } }))
        const sums = await run(stack, right[index]!)
        for (const value of await this.#kernels.download(sums)) sum += value
        this.#kernels.free(sums)
      } else {
        const a = await this.#kernels.download(stack)
        const b = await this.#kernels.download(right[index]!)
        for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!
      }
    }
    return sum
  }

  async forward(image: ProjectorArray, sinogram: ProjectorArray): Promise<void> {
    requireAlike(image, sinogram, false)
    const { rows, columns } = this.grid
    const width = this.#frameWidth
    const pixels = await this.#placed(image, 'image')
    this.#arrays.get(sinogram, 'sinogram')
    await this.#replace(sinogram, (stack, index) => {
      const frame = this.#planewise('frame image', pad, 'sinogram', stack, () => ({
        width,
        height: width,
        counts: { width: columns, height: rows, left: 1, top: 1 },
      }))
      const project = this.#planewise('forward', forward, 'sinogram', stack, () => ({
        ...this.#sized('sinogram'),
        counts: { steps: width - 3, width },
        tables: forwardTables(this.geometry, this.grid),
      }))
      return this.#through(frame, pixels[index]!, project)
    })
  }

  async adjoint(sinogram: ProjectorArray, image: ProjectorArray): Promise<void> {
    const source = { parallel: adjointParallel, flat: adjointFlat, curved: adjointCurved }[this.#beam()] as Source
    await this.#gather(sinogram, image, 'adjoint', source, () => adjointTables(this.geometry, this.grid))
  }

  async filter(sinogram: ProjectorArray, filter: RampFilter, filtered: ProjectorArray): Promise<void> {
    requireAlike(sinogram, filtered, true)
    const rows = await this.#placed(sinogram, 'sinogram')
    this.#arrays.get(filtered, 'sinogram')
    if (this.backend === 'webgpu') {
      const ramp = await this.#rampOnDevice(filter)
      await this.#replace(filtered, (stack, index) =>
        this.#planewise('filter', filterRows, 'sinogram', stack, () => this.#filterSettings())(rows[index]!, ramp),
      )
      return
    }
    const run = rowFilter(this.geometry, filter)
    const length = sinogramLength(this.geometry)
    await this.#replace(filtered, async (stack, index) => {
      const values = new Float32Array(stack.width * stack.height)
      const read = await this.#kernels.download(rows[index]!)
      for (let at = 0; at < values.length; at += length) run(read.subarray(at, at + length), values.subarray(at, at + length))
      return { ...stack, values }
    })
  }

  async backproject(filtered: ProjectorArray, image: ProjectorArray): Promise<void> {
    const source = { parallel: backprojectParallel, flat: backprojectFlat, curved: backprojectCurved }[this.#beam()] as Source
    await this.#gather(filtered, image, 'backproject', source, () => backprojectTables(this.geometry, this.grid))
  }

  matrices(array: ProjectorArray): readonly Matrix[] {
    return [...this.#arrays.get(array)]
  }

  async dispose(): Promise<void> {
    for (const matrices of this.#arrays.releaseAll()) for (const matrix of matrices) this.#kernels.free(matrix)
    if (this.#ramp) this.#kernels.free(this.#ramp.matrix)
    this.#ramp = null
    await this.#kernels.close()
  }

  /** Sinogram → image by a kernel that reads rows padded with zeros. */
  async #gather(
    sinogram: ProjectorArray,
    image: ProjectorArray,
    name: string,
    source: Source,
    tables: () => Pick<KernelSettings, 'counts' | 'numbers' | 'tables'>,
  ): Promise<void> {
    requireAlike(sinogram, image, false)
    const { left, width } = paddedRows(this.geometry, this.grid)
    const height = viewCount(this.geometry)
    const rows = await this.#placed(sinogram, 'sinogram')
    this.#arrays.get(image, 'image')
    await this.#replace(image, (stack, index) => {
      const padRows = this.#planewise('pad rows', pad, 'image', stack, () => ({
        width,
        height,
        counts: { width: this.geometry.bins, height, left, top: 0 },
      }))
      const run = this.#planewise(name, source, 'image', stack, () => ({ ...this.#sized('image'), ...tables() }))
      return this.#through(padRows, rows[index]!, run)
    })
  }

  /** The stacks of an array that is read: under webgpu, zeros that no kernel wrote yet go to the device first, once. */
  async #placed(array: ProjectorArray, space: Space = array.space): Promise<Matrix[]> {
    const stacks = this.#arrays.get(array, space)
    if (this.backend !== 'webgpu') return stacks
    for (const [index, { values, width, height }] of stacks.entries())
      if (values instanceof Float32Array) stacks[index] = await this.#kernels.upload(values, width, height)
    return stacks
  }

  async #rampOnDevice(filter: RampFilter): Promise<Matrix> {
    if (this.#ramp?.filter.name === filter.name && this.#ramp.filter.cutoff === filter.cutoff) return this.#ramp.matrix
    const values = Float32Array.from(rampKernel(this.geometry, filter))
    const matrix = await this.#kernels.upload(values, values.length, 1)
    if (this.#ramp) this.#kernels.free(this.#ramp.matrix)
    this.#ramp = { filter: { ...filter }, matrix }
    return matrix
  }

  async #through(first: CompiledKernel, matrix: Matrix, second: CompiledKernel): Promise<Matrix> {
    const between = await first(matrix)
    const result = await second(between)
    this.#kernels.free(between)
    return result
  }

  /** Puts new stacks in the place of an array's old ones, one by one. */
  async #replace(array: ProjectorArray, make: (old: Matrix, index: number) => Promise<Matrix>): Promise<void> {
    const stacks = this.#arrays.get(array)
    for (const [index, old] of stacks.entries()) {
      stacks[index] = await make(old, index)
      this.#kernels.free(old)
    }
  }

  /** Planes of each stack of a batch. */
  #stacks(batch: number): number[] {
    const count = Math.ceil(batch / this.#planes)
    return Array.from({ length: count }, (_, index) => Math.min(this.#planes, batch - index * this.#planes))
  }

  #filterSettings(): Omit<KernelSettings, 'name'> {
    const { bins } = this.geometry
    const { perBin, perRay } = rayWeights(this.geometry)
    const views = viewCount(this.geometry)
    const tables = {
      perBin: { values: Float32Array.from(perBin) },
      perRay: { values: perRay === null ? new Float32Array(views * bins).fill(1) : Float32Array.from(perRay), height: views },
    }
    return { ...this.#sized('sinogram'), counts: { bins, views }, tables }
  }

  /** A kernel for which planes are only more rows. */
  #elementwise(name: string, source: Source, { width, height }: Matrix): CompiledKernel {
    return this.#kernel(`${name} ${width} × ${height}`, source, () => ({ width, height }))
  }

  /** A kernel that makes as many planes as `stack`, of that space, has. */
  #planewise(name: string, source: Source, space: Space, stack: Matrix, settings: () => Omit<KernelSettings, 'name' | 'planes'>): CompiledKernel {
    const planes = stack.height / this.#size(space)[1]
    return this.#kernel(`${name} × ${planes}`, source, () => ({ ...settings(), ...(planes > 1 ? { planes } : {}) }))
  }

  #kernel(name: string, source: Source, settings: () => Omit<KernelSettings, 'name'>): CompiledKernel {
    let kernel = this.#compiled.get(name)
    if (!kernel) {
      kernel = this.#kernels.compile(source, { name, ...settings() })
      this.#compiled.set(name, kernel)
    }
    return kernel
  }

  /** Of the square frame of zeros that the forward projection reads: one column before the image, two behind. */
  get #frameWidth(): number {
    return Math.max(this.grid.rows, this.grid.columns) + 3
  }

  #beam(): 'parallel' | 'flat' | 'curved' {
    return this.geometry.kind === 'parallel' ? 'parallel' : this.geometry.detector
  }

  #size(space: Space): [width: number, height: number] {
    return space === 'image' ? [this.grid.columns, this.grid.rows] : [this.geometry.bins, viewCount(this.geometry)]
  }

  #sized(space: Space): { width: number; height: number } {
    const [width, height] = this.#size(space)
    return { width, height }
  }
}

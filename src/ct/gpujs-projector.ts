// The engines webgpu, gpujs-webasm and gpujs-cpu: the kernels of src/kernels behind
// the Projector interface. Under webgpu every array is a buffer on the device from
// upload to download, the filter included (a convolution kernel); on the CPU backends
// arrays are Float32Arrays and the filter is the FFT of ramp-filter.ts.
// A batch is that many matrices, one kernel run each.

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
import { viewCount, type Geometry, type ImageGrid } from './geometry.ts'
import { adjointTables, backprojectTables, forwardTables, paddedRows } from './kernel-tables.ts'
import { requireSourceOutside } from './joseph.ts'
import { ProjectorArrays, requireAlike, requireLength } from './projector-arrays.ts'
import type { Projector, ProjectorArray, ProjectorRequest, RampFilter } from './projector.ts'
import { rampKernel, rowFilter } from './ramp-filter.ts'
import { rayWeights } from './view-weights.ts'

type Space = ProjectorArray['space']
type Source = Parameters<KernelBackend['compile']>[0]

export class GpujsProjector implements Projector {
  readonly backend: KernelBackendId
  readonly adapter: string | null
  readonly matched = true
  readonly geometry: Geometry
  readonly grid: ImageGrid
  readonly #kernels: KernelBackend
  readonly #arrays: ProjectorArrays<Matrix[]>
  readonly #compiled = new Map<string, CompiledKernel>()
  /** Under webgpu: the ramp that the device holds, and of which filter it is. */
  #ramp: { readonly filter: RampFilter; readonly matrix: Matrix } | null = null

  private constructor(kernels: KernelBackend, geometry: Geometry, grid: ImageGrid) {
    this.backend = kernels.id
    this.adapter = kernels.adapter
    this.geometry = geometry
    this.grid = grid
    this.#kernels = kernels
    this.#arrays = new ProjectorArrays(geometry, grid)
  }

  /** @throws GeometryError when the source turns inside the grid, BackendError when the backend is not there. */
  static async open(request: ProjectorRequest & { backend: KernelBackendId }): Promise<GpujsProjector> {
    requireSourceOutside(request.geometry, request.grid)
    return new GpujsProjector(await KernelBackend.open(request.backend, request.threads), request.geometry, request.grid)
  }

  allocate(space: Space, batch = 1): ProjectorArray {
    const [width, height] = this.#size(space)
    return this.#arrays.add(space, batch, () => Array.from({ length: batch }, () => this.#kernels.zeros(width, height)))
  }

  release(array: ProjectorArray): void {
    for (const matrix of this.#arrays.release(array)) this.#kernels.free(matrix)
  }

  async upload(values: Float32Array, array: ProjectorArray): Promise<void> {
    requireLength(values, array)
    const [width, height] = this.#size(array.space)
    await this.#replace(array, item =>
      this.#kernels.upload(values.subarray(item * width * height, (item + 1) * width * height), width, height),
    )
  }

  async download(array: ProjectorArray): Promise<Float32Array> {
    const values = new Float32Array(array.length)
    const matrices = this.#arrays.get(array)
    for (const [item, matrix] of matrices.entries())
      values.set(await this.#kernels.download(matrix), item * (array.length / array.batch))
    return values
  }

  async axpby(a: number, x: ProjectorArray, b: number, y: ProjectorArray): Promise<void> {
    requireAlike(x, y, true)
    const run = this.#kernel(`axpby ${x.space}`, axpby, () => this.#sized(x.space))
    const from = await this.#placed(x)
    // With b = 0 the old values must not matter, even if they are not finite.
    const old = b === 0 ? from : await this.#placed(y)
    await this.#replace(y, item => run(a, from[item]!, b, old[item]!))
  }

  async multiply(x: ProjectorArray, y: ProjectorArray): Promise<void> {
    requireAlike(x, y, true)
    const run = this.#kernel(`multiply ${x.space}`, multiply, () => this.#sized(x.space))
    const from = await this.#placed(x)
    const old = await this.#placed(y)
    await this.#replace(y, item => run(from[item]!, old[item]!))
  }

  async dot(x: ProjectorArray, y: ProjectorArray): Promise<number> {
    requireAlike(x, y, true)
    const left = await this.#placed(x)
    const right = await this.#placed(y)
    const [width, height] = this.#size(x.space)
    let sum = 0
    for (let item = 0; item < x.batch; item++) {
      if (this.backend === 'webgpu') {
        const run = this.#kernel(`dot ${x.space}`, dotRows, () => ({ width: height, height: 1, counts: { width } }))
        const sums = await run(left[item]!, right[item]!)
        for (const value of await this.#kernels.download(sums)) sum += value
        this.#kernels.free(sums)
      } else {
        const a = await this.#kernels.download(left[item]!)
        const b = await this.#kernels.download(right[item]!)
        for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!
      }
    }
    return sum
  }

  async forward(image: ProjectorArray, sinogram: ProjectorArray): Promise<void> {
    requireAlike(image, sinogram, false)
    const { rows, columns } = this.grid
    const width = Math.max(rows, columns) + 3
    const frame = this.#kernel('frame image', pad, () => ({
      width,
      height: width,
      counts: { width: columns, height: rows, left: 1, top: 1 },
    }))
    const project = this.#kernel('forward', forward, () => ({
      ...this.#sized('sinogram'),
      counts: { steps: width - 3, width },
      tables: forwardTables(this.geometry, this.grid),
    }))
    const pixels = await this.#placed(image, 'image')
    this.#arrays.get(sinogram, 'sinogram')
    await this.#replace(sinogram, item => this.#through(frame, pixels[item]!, project))
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
      const run = this.#kernel('filter', filterRows, () => this.#filterSettings())
      const ramp = await this.#rampOnDevice(filter)
      await this.#replace(filtered, item => run(rows[item]!, ramp))
      return
    }
    const run = rowFilter(this.geometry, filter)
    await this.#replace(filtered, async item => {
      const values = new Float32Array(rows[item]!.width * rows[item]!.height)
      run(await this.#kernels.download(rows[item]!), values)
      return { ...rows[item]!, values }
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
    const padRows = this.#kernel('pad rows', pad, () => ({
      width,
      height,
      counts: { width: this.geometry.bins, height, left, top: 0 },
    }))
    const run = this.#kernel(name, source, () => ({ ...this.#sized('image'), ...tables() }))
    const rows = await this.#placed(sinogram, 'sinogram')
    this.#arrays.get(image, 'image')
    await this.#replace(image, item => this.#through(padRows, rows[item]!, run))
  }

  /** The matrices of an array that is read: under webgpu, zeros that no kernel wrote yet go to the device first, once. */
  async #placed(array: ProjectorArray, space: Space = array.space): Promise<Matrix[]> {
    const matrices = this.#arrays.get(array, space)
    if (this.backend !== 'webgpu') return matrices
    for (const [item, { values, width, height }] of matrices.entries())
      if (values instanceof Float32Array) matrices[item] = await this.#kernels.upload(values, width, height)
    return matrices
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

  /** Puts new matrices in the place of an array's old ones, item by item. */
  async #replace(array: ProjectorArray, make: (item: number) => Promise<Matrix>): Promise<void> {
    const matrices = this.#arrays.get(array)
    for (let item = 0; item < array.batch; item++) {
      const old = matrices[item]!
      matrices[item] = await make(item)
      this.#kernels.free(old)
    }
  }

  #filterSettings(): Omit<KernelSettings, 'name'> {
    const { bins } = this.geometry
    const { perBin, perRay } = rayWeights(this.geometry)
    const views = viewCount(this.geometry)
    const tables = {
      perBin: { values: Float32Array.from(perBin) },
      perRay: { values: perRay === null ? new Float32Array(views * bins).fill(1) : Float32Array.from(perRay), height: views },
    }
    return { ...this.#sized('sinogram'), counts: { bins }, tables }
  }

  #kernel(name: string, source: Source, settings: () => Omit<KernelSettings, 'name'>): CompiledKernel {
    let kernel = this.#compiled.get(name)
    if (!kernel) {
      kernel = this.#kernels.compile(source, { name, ...settings() })
      this.#compiled.set(name, kernel)
    }
    return kernel
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

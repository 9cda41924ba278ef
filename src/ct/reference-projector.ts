// The engine `reference`: float64, one loop per formula, no tricks. Every other
// engine is measured against it. `adjoint` scatters exactly what `forward` gathers.

import { exactCos, exactSin } from './exact-math.ts'
import { imageLength, sinogramLength, viewCount, type Geometry, type ImageGrid } from './geometry.ts'
import { allocateViewRays, fillViewRays, requireSourceOutside } from './joseph.ts'
import { ProjectorArrays, requireAlike, requireLength } from './projector-arrays.ts'
import type { Projector, ProjectorArray, RampFilter } from './projector.ts'
import { rowFilter } from './ramp-filter.ts'
import { viewWeights } from './view-weights.ts'

export class ReferenceProjector implements Projector {
  readonly backend = 'reference'
  readonly adapter = null
  readonly matched = true
  readonly geometry: Geometry
  readonly grid: ImageGrid
  readonly #arrays: ProjectorArrays<Float64Array>
  readonly #viewWeights: Float64Array

  /** @throws GeometryError when the source turns inside the grid. */
  constructor(geometry: Geometry, grid: ImageGrid) {
    requireSourceOutside(geometry, grid)
    this.geometry = geometry
    this.grid = grid
    this.#arrays = new ProjectorArrays(geometry, grid)
    this.#viewWeights = viewWeights(geometry)
  }

  allocate(space: 'image' | 'sinogram', batch = 1): ProjectorArray {
    return this.#arrays.add(space, batch, length => new Float64Array(length))
  }

  release(array: ProjectorArray): void {
    this.#arrays.release(array)
  }

  async upload(values: Float32Array, array: ProjectorArray): Promise<void> {
    requireLength(values, array)
    this.#arrays.get(array).set(values)
  }

  async download(array: ProjectorArray): Promise<Float32Array> {
    return new Float32Array(this.#arrays.get(array))
  }

  async axpby(a: number, x: ProjectorArray, b: number, y: ProjectorArray): Promise<void> {
    requireAlike(x, y, true)
    const from = this.#arrays.get(x)
    const to = this.#arrays.get(y)
    for (let i = 0; i < to.length; i++) to[i] = b === 0 ? a * from[i]! : a * from[i]! + b * to[i]!
  }

  async multiply(x: ProjectorArray, y: ProjectorArray): Promise<void> {
    requireAlike(x, y, true)
    const from = this.#arrays.get(x)
    const to = this.#arrays.get(y)
    for (let i = 0; i < to.length; i++) to[i]! *= from[i]!
  }

  async dot(x: ProjectorArray, y: ProjectorArray): Promise<number> {
    requireAlike(x, y, true)
    const left = this.#arrays.get(x)
    const right = this.#arrays.get(y)
    let sum = 0
    for (let i = 0; i < left.length; i++) sum += left[i]! * right[i]!
    return sum
  }

  async forward(image: ProjectorArray, sinogram: ProjectorArray): Promise<void> {
    requireAlike(image, sinogram, false)
    const pixels = this.#arrays.get(image, 'image')
    const lines = this.#arrays.get(sinogram, 'sinogram')
    this.#eachBatch(image, (imageStart, sinogramStart) => {
      lines.fill(0, sinogramStart, sinogramStart + sinogramLength(this.geometry))
      this.#eachWeight((ray, pixel, weight) => (lines[sinogramStart + ray]! += weight * pixels[imageStart + pixel]!))
    })
  }

  async adjoint(sinogram: ProjectorArray, image: ProjectorArray): Promise<void> {
    requireAlike(sinogram, image, false)
    const lines = this.#arrays.get(sinogram, 'sinogram')
    const pixels = this.#arrays.get(image, 'image')
    this.#eachBatch(image, (imageStart, sinogramStart) => {
      pixels.fill(0, imageStart, imageStart + imageLength(this.grid))
      this.#eachWeight((ray, pixel, weight) => (pixels[imageStart + pixel]! += weight * lines[sinogramStart + ray]!))
    })
  }

  async filter(sinogram: ProjectorArray, filter: RampFilter, filtered: ProjectorArray): Promise<void> {
    requireAlike(sinogram, filtered, true)
    rowFilter(this.geometry, filter)(this.#arrays.get(sinogram, 'sinogram'), this.#arrays.get(filtered, 'sinogram'))
  }

  async backproject(filtered: ProjectorArray, image: ProjectorArray): Promise<void> {
    requireAlike(filtered, image, false)
    const rows = this.#arrays.get(filtered, 'sinogram')
    const pixels = this.#arrays.get(image, 'image')
    this.#eachBatch(image, (imageStart, sinogramStart) => {
      pixels.fill(0, imageStart, imageStart + imageLength(this.grid))
      for (let view = 0; view < viewCount(this.geometry); view++)
        this.#backprojectView(view, rows, sinogramStart, pixels, imageStart)
    })
  }

  async dispose(): Promise<void> {
    this.#arrays.releaseAll()
  }

  #eachBatch(image: ProjectorArray, visit: (imageStart: number, sinogramStart: number) => void): void {
    for (let item = 0; item < image.batch; item++) visit(item * imageLength(this.grid), item * sinogramLength(this.geometry))
  }

  /** Calls `visit` for every entry of the system matrix that is not zero. */
  #eachWeight(visit: (ray: number, pixel: number, weightMm: number) => void): void {
    const { bins } = this.geometry
    const { rows, columns } = this.grid
    const rays = allocateViewRays(bins)
    for (let view = 0; view < viewCount(this.geometry); view++) {
      fillViewRays(this.geometry, this.grid, view, rays)
      for (let bin = 0; bin < bins; bin++) {
        const alongColumns = rays.alongColumns[bin] === 1
        const steps = alongColumns ? columns : rows
        const across = alongColumns ? rows : columns
        for (let i = 0; i < steps; i++) {
          const position = rays.intercept[bin]! + rays.slope[bin]! * i
          const k = Math.floor(position)
          const fraction = position - k
          for (let index = k; index <= k + 1; index++) {
            if (index < 0 || index >= across) continue
            const share = index === k ? 1 - fraction : fraction
            const pixel = alongColumns ? index * columns + i : i * columns + index
            visit(view * bins + bin, pixel, share * rays.stepMm[bin]!)
          }
        }
      }
    }
  }

  /** Kak & Slaney 1988, eqs. 66, 83 and 100: the view's filtered value at each pixel's bin, by distance weight. */
  #backprojectView(view: number, filtered: Float64Array, rowStart: number, pixels: Float64Array, imageStart: number): void {
    const { geometry, grid } = this
    const cos = exactCos(geometry.anglesRad[view]!)
    const sin = exactSin(geometry.anglesRad[view]!)
    const start = rowStart + view * geometry.bins
    const firstBinMm = geometry.offsetMm - ((geometry.bins - 1) / 2) * geometry.pitchMm
    for (let row = 0; row < grid.rows; row++) {
      const y = ((grid.rows - 1) / 2 - row) * grid.pixelMm
      for (let column = 0; column < grid.columns; column++) {
        const x = (column - (grid.columns - 1) / 2) * grid.pixelMm
        // Where the pixel falls on the detector, mm, and its distance weight.
        let s = x * cos + y * sin
        let weight = this.#viewWeights[view]!
        if (geometry.kind === 'fan') {
          const across = s
          const depth = geometry.sourceToIsocentreMm - x * sin + y * cos
          if (geometry.detector === 'flat') {
            s = (geometry.sourceToDetectorMm * across) / depth
            weight *= (geometry.sourceToIsocentreMm / depth) * (geometry.sourceToIsocentreMm / depth)
          } else {
            s = geometry.sourceToDetectorMm * Math.atan2(across, depth)
            weight /= across * across + depth * depth
          }
        }
        const position = (s - firstBinMm) / geometry.pitchMm
        const bin = Math.floor(position)
        const fraction = position - bin
        let value = 0
        if (bin >= 0 && bin < geometry.bins) value += (1 - fraction) * filtered[start + bin]!
        if (bin + 1 >= 0 && bin + 1 < geometry.bins) value += fraction * filtered[start + bin + 1]!
        pixels[imageStart + row * grid.columns + column]! += weight * value
      }
    }
  }
}

// What every engine offers, whatever it runs on. Arrays belong to the projector
// that allocated them and may live on a device between steps, so an iterative
// method never copies an image per iteration.

import type { Matrix } from '../kernels/backend.ts'
import type { Geometry, ImageGrid } from './geometry.ts'
import { UserError } from './user-error.ts'

/** Backend ids, whose meaning never changes (architecture of engines: src/kernels). */
export const backendIds = ['reference', 'wasm', 'webgpu', 'gpujs-webasm', 'gpujs-cpu'] as const
export type BackendId = (typeof backendIds)[number]

/** What a user may ask for: a backend, or the best that is really there. */
export type BackendChoice = BackendId | 'auto'

/** Window of the ramp filter. All are multiplied onto the band-limited ramp (Kak & Slaney 1988, eq. 61). */
export const filterNames = ['ram-lak', 'shepp-logan', 'cosine', 'hamming', 'hann'] as const
export type FilterName = (typeof filterNames)[number]

export interface RampFilter {
  readonly name: FilterName
  /** The window ends at cutoff · Nyquist, 0 < cutoff ≤ 1; zero beyond. */
  readonly cutoff: number
}

/** An array that a projector owns: `batch` images or sinograms, one after the other. */
export interface ProjectorArray {
  readonly space: 'image' | 'sinogram'
  readonly batch: number
  /** Values in all: batch × rows × columns, or batch × views × bins. */
  readonly length: number
}

export interface Projector {
  /** The backend that really runs, never the one that was hoped for. */
  readonly backend: BackendId
  /** Name of the GPU adapter, null on a CPU. */
  readonly adapter: string | null
  readonly geometry: Geometry
  readonly grid: ImageGrid
  /** True when `adjoint` is the exact transpose of `forward`. */
  readonly matched: boolean

  /** A zeroed array. @throws when memory cannot be had. */
  allocate(space: 'image' | 'sinogram', batch?: number): ProjectorArray
  release(array: ProjectorArray): void
  /** Copies `values` (float32, array.length of them) to the array. */
  upload(values: Float32Array, array: ProjectorArray): Promise<void>
  /** A fresh copy of the array's values (float32). */
  download(array: ProjectorArray): Promise<Float32Array>

  /** y ← a·x + b·y, elementwise; x and y of one space and batch. With b = 0, y's old values do not matter. */
  axpby(a: number, x: ProjectorArray, b: number, y: ProjectorArray): Promise<void>
  /** y ← x ∘ y, elementwise. */
  multiply(x: ProjectorArray, y: ProjectorArray): Promise<void>
  /** ⟨x, y⟩ over all values, accumulated in float64 where the engine can. */
  dot(x: ProjectorArray, y: ProjectorArray): Promise<number>

  /** Line integrals by Joseph's method (1982): image (1/mm) → sinogram (dimensionless). Zero outside the grid. */
  forward(image: ProjectorArray, sinogram: ProjectorArray): Promise<void>
  /** The exact transpose of `forward`. */
  adjoint(sinogram: ProjectorArray, image: ProjectorArray): Promise<void>
  /**
   * First half of FBP: redundancy and cosine weights of each view, then the
   * windowed ramp filter along the bins. Input and output may be the same array.
   */
  filter(sinogram: ProjectorArray, filter: RampFilter, filtered: ProjectorArray): Promise<void>
  /**
   * Second half of FBP: pixel-driven back-projection with linear interpolation,
   * angular and distance weights. Of a filtered sinogram it gives attenuation (1/mm).
   * Not the adjoint of anything here.
   */
  backproject(filtered: ProjectorArray, image: ProjectorArray): Promise<void>

  /**
   * Optional: y ← AᵀA x on images, faster than adjoint∘forward but not exactly it (see
   * `normalError`), symmetric and positive all the same. Input and output may be the same
   * array. Its errors are high frequencies, which its inverse amplifies: solve by
   * `regularisedLeastSquares`, which ends where AᵀA itself would.
   */
  normal?(image: ProjectorArray, result: ProjectorArray): Promise<void>
  /** Relative L2 error of `normal` against AᵀA on smooth images, at most 5e-3, where `normal` exists. */
  readonly normalError?: number

  /**
   * Optional, on backends of gpu.js: where an array lives, in matrices [item][row][column] of as many items of its
   * batch as fit one. For other kernels of the same backend (a network), which read them without a copy. The projector
   * keeps them, and gives the array others when it writes to it.
   */
  matrices?(array: ProjectorArray): readonly Matrix[]

  /** Releases every array, worker and device handle. */
  dispose(): Promise<void>
}

export interface ProjectorRequest {
  readonly geometry: Geometry
  readonly grid: ImageGrid
  readonly backend: BackendId
  /** Threads that a CPU engine may use; the bits of a result never depend on it. */
  readonly threads: number
}

export class BackendError extends UserError {
  override readonly name: string = 'BackendError'
}

/** The engine does not answer, here or any more: nothing of the work was begun. */
export class BackendUnavailableError extends BackendError {
  override readonly name = 'BackendUnavailableError'
}

/** The device was lost in the middle of the work; it may be there again for the next. */
export class BackendLostError extends BackendError {
  override readonly name = 'BackendLostError'
}

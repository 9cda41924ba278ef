// The normal operator AᵀA of a parallel beam as a convolution (Toeplitz embedding, as
// in Fessler et al. 2005 for MRI; here for Joseph's rays). A pixel's footprint on the
// detector is a triangle of half-width b = pixelMm·m, m = max(|cos θ|, |sin θ|), and
// height pixelMm/m. Two pixels share Σ_s h(s − a)·h(s − a'), whose mean over all places
// of the bins is (h ⋆ h)(a − a')/pitch: pixelMm³/(m·pitch) times a cubic B-spline of (a − a')/b.
// What that mean leaves out are harmonics of the bins, relative size sinc²(n·b/pitch)
// in each view, with phases that differ from view to view: on smooth images they add up
// like noise, on fine detail they do not fade.
// Trap: they are high frequencies, which AᵀA hardly passes and its inverse amplifies.

import ndarray from 'ndarray'
import fft from 'ndarray-fft'
import { scanDirections } from './angular-coverage.ts'
import { exactCos, exactSin } from './exact-math.ts'
import { viewCount, type Geometry, type ImageGrid, type ParallelBeam } from './geometry.ts'

/** The largest error at which the convolution is offered. */
const largestError = 5e-3
/** Harmonics of the bins that are counted; they fall with their fourth power. */
const harmonics = 4
/** Real images are not constant; on ellipses up to a tenth is added (wasm-normal.test.ts). */
const margin = 1.1

/**
 * Relative L2 error of the convolution on smooth images, expected from the geometry;
 * null where there is none: fans, bins that do not see every pixel's whole footprint
 * in every view, or an error above 5e-3 (few views).
 */
export function convolutionError(geometry: Geometry, grid: ImageGrid): number | null {
  if (geometry.kind !== 'parallel' || truncates(geometry, grid)) return null
  let squares = 0
  // Views in one direction, or in opposite ones, may have equal phases.
  for (const { length, 0: view } of scanDirections(geometry).groups) {
    const width = (grid.pixelMm * steepness(geometry.anglesRad[view!]!)) / geometry.pitchMm
    for (let n = 1; n <= harmonics; n++) squares += 2 * (length * sinc(n * width) ** 2) ** 2
  }
  const error = (margin * Math.sqrt(squares)) / viewCount(geometry)
  return error <= largestError ? error : null
}

/** The two axes of the zero-padded image, powers of two: [rows, columns]. */
export function paddedAxes({ rows, columns }: ImageGrid): [number, number] {
  const padded = (count: number): number => {
    let length = 8
    while (length < 2 * count - 1) length *= 2
    return length
  }
  return [padded(rows), padded(columns)]
}

/**
 * Transform of the kernel on the padded axes: real, row-major [row frequency][column
 * frequency], float64, mm². The kernel is even, about 4 views × longer axis of it not zero per view.
 */
export function normalResponse(geometry: ParallelBeam, grid: ImageGrid): Float64Array {
  const [height, width] = paddedAxes(grid)
  const kernel = new Float64Array(height * width)
  for (const angleRad of geometry.anglesRad) addStrip(kernel, height, width, grid, angleRad)
  const scale = grid.pixelMm ** 2 * (grid.pixelMm / geometry.pitchMm)
  for (let i = 0; i < kernel.length; i++) kernel[i]! *= scale
  fft(1, ndarray(kernel, [height, width]), ndarray(new Float64Array(kernel.length), [height, width]))
  return kernel
}

/** One view's part of the kernel: a strip along the ray, four pixels wide. */
function addStrip(kernel: Float64Array, height: number, width: number, grid: ImageGrid, angleRad: number): void {
  const cos = exactCos(angleRad)
  const sin = exactSin(angleRad)
  const m = Math.max(Math.abs(cos), Math.abs(sin))
  // Distance on the detector, in pixels: column·cos − row·sin.
  const alongColumns = Math.abs(sin) >= Math.abs(cos)
  const [steps, others] = alongColumns ? [grid.columns, grid.rows] : [grid.rows, grid.columns]
  const slope = alongColumns ? cos / sin : sin / cos
  for (let step = 1 - steps; step < steps; step++) {
    const first = Math.max(1 - others, Math.ceil(step * slope - 2))
    const last = Math.min(others - 1, Math.floor(step * slope + 2))
    for (let other = first; other <= last; other++) {
      const [row, column] = alongColumns ? [other, step] : [step, other]
      const at = ((row + height) % height) * width + ((column + width) % width)
      kernel[at]! += cubicSpline((column * cos - row * sin) / m) / m
    }
  }
}

/** Whether a pixel's footprint reaches a bin that is not there, in any view. */
function truncates(geometry: ParallelBeam, grid: ImageGrid): boolean {
  const halfMm = (geometry.bins * geometry.pitchMm) / 2
  return geometry.anglesRad.some(angleRad => {
    const across = ((grid.columns - 1) / 2) * Math.abs(exactCos(angleRad))
    const along = ((grid.rows - 1) / 2) * Math.abs(exactSin(angleRad))
    const reachMm = (across + along + steepness(angleRad)) * grid.pixelMm
    // The first bin beyond the detector lies half a pitch outside its edge.
    return reachMm + Math.abs(geometry.offsetMm) > halfMm + geometry.pitchMm / 2
  })
}

function steepness(angleRad: number): number {
  return Math.max(Math.abs(exactCos(angleRad)), Math.abs(exactSin(angleRad)))
}

/** Cubic B-spline: a triangle of half-width 1 folded with itself. */
function cubicSpline(t: number): number {
  const distance = Math.abs(t)
  if (distance >= 2) return 0
  if (distance >= 1) return (2 - distance) ** 3 / 6
  return 2 / 3 - distance * distance * (1 - distance / 2)
}

function sinc(x: number): number {
  return exactSin(Math.PI * x) / (Math.PI * x)
}

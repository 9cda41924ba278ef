// Noise power spectrum (AAPM TG-233, 2019; Siewerdsen et al. 2002): square regions of
// the difference of two noise realisations, in which the object cancels, freed of a
// plane, Fourier transformed, squared and averaged. A difference has twice the noise
// power, hence the ½. NPS(u, v) = ½ · pixel²/n² · ⟨|DFT of the region|²⟩, in HU²·mm²;
// its integral over frequency is the noise variance.

import ndarray from 'ndarray'
import fft from 'ndarray-fft'
import type { Disc } from '../ct/case.ts'
import type { ImageGrid } from '../ct/geometry.ts'
import { UserError } from '../ct/user-error.ts'
import type { Curve } from './curve.ts'
import { discCentre, requireOnGrid } from './disc-pixels.ts'

const largestRegion = 64
const smallestRegion = 8

export interface NoisePower {
  /** Pixels along a side of a region. */
  readonly size: number
  /** Distance of neighbouring frequencies, line pairs per mm. */
  readonly stepPerMm: number
  /** Row-major [v][u], float64, HU²·mm², frequency 0 first, as a discrete Fourier transform orders it. */
  readonly power: Float64Array
}

/**
 * Two-dimensional noise power spectrum, averaged over square regions that tile the discs with half overlap.
 * @param images Two realisations of the noise on the same object. Row-major [row][column], float32, HU.
 * @param discs Uniform discs. The region is the largest square that fits the smallest disc, 64 pixels at most.
 * @throws UserError when there is no disc, one lies off the grid, or the smallest holds no square of 8 pixels.
 */
export function noisePower(
  images: readonly [Float32Array, Float32Array],
  grid: ImageGrid,
  discs: readonly Disc[],
): NoisePower {
  if (discs.length === 0) throw new UserError('Image quality: the layout names no uniform disc for the noise power spectrum.')
  for (const disc of discs) requireOnGrid(grid, disc, disc.radiusMm)
  const smallest = discs.reduce((a, b) => (b.radiusMm < a.radiusMm ? b : a))
  // One pixel less than the inscribed square: a region starts at a whole pixel.
  const size = Math.min(largestRegion, Math.floor((Math.SQRT2 * smallest.radiusMm) / grid.pixelMm) - 1)
  if (size < smallestRegion)
    throw new UserError(
      `Image quality: the uniform disc "${smallest.name}" of ${smallest.radiusMm} mm holds no square of ${smallestRegion} pixels ` +
        `of ${grid.pixelMm} mm. Use smaller pixels.`,
    )
  const power = new Float64Array(size * size)
  const real = new Float64Array(size * size)
  const imaginary = new Float64Array(size * size)
  let regions = 0
  for (const disc of discs)
    for (const [row, column] of regionCorners(grid, disc, size)) {
      copyDifference(images, grid.columns, row, column, size, real)
      removePlane(real, size)
      imaginary.fill(0)
      fft(1, ndarray(real, [size, size]), ndarray(imaginary, [size, size]))
      for (let i = 0; i < power.length; i++) power[i] += real[i]! * real[i]! + imaginary[i]! * imaginary[i]!
      regions++
    }
  const scale = (0.5 * grid.pixelMm * grid.pixelMm) / (size * size * regions)
  for (let i = 0; i < power.length; i++) power[i] *= scale
  return { size, stepPerMm: 1 / (size * grid.pixelMm), power }
}

/**
 * Mean of the spectrum over rings one frequency step wide, up to Nyquist, HU²·mm². Frequency 0 is left out: it holds only
 * what the plane took away.
 */
export function radialPower({ size, stepPerMm, power }: NoisePower): Curve {
  const rings = Math.floor(size / 2)
  const sums = new Float64Array(rings + 1)
  const counts = new Float64Array(rings + 1)
  for (let v = 0; v < size; v++) {
    const y = v <= size / 2 ? v : v - size
    for (let u = 0; u < size; u++) {
      const x = u <= size / 2 ? u : u - size
      const ring = Math.round(Math.sqrt(x * x + y * y))
      if (ring > rings) continue
      sums[ring] += power[v * size + u]!
      counts[ring]++
    }
  }
  const curve: Curve = { frequencyPerMm: [], value: [] }
  for (let ring = 1; ring <= rings; ring++) {
    curve.frequencyPerMm.push(ring * stepPerMm)
    curve.value.push(sums[ring]! / counts[ring]!)
  }
  return curve
}

/**
 * Frequency of the largest value after smoothing by (1, 2, 1)/4, refined by a parabola, line pairs per mm; 0 without noise.
 * No finer than the regions allow: with regions of 25 mm one pair of FBP images gives it to about 0.02 /mm.
 */
export function peakFrequency({ frequencyPerMm, value }: Curve): number {
  const last = value.length - 1
  const smooth = value.map((_, k) => (value[Math.max(0, k - 1)]! + 2 * value[k]! + value[Math.min(last, k + 1)]!) / 4)
  let peak = 0
  for (let k = 1; k <= last; k++) if (smooth[k]! > smooth[peak]!) peak = k
  if (smooth[peak] === 0) return 0
  if (peak === 0 || peak === last) return frequencyPerMm[peak]!
  const [before, at, after] = [smooth[peak - 1]!, smooth[peak]!, smooth[peak + 1]!]
  const curvature = before - 2 * at + after
  const shift = curvature === 0 ? 0 : (0.5 * (before - after)) / curvature
  return frequencyPerMm[peak]! + shift * (frequencyPerMm[1]! - frequencyPerMm[0]!)
}

/** Row and column of the first pixel of every region: a lattice about the disc's centre, half a region apart. */
function regionCorners(grid: ImageGrid, disc: Disc, size: number): [number, number][] {
  const { row, column } = discCentre(grid, disc)
  const radius = disc.radiusMm / grid.pixelMm
  const firstRow = Math.round(row - (size - 1) / 2)
  const firstColumn = Math.round(column - (size - 1) / 2)
  const step = Math.floor(size / 2)
  const reach = Math.ceil(radius / step)
  const corners: [number, number][] = []
  for (let down = -reach; down <= reach; down++)
    for (let right = -reach; right <= reach; right++) {
      const top = firstRow + down * step
      const left = firstColumn + right * step
      // The outer edges of the region, from the disc's centre.
      const y = Math.max(row - top, top + size - 1 - row) + 0.5
      const x = Math.max(column - left, left + size - 1 - column) + 0.5
      if (x * x + y * y <= radius * radius) corners.push([top, left])
    }
  return corners
}

function copyDifference(
  [first, second]: readonly [Float32Array, Float32Array],
  columns: number,
  row: number,
  column: number,
  size: number,
  out: Float64Array,
): void {
  for (let r = 0; r < size; r++) {
    const from = (row + r) * columns + column
    for (let c = 0; c < size; c++) out[r * size + c] = first[from + c]! - second[from + c]!
  }
}

/** Subtracts the least-squares plane of a square region; its three terms are orthogonal about the centre. */
function removePlane(values: Float64Array, size: number): void {
  const middle = (size - 1) / 2
  let sum = 0
  let alongRows = 0
  let alongColumns = 0
  let squares = 0
  for (let r = 0; r < size; r++)
    for (let c = 0; c < size; c++) {
      const value = values[r * size + c]!
      sum += value
      alongRows += (r - middle) * value
      alongColumns += (c - middle) * value
      squares += (r - middle) * (r - middle)
    }
  const mean = sum / (size * size)
  for (let r = 0; r < size; r++)
    for (let c = 0; c < size; c++)
      values[r * size + c] -= mean + ((r - middle) * alongRows + (c - middle) * alongColumns) / squares
}

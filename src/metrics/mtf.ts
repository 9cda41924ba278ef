// Modulation transfer function from the edge of a high-contrast disc, as the task
// transfer function of circular inserts (Richard et al. 2012; AAPM TG-233, 2019):
// pixels sorted by their distance from the disc's known centre give an edge profile
// finer than the pixel; its derivative, tapered, gives the MTF by Fourier transform.
// Trap: a taper that reaches the edge narrows the line spread and flatters the MTF, so it is flat over its inner half.

import ndarray from 'ndarray'
import fft from 'ndarray-fft'
import type { QualityLayout } from '../ct/case.ts'
import type { ImageGrid } from '../ct/geometry.ts'
import { UserError } from '../ct/user-error.ts'
import type { Curve } from './curve.ts'
import { discCentre, requireOnGrid } from './disc-pixels.ts'

export interface Mtf {
  /** Frequency at which the MTF falls to one half, line pairs per mm; null when it does not below Nyquist, or there is no edge. */
  readonly mtf50PerMm: number | null
  /** From 0 to Nyquist, 1 at frequency 0. Empty where less than a tenth of the contrast is left. */
  readonly mtf: Curve
}

/** The profile reaches from (1 − reach) to (1 + reach) radii: the surroundings must be uniform that far. */
const reach = 0.5
const samplesPerPixel = 4
const fewestPixels = 4

/**
 * MTF of the edge of `disc`, from both realisations together.
 * @param images Two realisations. Row-major [row][column], float32, HU.
 * @throws UserError when the disc with its surroundings (1.5 radii) does not lie on the grid, or is too small for its pixels.
 */
export function edgeMtf(
  images: readonly [Float32Array, Float32Array],
  grid: ImageGrid,
  disc: QualityLayout['edge'],
): Mtf {
  const halfWidthMm = reach * disc.radiusMm
  requireOnGrid(grid, disc, disc.radiusMm + halfWidthMm)
  if (halfWidthMm < fewestPixels * grid.pixelMm)
    throw new UserError(
      `Image quality: the edge "${disc.name}" has a radius of ${disc.radiusMm} mm, its MTF needs ${(fewestPixels * grid.pixelMm) / reach} mm ` +
        `with pixels of ${grid.pixelMm} mm. Use smaller pixels.`,
    )
  const stepMm = grid.pixelMm / samplesPerPixel
  const profile = edgeProfile(images, grid, disc, halfWidthMm, stepMm)
  if (Math.abs(profileContrast(profile)) < 0.1 * Math.abs(disc.insideHu - disc.outsideHu))
    return { mtf50PerMm: null, mtf: { frequencyPerMm: [], value: [] } }
  const mtf = transfer(lineSpread(profile), stepMm, grid.pixelMm)
  return { mtf50PerMm: firstCrossing(mtf, 0.5), mtf }
}

/** Mean HU against the distance from the disc's centre, at the middles of bins of stepMm, centred on the edge. */
function edgeProfile(
  images: readonly [Float32Array, Float32Array],
  grid: ImageGrid,
  disc: QualityLayout['edge'],
  halfWidthMm: number,
  stepMm: number,
): Float64Array {
  const bins = 2 * Math.floor(halfWidthMm / stepMm)
  const startMm = disc.radiusMm - (bins / 2) * stepMm
  const distances = new Float64Array(bins)
  const values = new Float64Array(bins)
  const counts = new Float64Array(bins)
  const { row, column } = discCentre(grid, disc)
  const outer = (disc.radiusMm + halfWidthMm) / grid.pixelMm
  const [first, second] = images
  for (let r = Math.max(0, Math.ceil(row - outer)); r <= Math.min(grid.rows - 1, row + outer); r++)
    for (let c = Math.max(0, Math.ceil(column - outer)); c <= Math.min(grid.columns - 1, column + outer); c++) {
      const distanceMm = Math.sqrt((r - row) ** 2 + (c - column) ** 2) * grid.pixelMm
      const bin = Math.floor((distanceMm - startMm) / stepMm)
      if (bin < 0 || bin >= bins) continue
      const pixel = r * grid.columns + c
      distances[bin] += distanceMm
      values[bin] += 0.5 * (first[pixel]! + second[pixel]!)
      counts[bin]++
    }

  // Bin means sit at the mean distance of their pixels: interpolate to the middles, across empty bins too.
  const filled: number[] = []
  for (let bin = 0; bin < bins; bin++) {
    if (counts[bin] === 0) continue
    distances[bin] /= counts[bin]!
    values[bin] /= counts[bin]!
    filled.push(bin)
  }
  const profile = new Float64Array(bins)
  let next = 1
  for (let bin = 0; bin < bins; bin++) {
    const middleMm = startMm + (bin + 0.5) * stepMm
    while (next < filled.length - 1 && distances[filled[next]!]! < middleMm) next++
    const [a, b] = [filled[next - 1]!, filled[next]!]
    const share = (middleMm - distances[a]!) / (distances[b]! - distances[a]!)
    profile[bin] = values[a]! + Math.min(1, Math.max(0, share)) * (values[b]! - values[a]!)
  }
  return profile
}

/** Mean of the inner quarter of the profile minus mean of the outer quarter, HU. */
function profileContrast(profile: Float64Array): number {
  const quarter = Math.floor(profile.length / 4)
  let difference = 0
  for (let i = 0; i < quarter; i++) difference += profile[i]! - profile[profile.length - 1 - i]!
  return difference / quarter
}

/** Differences of neighbouring samples under a Tukey taper: 1 over the inner half, a Hann slope to 0 at either end. */
function lineSpread(profile: Float64Array): Float64Array {
  const spread = new Float64Array(profile.length - 1)
  const middle = (spread.length - 1) / 2
  for (let i = 0; i < spread.length; i++) {
    const out = Math.abs(i - middle) / (middle + 1)
    const taper = out <= 0.5 ? 1 : Math.cos(Math.PI * (out - 0.5)) ** 2
    spread[i] = taper * (profile[i + 1]! - profile[i]!)
  }
  return spread
}

/** |Fourier transform| of the line spread, 1 at frequency 0, freed of what binning and differencing took away: sinc². */
function transfer(spread: Float64Array, stepMm: number, pixelMm: number): Curve {
  let length = 128 * samplesPerPixel // 64 frequencies below Nyquist
  while (length < spread.length) length *= 2
  const real = new Float64Array(length)
  const imaginary = new Float64Array(length)
  real.set(spread)
  fft(1, ndarray(real, [length]), ndarray(imaginary, [length]))
  const curve: Curve = { frequencyPerMm: [], value: [] }
  const atZero = Math.abs(real[0]!)
  for (let k = 0; k <= length / (2 * samplesPerPixel); k++) {
    const frequency = k / (length * stepMm)
    const phase = Math.PI * frequency * stepMm
    const sinc = k === 0 ? 1 : Math.sin(phase) / phase
    curve.frequencyPerMm.push(Math.min(frequency, 0.5 / pixelMm))
    curve.value.push(Math.hypot(real[k]!, imaginary[k]!) / (atZero * sinc * sinc))
  }
  return curve
}

/** The frequency at which the curve first falls to `level`, by linear interpolation; null when it never does. */
function firstCrossing({ frequencyPerMm, value }: Curve, level: number): number | null {
  for (let k = 1; k < value.length; k++) {
    if (value[k]! > level) continue
    const share = (value[k - 1]! - level) / (value[k - 1]! - value[k]!)
    return frequencyPerMm[k - 1]! + share * (frequencyPerMm[k]! - frequencyPerMm[k - 1]!)
  }
  return null
}

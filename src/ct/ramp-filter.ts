// The ramp filter of FBP, built in space and band-limited (Kak & Slaney 1988,
// eq. 61), so that its response at zero frequency is the small positive number
// that finite detectors need: a ramp sampled in frequency loses the mean.
// Fans: filtered at the virtual detector through the isocentre (flat, ch. 3.4.2)
// or along the fan angle (curved, ch. 3.4.1: (α/sin α)²·h(α)); their factor ½ is in rayWeights.
// Trap: ndarray-fft has the sign of the exponent reversed; an even real response does not notice.

import ndarray from 'ndarray'
import fft from 'ndarray-fft'
import { exactCos, exactSin } from './exact-math.ts'
import { viewCount, type Geometry } from './geometry.ts'
import { filterNames, type FilterName, type RampFilter } from './projector.ts'
import { UserError } from './user-error.ts'
import { rayWeights } from './view-weights.ts'

/** Spacing of the samples that are filtered: mm at the isocentre (parallel, flat fan) or radians (curved fan). */
export function filterSpacing(geometry: Geometry): number {
  if (geometry.kind === 'parallel') return geometry.pitchMm
  if (geometry.detector === 'curved') return geometry.pitchMm / geometry.sourceToDetectorMm
  return (geometry.pitchMm * geometry.sourceToIsocentreMm) / geometry.sourceToDetectorMm
}

/** Padded row length: the power of two of at least 2 · bins, so that no row wraps into itself. */
export function paddedLength(bins: number): number {
  let length = 2
  while (length < 2 * bins) length *= 2
  return length
}

/**
 * Frequency response of the windowed ramp, times the sample spacing: multiply the
 * padded row's discrete Fourier transform by it. Real and even, paddedLength values,
 * index k is frequency k / (paddedLength · spacing), float64, per spacing unit.
 * @throws UserError for an unknown window or a cutoff outside (0, 1].
 */
export function rampResponse(geometry: Geometry, filter: RampFilter): Float64Array {
  requireFilter(filter)
  const length = paddedLength(geometry.bins)
  const response = wrappedKernel(geometry, length)
  transform(1, response, new Float64Array(length))
  for (let k = 0; k < length; k++) {
    const relativeFrequency = Math.min(k, length - k) / (length / 2)
    response[k]! *= windowValue(filter.name, relativeFrequency / filter.cutoff)
  }
  return response
}

/**
 * The same filter as a convolution: values at lags 0 … bins − 1 (it is even), float64.
 * filtered[i] = Σ_j row[j] · kernel[|i − j|].
 */
export function rampKernel(geometry: Geometry, filter: RampFilter): Float64Array {
  const kernel = rampResponse(geometry, filter)
  transform(-1, kernel, new Float64Array(kernel.length))
  return kernel.slice(0, geometry.bins)
}

/**
 * Prepares the first half of FBP: ray weights, then the windowed ramp along the
 * bins. The returned function maps [batch][view][bin] to the same; input and
 * output may be one array. Two views share one complex transform, as its real and
 * imaginary part, which a real even response keeps apart.
 */
export function rowFilter(
  geometry: Geometry,
  filter: RampFilter,
): (sinogram: Float32Array | Float64Array, filtered: Float32Array | Float64Array) => void {
  const response = rampResponse(geometry, filter)
  const { perBin, perRay } = rayWeights(geometry)
  const { bins } = geometry
  const views = viewCount(geometry)
  const length = response.length
  const first = new Float64Array(length)
  const second = new Float64Array(length)

  const load = (row: Float64Array, sinogram: Float32Array | Float64Array, index: number): void => {
    const start = index * bins
    const rayStart = (index % views) * bins
    for (let bin = 0; bin < bins; bin++)
      row[bin] = sinogram[start + bin]! * perBin[bin]! * (perRay === null ? 1 : perRay[rayStart + bin]!)
    row.fill(0, bins)
  }

  return (sinogram, filtered) => {
    const rows = sinogram.length / bins
    for (let index = 0; index < rows; index += 2) {
      const paired = index + 1 < rows
      load(first, sinogram, index)
      if (paired) load(second, sinogram, index + 1)
      else second.fill(0)
      transform(1, first, second)
      for (let k = 0; k < length; k++) {
        first[k]! *= response[k]!
        second[k]! *= response[k]!
      }
      transform(-1, first, second)
      for (let bin = 0; bin < bins; bin++) filtered[index * bins + bin] = first[bin]!
      if (paired) for (let bin = 0; bin < bins; bin++) filtered[(index + 1) * bins + bin] = second[bin]!
    }
  }
}

/** Window at `x`, frequency over the window's end: 1 at 0, zero beyond 1. */
export function windowValue(name: FilterName, x: number): number {
  if (x > 1) return 0
  switch (name) {
    case 'ram-lak':
      return 1
    case 'shepp-logan':
      return x === 0 ? 1 : exactSin((Math.PI * x) / 2) / ((Math.PI * x) / 2)
    case 'cosine':
      return exactCos((Math.PI * x) / 2)
    case 'hamming':
      return 0.54 + 0.46 * exactCos(Math.PI * x)
    case 'hann':
      return 0.5 + 0.5 * exactCos(Math.PI * x)
    default:
      return name satisfies never
  }
}

/** The band-limited ramp h(nτ)·τ (eq. 61) at lags 0, 1, …, N/2, …, −1; on a curved detector times (nα/sin nα)². */
function wrappedKernel(geometry: Geometry, length: number): Float64Array {
  const spacing = filterSpacing(geometry)
  const curved = geometry.kind === 'fan' && geometry.detector === 'curved'
  const kernel = new Float64Array(length)
  kernel[0] = 1 / (4 * spacing)
  for (let n = 1; n <= length / 2; n++) {
    let value = n % 2 === 0 ? 0 : -1 / (Math.PI * Math.PI * n * n * spacing)
    if (curved) {
      // Lags beyond the detector touch no sample; their factor only has to stay smooth, away from sin π = 0.
      const alpha = Math.min(n, geometry.bins - 1) * spacing
      if (alpha > 0) value *= (alpha / exactSin(alpha)) * (alpha / exactSin(alpha))
    }
    kernel[n] = value
    kernel[length - n] = value
  }
  return kernel
}

function transform(direction: 1 | -1, real: Float64Array, imaginary: Float64Array): void {
  fft(direction, ndarray(real, [real.length]), ndarray(imaginary, [imaginary.length]))
}

function requireFilter(filter: RampFilter): void {
  if (!filterNames.includes(filter.name))
    throw new UserError(`Unknown filter "${filter.name}". Known: ${filterNames.join(', ')}.`)
  if (!(filter.cutoff > 0 && filter.cutoff <= 1))
    throw new UserError(`The filter's cutoff is ${filter.cutoff}, expected more than 0 and at most 1 (a fraction of Nyquist).`)
}

// Raw detector readings → line integrals by Beer and Lambert:
// p = −ln((counts − dark)/(flat − dark)), with flat (beam, no object) and dark (no
// beam) read per bin. Traps: a dead bin has flat ≈ dark, and a starved ray has counts
// at or below dark; neither has a logarithm.

import { UserError } from './user-error.ts'

export interface Transmission {
  /** Row-major [view][bin], float32, dimensionless line integrals. */
  readonly data: Float32Array
  /** Bins without a usable flat field, filled from their neighbours. */
  readonly deadBins: number[]
  /** Rays whose counts were at or below the dark field, raised to the floor. */
  readonly starvedRays: number
}

export interface Readings {
  /** Row-major [view][bin], any unit that is linear in the photons. */
  readonly counts: ArrayLike<number>
  /** Mean flat field, [bin]. */
  readonly flat: ArrayLike<number>
  /** Mean dark field, [bin]. */
  readonly dark: ArrayLike<number>
}

/** A bin whose flat field is below this fraction of the median one is dead. */
const leastFlat = 0.02

/**
 * @param floor least transmission, a fraction of the open beam: what counts at or below the dark field are raised to.
 * @throws UserError when the fields do not fit the bins, a reading is not finite, or every bin is dead.
 */
export function lineIntegrals({ counts, flat, dark }: Readings, name = 'Projections', floor = 1e-4): Transmission {
  const bins = flat.length
  if (dark.length !== bins || counts.length % bins !== 0)
    throw new UserError(`${name}: ${counts.length} readings, ${bins} flat and ${dark.length} dark values do not share one number of bins.`)
  const open = Float64Array.from({ length: bins }, (_, bin) => flat[bin]! - dark[bin]!)
  const median = open.toSorted()[Math.floor(bins / 2)]!
  if (!(median > 0)) throw new UserError(`${name}: the flat field is not brighter than the dark field in most bins. Are they swapped?`)
  const deadBins = [...open.keys()].filter(bin => !(open[bin]! >= leastFlat * median))

  const data = new Float32Array(counts.length)
  let starvedRays = 0
  for (let i = 0; i < counts.length; i++) {
    const bin = i % bins
    if (!Number.isFinite(counts[i]!)) throw new UserError(`${name}: reading ${i} is ${counts[i]}; every one must be finite.`)
    const transmission = (counts[i]! - dark[bin]!) / open[bin]!
    if (transmission < floor) starvedRays++
    data[i] = -Math.log(Math.max(transmission, floor))
  }
  if (deadBins.length > 0) fillDeadBins(data, bins, deadBins)
  return { data, deadBins, starvedRays }
}

/** The mean over the first axis: [field][bin] → [bin]. */
export function meanField(fields: ArrayLike<number>, bins: number): Float64Array {
  const mean = new Float64Array(bins)
  for (let i = 0; i < fields.length; i++) mean[i % bins]! += fields[i]!
  return mean.map(sum => sum / (fields.length / bins))
}

/** Straight line between the nearest live bins; the nearest one's value at the ends. */
function fillDeadBins(data: Float32Array, bins: number, deadBins: readonly number[]): void {
  const dead = new Set(deadBins)
  const nearest = (bin: number, step: -1 | 1): number => {
    let found = bin + step
    while (dead.has(found)) found += step
    return found
  }
  for (const bin of deadBins) {
    const before = nearest(bin, -1)
    const after = nearest(bin, 1)
    const left = before < 0 ? after : before
    const right = after >= bins ? before : after
    const weight = left === right ? 0 : (bin - left) / (right - left)
    for (let start = 0; start < data.length; start += bins)
      data[start + bin] = (1 - weight) * data[start + left]! + weight * data[start + right]!
  }
}

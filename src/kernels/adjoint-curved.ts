// Exact transpose of the forward projection for a curved fan, as a gather: one thread
// a pixel. The weights are those of adjoint-flat.ts; only the pixel's own bin is found
// by its fan angle: arctan by Abramowitz & Stegun 4.4.49 (error 2e-8) of the half
// angle, written out because gpu.js would call back into JavaScript for Math.atan.

import type { KernelThis } from './kernel-this.ts'

export interface AdjointCurvedConstants {
  readonly views: number
  /** Bins that can touch a pixel, at most. */
  readonly candidates: number
  readonly middleColumn: number
  readonly middleRow: number
  readonly pixelMm: number
  readonly sourceToIsocentreMm: number
  /** Padded bin of the detector coordinate 0. */
  readonly centralBin: number
  /** sourceToDetectorMm / pitchMm. */
  readonly binsPerRad: number
  /** bins · mm. */
  readonly reach: number
  /** [view] */
  readonly cos: number[]
  readonly sin: number[]
  /** [padded bin]: the ray's direction at θ = 0: across (along u) and away from the source. */
  readonly sinFan: number[]
  readonly cosFan: number[]
}

/** padded: [plane][view][padded bin] → [plane][row][column], mm. */
export function adjointCurved(this: KernelThis<AdjointCurvedConstants>, padded: number[][]): number {
  const x = (this.thread.x - this.constants.middleColumn) * this.constants.pixelMm
  const y = (this.constants.middleRow - this.thread.y) * this.constants.pixelMm
  const firstRow = this.thread.z * this.constants.views
  let sum = 0
  for (let view = 0; view < this.constants.views; view++) {
    const cos = this.constants.cos[view]!
    const sin = this.constants.sin[view]!
    const across = x * cos + y * sin
    const depth = this.constants.sourceToIsocentreMm - x * sin + y * cos
    const distance = Math.sqrt(across * across + depth * depth)
    const t = across / (depth + distance)
    const t2 = t * t
    const arctan =
      t *
      (1 +
        t2 *
          (-0.3333314528 +
            t2 *
              (0.1999355085 +
                t2 *
                  (-0.1420889944 +
                    t2 * (0.1065626393 + t2 * (-0.07528964 + t2 * (0.0429096138 + t2 * (-0.0161657367 + t2 * 0.0028662257))))))))
    const centre = this.constants.centralBin + this.constants.binsPerRad * 2 * arctan
    const first = Math.floor(centre - this.constants.reach / distance)
    for (let candidate = 0; candidate < this.constants.candidates; candidate++) {
      const bin = first + candidate
      const sinFan = this.constants.sinFan[bin]!
      const cosFan = this.constants.cosFan[bin]!
      const major = Math.max(Math.abs(cos * sinFan - sin * cosFan), Math.abs(sin * sinFan + cos * cosFan))
      const missMm = Math.abs(across * cosFan - depth * sinFan)
      sum += Math.max(0, (this.constants.pixelMm - missMm / major) / major) * padded[firstRow + view]![bin]!
    }
  }
  return sum
}

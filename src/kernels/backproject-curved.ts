// Pixel-driven back-projection for a curved fan, one thread a pixel (Kak & Slaney 1988,
// ch. 3.4.1). Rows are padded with zeros so that every pixel falls inside. The arctan is
// that of adjoint-curved.ts.

import type { KernelThis } from './kernel-this.ts'

export interface BackprojectCurvedConstants {
  readonly views: number
  readonly middleColumn: number
  readonly middleRow: number
  readonly pixelMm: number
  readonly sourceToIsocentreMm: number
  /** Padded bin of the detector coordinate 0. */
  readonly centralBin: number
  /** sourceToDetectorMm / pitchMm. */
  readonly binsPerRad: number
  /** [view] */
  readonly cos: number[]
  readonly sin: number[]
  /** [view]: radians that the view stands for. */
  readonly viewWeight: number[]
}

/** padded: filtered rows, [plane][view][padded bin] → [plane][row][column], 1/mm. */
export function backprojectCurved(this: KernelThis<BackprojectCurvedConstants>, padded: number[][]): number {
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
    const position = this.constants.centralBin + this.constants.binsPerRad * 2 * arctan
    const bin = Math.floor(position)
    const value = padded[firstRow + view]![bin]!
    const weight = this.constants.viewWeight[view]! / (distance * distance)
    sum += weight * (value + (position - bin) * (padded[firstRow + view]![bin + 1]! - value))
  }
  return sum
}

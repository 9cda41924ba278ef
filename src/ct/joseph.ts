// Joseph's method (Joseph 1982): a ray steps from column to column (or row to row,
// whichever it crosses more steeply) and interpolates linearly between the two
// pixels it passes; outside the grid pixels are zero. Every engine takes its rays
// from here, so that `forward` and `adjoint` share each weight.
// Trap: the choice of axis must be made once per ray; two engines that decide a
// 45° ray differently are both right and still disagree.

import { exactCos, exactSin } from './exact-math.ts'
import { GeometryError, type Geometry, type ImageGrid } from './geometry.ts'
import { binCentreMm } from './view-weights.ts'

/** The rays of one view in pixel units, [bin], float64. */
export interface ViewRays {
  /** 1: the ray visits every column i and lies at row `intercept + slope·i` there. 0: rows and columns exchanged. */
  readonly alongColumns: Uint8Array
  readonly intercept: Float64Array
  readonly slope: Float64Array
  /** Length of the ray between neighbouring steps, mm. */
  readonly stepMm: Float64Array
}

export function allocateViewRays(bins: number): ViewRays {
  return {
    alongColumns: new Uint8Array(bins),
    intercept: new Float64Array(bins),
    slope: new Float64Array(bins),
    stepMm: new Float64Array(bins),
  }
}

/** Fills `rays` with the rays of view `view`. */
export function fillViewRays(geometry: Geometry, grid: ImageGrid, view: number, rays: ViewRays): void {
  const { pixelMm } = grid
  const middleColumn = (grid.columns - 1) / 2
  const middleRow = (grid.rows - 1) / 2
  const cos = exactCos(geometry.anglesRad[view]!)
  const sin = exactSin(geometry.anglesRad[view]!)
  for (let bin = 0; bin < geometry.bins; bin++) {
    const s = binCentreMm(geometry, bin)
    // A point (x, y) of the ray, mm, and its direction (dx, dy).
    let x = s * cos
    let y = s * sin
    let dx = -sin
    let dy = cos
    if (geometry.kind === 'fan') {
      x = geometry.sourceToIsocentreMm * sin
      y = -geometry.sourceToIsocentreMm * cos
      // Parts of the direction along the central ray and along the detector.
      let along = geometry.sourceToDetectorMm
      let across = s
      if (geometry.detector === 'curved') {
        along = exactCos(s / geometry.sourceToDetectorMm)
        across = exactSin(s / geometry.sourceToDetectorMm)
      }
      dx = -sin * along + cos * across
      dy = cos * along + sin * across
    }
    const column = x / pixelMm + middleColumn
    const row = middleRow - y / pixelMm
    if (Math.abs(dx) >= Math.abs(dy)) {
      const slope = -dy / dx
      rays.alongColumns[bin] = 1
      rays.slope[bin] = slope
      rays.intercept[bin] = row - slope * column
      rays.stepMm[bin] = pixelMm * Math.sqrt(1 + slope * slope)
    } else {
      const slope = -dx / dy
      rays.alongColumns[bin] = 0
      rays.slope[bin] = slope
      rays.intercept[bin] = column - slope * row
      rays.stepMm[bin] = pixelMm * Math.sqrt(1 + slope * slope)
    }
  }
}

/** Distance from the isocentre to the centre of a corner pixel plus one pixel: beyond it no ray meets the image. */
export function gridReachMm(grid: ImageGrid): number {
  const width = (grid.columns + 1) * grid.pixelMm
  const height = (grid.rows + 1) * grid.pixelMm
  return Math.sqrt(width * width + height * height) / 2
}

/** @throws GeometryError when the source of a fan beam turns inside the image grid. */
export function requireSourceOutside(geometry: Geometry, grid: ImageGrid): void {
  if (geometry.kind !== 'fan' || geometry.sourceToIsocentreMm > gridReachMm(grid)) return
  throw new GeometryError(
    `The source turns ${geometry.sourceToIsocentreMm} mm from the isocentre, inside the image grid (its corners reach ` +
      `${gridReachMm(grid).toFixed(1)} mm). Take a smaller grid or smaller pixels.`,
  )
}

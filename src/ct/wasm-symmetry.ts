// Quarter turns and mirrors of the plane, under which pixels and views of a scan
// repeat: a ray of view φ is a ray of a `frame`, a view at another angle, seen
// through a symmetry. What lies at the same place of the frame is computed once for
// up to four views or pixels, one per lane of a vector.

import type { Geometry, ImageGrid } from './geometry.ts'

/** Maps a point of the frame to the image: mirrored (y → −y) first, then turned counter-clockwise. */
export interface Symmetry {
  readonly quarterTurns: 0 | 1 | 2 | 3
  readonly mirrored: boolean
}

/** A view as a frame sees it. */
export interface FramedView {
  /** Angle of the frame, rad. */
  readonly angleRad: number
  /** Equal for equal angles: whole nanoradians. */
  readonly key: number
  /** Bin b of the frame is bin bins − 1 − b of the view. */
  readonly reversed: boolean
}

/** Angles closer than this are one angle: 10⁻⁶ bins at the edge of a large detector. */
export const sameAngleRad = 1e-9

/** The frame in which `view` appears through `symmetry`, or null when the detector is not symmetric enough. */
export function framedView(geometry: Geometry, view: number, symmetry: Symmetry): FramedView | null {
  const turnRad = (symmetry.quarterTurns * Math.PI) / 2
  let angleRad = symmetry.mirrored ? turnRad - geometry.anglesRad[view]! : geometry.anglesRad[view]! - turnRad
  let reversed = false
  let period = 2 * Math.PI
  if (geometry.kind === 'fan') {
    // A mirrored fan has its source mirrored, and its detector runs the other way.
    if (symmetry.mirrored) {
      if (geometry.offsetMm !== 0) return null
      angleRad -= Math.PI
      reversed = true
    }
  } else if (geometry.offsetMm === 0) period = Math.PI // The opposite view of a parallel beam is the same one, reversed.
  const periods = Math.floor((angleRad + sameAngleRad / 2) / period)
  angleRad -= periods * period
  if (period === Math.PI && periods % 2 !== 0) reversed = !reversed
  return { angleRad, key: Math.abs(Math.round(angleRad / sameAngleRad)), reversed }
}

/** Affine index of the pixel that a symmetry makes of (row, column). */
export interface PixelIndex {
  readonly origin: number
  readonly perRow: number
  readonly perColumn: number
}

/** Frame pixel → index into the image. The frame has the image's rows and columns, exchanged by an odd number of turns. */
export function imageIndex(symmetry: Symmetry, frame: ImageGrid, image: ImageGrid): PixelIndex {
  return affine((x, y) => {
    let [u, v] = symmetry.mirrored ? [x, -y] : [x, y]
    for (let turn = 0; turn < symmetry.quarterTurns; turn++) [u, v] = [-v, u]
    return [u, v]
  }, frame, image, image.columns)
}

/** Image pixel → index into a frame whose rows are `stride` cells long: the inverse of `imageIndex`. */
export function frameIndex(symmetry: Symmetry, image: ImageGrid, frame: ImageGrid, stride: number): PixelIndex {
  return affine((x, y) => {
    let [u, v] = [x, y]
    for (let turn = 0; turn < symmetry.quarterTurns; turn++) [u, v] = [v, -u]
    return symmetry.mirrored ? [u, -v] : [u, v]
  }, image, frame, stride)
}

/** The grid of a frame whose rays are seen through symmetries with this parity of turns. */
export function frameGrid(grid: ImageGrid, symmetry: Symmetry): ImageGrid {
  return symmetry.quarterTurns % 2 === 0 ? grid : { rows: grid.columns, columns: grid.rows, pixelMm: grid.pixelMm }
}

/** Coordinates are counted in half pixels from the middle, so that all are whole. */
function affine(map: (x: number, y: number) => [number, number], from: ImageGrid, to: ImageGrid, stride: number): PixelIndex {
  const index = (row: number, column: number): number => {
    const [x, y] = map(2 * column - (from.columns - 1), from.rows - 1 - 2 * row)
    return ((to.rows - 1 - y) / 2) * stride + (x + to.columns - 1) / 2
  }
  const origin = index(0, 0)
  return { origin, perRow: index(1, 0) - origin, perColumn: index(0, 1) - origin }
}

// Shapes as flat arrays, for the loops over rays and scanlines. An ellipse is its
// centre and the matrix Σ = M·Mᵀ, where M carries the unit disc to the ellipse (for a
// blob: to its 1σ contour). The line n·p = s (|n| = 1) then has the distance
// d = s − n·c from the centre, the shadow's half-width is w = √(nᵀΣn), and the chord is
// 2·√detΣ·√(w² − d²)/w² long (Kak & Slaney 1988, sec. 3.1, in matrix form).

import { exactCos, exactSin } from '../ct/exact-math.ts'
import { blobReach, type Blob, type PaintedShape, type Shape } from './shapes.ts'

/** One entry per shape in every array. */
export interface Ellipses {
  readonly count: number
  readonly x: Float64Array
  readonly y: Float64Array
  /** Σ, mm². */
  readonly xx: Float64Array
  readonly xy: Float64Array
  readonly yy: Float64Array
  /** √detΣ: the product of the semi-axes (or of the σ), mm². */
  readonly root: Float64Array
  /** Attenuation of a painted shape, peak of a blob, 1/mm. */
  readonly value: Float64Array
}

/** Painted shapes, the first lies lowest, with the half-planes of shape i at clipStart[i] … clipStart[i + 1]. */
export interface CompiledPaint extends Ellipses {
  readonly clipStart: Int32Array
  readonly clipX: Float64Array
  readonly clipY: Float64Array
  readonly clipOffset: Float64Array
}

export interface CompiledShapes {
  readonly paint: CompiledPaint
  readonly blobs: Ellipses
  /** Circle about the isocentre that holds every shape, mm. */
  readonly radiusMm: number
}

export function compileShapes(shapes: readonly Shape[]): CompiledShapes {
  const painted = shapes.filter((shape): shape is PaintedShape => shape.kind === 'painted')
  const added = shapes.filter((shape): shape is Blob => shape.kind === 'blob')
  const paint = ellipses(painted.length)
  painted.forEach((shape, i) => place(paint, i, shape, shape.semiAMm, shape.semiBMm, shape.attenuation))
  const blobs = ellipses(added.length)
  added.forEach((shape, i) => place(blobs, i, shape, shape.sigmaAMm, shape.sigmaBMm, shape.peak))

  const clips = painted.flatMap(shape => shape.clips)
  const clipStart = new Int32Array(painted.length + 1)
  painted.forEach((shape, i) => (clipStart[i + 1] = clipStart[i]! + shape.clips.length))
  const radiusMm = Math.max(reachMm(paint, 1), reachMm(blobs, blobReach))
  return {
    paint: {
      ...paint,
      clipStart,
      clipX: Float64Array.from(clips, clip => clip.normalX),
      clipY: Float64Array.from(clips, clip => clip.normalY),
      clipOffset: Float64Array.from(clips, clip => clip.offsetMm),
    },
    blobs,
    radiusMm,
  }
}

function ellipses(count: number): Ellipses {
  const column = (): Float64Array => new Float64Array(count)
  return { count, x: column(), y: column(), xx: column(), xy: column(), yy: column(), root: column(), value: column() }
}

function place(to: Ellipses, i: number, shape: Shape, semiA: number, semiB: number, value: number): void {
  const { axisX: c, axisY: s } = shape
  const a2 = semiA * semiA
  const b2 = semiB * semiB
  to.x[i] = shape.xMm
  to.y[i] = shape.yMm
  to.xx[i] = a2 * c * c + b2 * s * s
  to.xy[i] = (a2 - b2) * c * s
  to.yy[i] = a2 * s * s + b2 * c * c
  to.root[i] = semiA * semiB
  to.value[i] = value
}

const directions = 128
const cosines = Float64Array.from({ length: directions }, (_, i) => exactCos((2 * Math.PI * i) / directions))
const sines = Float64Array.from({ length: directions }, (_, i) => exactSin((2 * Math.PI * i) / directions))
const slack = 1 / exactCos(Math.PI / directions)

/** An upper bound, at most 0.03 % above the truth, of how far the ellipses c, Σ·scale² reach from the isocentre, mm. */
function reachMm(all: Ellipses, scale: number): number {
  let farthest = 0
  for (let i = 0; i < all.count; i++) {
    const x = all.x[i]!
    const y = all.y[i]!
    const xx = all.xx[i]!
    const yy = all.yy[i]!
    const xy = all.xy[i]!
    // Its circle: the larger eigenvalue of Σ.
    const difference = (xx - yy) / 2
    const semiAxis = Math.sqrt((xx + yy) / 2 + Math.sqrt(difference * difference + xy * xy))
    const bound = Math.sqrt(x * x + y * y) + scale * semiAxis
    if (bound <= farthest) continue
    // n·c + √(nᵀΣn) is how far it reaches along n; between the directions it may be `slack` times as far.
    let along = 0
    for (let k = 0; k < directions; k++) {
      const c = cosines[k]!
      const s = sines[k]!
      along = Math.max(along, c * x + s * y + scale * Math.sqrt(c * c * xx + 2 * c * s * xy + s * s * yy))
    }
    farthest = Math.max(farthest, Math.min(bound, along * slack))
  }
  return farthest
}

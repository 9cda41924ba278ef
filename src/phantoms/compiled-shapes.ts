// Shapes as flat arrays, for the loops over rays and scanlines. An ellipse is its
// centre and the matrix Σ = M·Mᵀ, where M carries the unit disc to the ellipse (for a
// blob: to its 1σ contour). The line n·p = s (|n| = 1) then has the distance
// d = s − n·c from the centre, the shadow's half-width is w = √(nᵀΣn), and the chord is
// 2·√detΣ·√(w² − d²)/w² long (Kak & Slaney 1988, sec. 3.1, in matrix form).

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
  const radiusMm = Math.max(
    0,
    ...painted.map(shape => reach(shape, Math.max(shape.semiAMm, shape.semiBMm))),
    ...added.map(shape => reach(shape, blobReach * Math.max(shape.sigmaAMm, shape.sigmaBMm))),
  )
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

function reach(shape: Shape, semiAxisMm: number): number {
  return Math.sqrt(shape.xMm * shape.xMm + shape.yMm * shape.yMm) + semiAxisMm
}

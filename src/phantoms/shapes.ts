// The two building blocks of every phantom. Painted shapes are ellipses, optionally
// cut by half-planes, and later ones cover earlier ones: an organ is the union of a
// few overlapping ellipses of one attenuation. Blobs are Gaussians that are added.
// Lengths in mm about the isocentre, x to the right, y up, attenuation in 1/mm.

import { UserError } from '../ct/user-error.ts'

/** Keeps the points with x·normalX + y·normalY ≤ offsetMm. */
export interface HalfPlane {
  readonly normalX: number
  readonly normalY: number
  readonly offsetMm: number
}

/** An ellipse, less what its half-planes cut off, painted over everything before it. */
export interface PaintedShape {
  readonly kind: 'painted'
  readonly xMm: number
  readonly yMm: number
  /** Semi-axis along (axisX, axisY), mm. */
  readonly semiAMm: number
  /** Semi-axis across it, mm. */
  readonly semiBMm: number
  /** Unit vector of the first semi-axis. */
  readonly axisX: number
  readonly axisY: number
  readonly attenuation: number
  readonly clips: readonly HalfPlane[]
}

/** peak · exp(−½·(a²/σA² + b²/σB²)), added to what is painted; nothing is left of it beyond `blobReach` σ. */
export interface Blob {
  readonly kind: 'blob'
  readonly xMm: number
  readonly yMm: number
  readonly sigmaAMm: number
  readonly sigmaBMm: number
  readonly axisX: number
  readonly axisY: number
  /** Attenuation at the centre, 1/mm; may be negative. */
  readonly peak: number
}

export type Shape = PaintedShape | Blob

/** Blobs end here, in units of σ: what is cut off is below 1.6e-8 of the peak. */
export const blobReach = 6
/** The same as an exponent: a blob is its peak times exp(−t), t up to this. */
export const blobLimit = (blobReach * blobReach) / 2
/** √(2π): a blob's integral along a line through its centre is its peak times σ times this. */
export const rootTwoPi = 2.5066282746310002

/** A direction in the plane; any length but 0. */
export interface Direction {
  readonly x: number
  readonly y: number
}

/** @throws UserError when a semi-axis is not positive or the direction is 0. */
export function ellipse(
  xMm: number,
  yMm: number,
  semiAMm: number,
  semiBMm: number,
  attenuation: number,
  direction: Direction = { x: 1, y: 0 },
  clips: readonly HalfPlane[] = [],
): PaintedShape {
  requireSizes('An ellipse', semiAMm, semiBMm)
  const { axisX, axisY } = axisOf(direction)
  return { kind: 'painted', xMm, yMm, semiAMm, semiBMm, axisX, axisY, attenuation, clips }
}

export function disc(xMm: number, yMm: number, radiusMm: number, attenuation: number): PaintedShape {
  return ellipse(xMm, yMm, radiusMm, radiusMm, attenuation)
}

/** A rectangle about (xMm, yMm), its first side along `direction`. */
export function rectangle(
  xMm: number,
  yMm: number,
  widthMm: number,
  heightMm: number,
  attenuation: number,
  direction: Direction = { x: 1, y: 0 },
): PaintedShape {
  requireSizes('A rectangle', widthMm, heightMm)
  const { axisX, axisY } = axisOf(direction)
  const sides: [number, number, number][] = [
    [axisX, axisY, widthMm / 2],
    [-axisX, -axisY, widthMm / 2],
    [-axisY, axisX, heightMm / 2],
    [axisY, -axisX, heightMm / 2],
  ]
  const clips = sides.map(([normalX, normalY, half]) => ({
    normalX,
    normalY,
    offsetMm: half + normalX * xMm + normalY * yMm,
  }))
  // The half-planes alone make the rectangle; the ellipse round it touches its corners.
  const around = Math.sqrt(0.5)
  return ellipse(xMm, yMm, widthMm * around, heightMm * around, attenuation, { x: axisX, y: axisY }, clips)
}

/** @throws UserError when a σ is not positive or the direction is 0. */
export function blob(
  xMm: number,
  yMm: number,
  sigmaAMm: number,
  peak: number,
  sigmaBMm = sigmaAMm,
  direction: Direction = { x: 1, y: 0 },
): Blob {
  requireSizes('A blob', sigmaAMm, sigmaBMm)
  const { axisX, axisY } = axisOf(direction)
  return { kind: 'blob', xMm, yMm, sigmaAMm, sigmaBMm, axisX, axisY, peak }
}

/** The same shape, `factor` times as large and as far from the isocentre, with the same attenuation. */
export function scaleShape(shape: Shape, factor: number): Shape {
  const xMm = shape.xMm * factor
  const yMm = shape.yMm * factor
  if (shape.kind === 'blob')
    return { ...shape, xMm, yMm, sigmaAMm: shape.sigmaAMm * factor, sigmaBMm: shape.sigmaBMm * factor }
  const clips = shape.clips.map(clip => ({ ...clip, offsetMm: clip.offsetMm * factor }))
  return { ...shape, xMm, yMm, semiAMm: shape.semiAMm * factor, semiBMm: shape.semiBMm * factor, clips }
}

/** Whether (x, y), mm, lies in the painted shape. */
export function contains(shape: PaintedShape, x: number, y: number): boolean {
  const dx = x - shape.xMm
  const dy = y - shape.yMm
  const a = (dx * shape.axisX + dy * shape.axisY) / shape.semiAMm
  const b = (dy * shape.axisX - dx * shape.axisY) / shape.semiBMm
  if (a * a + b * b > 1) return false
  return shape.clips.every(clip => x * clip.normalX + y * clip.normalY <= clip.offsetMm)
}

/** Attenuation (1/mm) at (x, y), mm: the last shape painted there, and every blob that reaches it. */
export function attenuationAt(shapes: readonly Shape[], x: number, y: number, exponential: (x: number) => number): number {
  let painted = 0
  let added = 0
  for (const shape of shapes) {
    if (shape.kind === 'painted') {
      if (contains(shape, x, y)) painted = shape.attenuation
      continue
    }
    const dx = x - shape.xMm
    const dy = y - shape.yMm
    const a = (dx * shape.axisX + dy * shape.axisY) / shape.sigmaAMm
    const b = (dy * shape.axisX - dx * shape.axisY) / shape.sigmaBMm
    const squared = a * a + b * b
    if (squared <= blobReach * blobReach) added += shape.peak * exponential(-squared / 2)
  }
  return painted + added
}

function axisOf({ x, y }: Direction): { axisX: number; axisY: number } {
  const length = Math.sqrt(x * x + y * y)
  if (!(length > 0)) throw new UserError(`A shape's direction is (${x}, ${y}), expected a vector that is not 0.`)
  return { axisX: x / length, axisY: y / length }
}

function requireSizes(what: string, a: number, b: number): void {
  if (!(a > 0 && b > 0)) throw new UserError(`${what} measures ${a} × ${b} mm, expected positive lengths.`)
}

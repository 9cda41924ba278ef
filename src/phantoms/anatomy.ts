// What the anatomical phantoms are drawn with: paint in HU, tissue queries, and
// random texture from Gaussian blobs on a jittered grid.

import { exactCos, exactSin } from '../ct/exact-math.ts'
import type { Random } from '../ct/random.ts'
import { attenuationFromHu, defaultScale, huFromAttenuation } from '../ct/units.ts'
import { blob, blobReach, contains, ellipse, type Direction, type HalfPlane, type PaintedShape, type Shape } from './shapes.ts'

/** The unit vector at this angle, counter-clockwise from +x. */
export function heading(degrees: number): Direction {
  const rad = (degrees * Math.PI) / 180
  return { x: exactCos(rad), y: exactSin(rad) }
}

/** A draw from [low, high). */
export function between(random: Random, low: number, high: number): number {
  return low + (high - low) * random.uniform()
}

/** Attenuation (1/mm) of a CT number, clipped at 0. */
export function tissue(hu: number): number {
  return Math.max(0, attenuationFromHu(hu))
}

export interface Anatomy {
  readonly shapes: Shape[]
  /** Paints an ellipse of this CT number over what is there. Lengths in mm. */
  paint(hu: number, x: number, y: number, a: number, b: number, along?: Direction, clips?: readonly HalfPlane[]): void
  /** CT number painted at (x, y), mm; −1000 outside. Blobs do not count. */
  huAt(x: number, y: number): number
}

export function anatomy(): Anatomy {
  const shapes: Shape[] = []
  const painted: PaintedShape[] = []
  const reach: number[] = [] // squared radius of the circle round each
  return {
    shapes,
    paint(hu, x, y, a, b, along, clips) {
      const shape = ellipse(x, y, a, b, tissue(hu), along, clips)
      painted.push(shape)
      reach.push(Math.max(a, b) * Math.max(a, b))
      shapes.push(shape)
    },
    huAt(x, y) {
      for (let i = painted.length - 1; i >= 0; i--) {
        const shape = painted[i]!
        const dx = x - shape.xMm
        const dy = y - shape.yMm
        if (dx * dx + dy * dy <= reach[i]! && contains(shape, x, y)) return huFromAttenuation(shape.attenuation)
      }
      return -1000
    },
  }
}

const ring = Array.from({ length: 8 }, (_, i) => heading(45 * i))

/** Whether the CT number lies in [lowHu, highHu] at (x, y) and at eight points `marginMm` away. */
export function within(body: Anatomy, x: number, y: number, marginMm: number, lowHu: number, highHu: number): boolean {
  const fits = (px: number, py: number): boolean => {
    const hu = body.huAt(px, py)
    return hu >= lowHu && hu <= highHu
  }
  return fits(x, y) && ring.every(({ x: dx, y: dy }) => fits(x + marginMm * dx, y + marginMm * dy))
}

export interface Texture {
  /** Half of the box that is filled, mm. */
  readonly halfWidthMm: number
  readonly halfHeightMm: number
  /** Distance of neighbouring blobs, each displaced by up to ±0.4 of it. */
  readonly spacingMm: number
  readonly sigmaMm: readonly [number, number]
  /** Peak of a blob, HU. */
  readonly contrastHu: readonly [number, number]
  /** Tissue that a blob may sit in, with this much of the same around it. */
  readonly tissueHu: readonly [number, number]
  readonly marginMm: number
}

/**
 * Adds blobs where the tissue fits. Far from an edge the texture has the standard
 * deviation √π·σ/spacing times the contrast's, and a correlation length of about 2σ.
 */
export function addTexture(body: Anatomy, random: Random, texture: Texture): void {
  const { spacingMm, sigmaMm, contrastHu, tissueHu, marginMm } = texture
  const columns = Math.floor((2 * texture.halfWidthMm) / spacingMm)
  const rows = Math.floor((2 * texture.halfHeightMm) / spacingMm)
  for (let row = 0; row < rows; row++)
    for (let column = 0; column < columns; column++) {
      const x = (column + 0.5 - columns / 2 + between(random, -0.4, 0.4)) * spacingMm
      const y = (row + 0.5 - rows / 2 + between(random, -0.4, 0.4)) * spacingMm
      const sigma = between(random, sigmaMm[0], sigmaMm[1])
      const contrast = between(random, contrastHu[0], contrastHu[1])
      if (!within(body, x, y, marginMm, tissueHu[0], tissueHu[1])) continue
      // A blob must end within the body, and before any gas if it takes away: there is nothing left to take.
      if (!within(body, x, y, 1.1 * blobReach * sigma, contrast < 0 ? -940 : -990, Infinity)) continue
      body.shapes.push(blob(x, y, sigma, (contrast / 1000) * defaultScale.muWater))
    }
}

// Vessels of one lung: trees that branch out from its root and thin towards the
// pleura, and the cut ends of vessels that cross the slice. Thin ones are fainter,
// as in a slice of a few mm.

import type { Random } from '../ct/random.ts'
import { between, heading, within, type Anatomy } from './anatomy.ts'

/** Angle from straight outwards (towards the front is positive) and radius, mm, of the vessels that leave the root. */
const trunks = [
  [-75, 2.6],
  [-38, 3.2],
  [-5, 3],
  [30, 2.6],
  [62, 2.2],
] as const

interface Piece {
  readonly x: number
  readonly y: number
  readonly half: number
  readonly radius: number
  readonly degrees: number
}

/** @param side −1: the lung at the left of the image. @param inLung CT numbers of bare lung, where alone vessels grow. */
export function addLungVessels(body: Anatomy, random: Random, side: number, inLung: readonly [number, number]): void {
  const pieces: Piece[] = []
  const free = (x: number, y: number): boolean => within(body, x, y, 1.5, inLung[0], inLung[1])

  const grow = (x: number, y: number, degrees: number, radius: number): void => {
    const length = radius * between(random, 4, 7.5) + 3
    const bend = between(random, -14, 14)
    const { x: dx, y: dy } = heading(degrees + bend)
    const endX = x + length * dx
    const endY = y + length * dy
    if (!free(endX, endY)) return
    const half = length / 2 + radius * 0.7
    pieces.push({ x: x + 0.5 * length * dx, y: y + 0.5 * length * dy, half, radius, degrees: degrees + bend })
    if (radius < 0.6) return
    const spread = between(random, 24, 52)
    const share = between(random, 0.25, 0.75)
    // Branches leave the slice now and then.
    if (random.uniform() < 0.84) grow(endX, endY, degrees + bend + spread * share, radius * between(random, 0.66, 0.86))
    if (random.uniform() < 0.72) grow(endX, endY, degrees + bend - spread * (1 - share), radius * between(random, 0.6, 0.82))
  }
  const outward = side > 0 ? 0 : 180
  for (const [offset, radius] of trunks) {
    const start = heading(outward + side * offset)
    // The first point in bare lung on the way out from the hilum.
    for (let distance = 4; distance < 60; distance += 2) {
      const x = side * 36 + distance * start.x
      const y = -14 + distance * start.y
      if (!free(x, y)) continue
      const degrees = outward + side * offset + between(random, -10, 10)
      grow(x - 3 * start.x, y - 3 * start.y, degrees, radius * between(random, 0.85, 1.15))
      break
    }
  }
  for (let cut = 0; cut < 110; cut++) {
    const distance = 118 * Math.sqrt(random.uniform())
    const towards = heading(outward + between(random, -100, 100))
    const x = side * 36 + distance * towards.x
    const y = -10 + distance * towards.y
    const radius = between(random, 0.55, 2.3 - 0.013 * distance)
    const stretch = between(random, 1, 1.9)
    const degrees = between(random, 0, 180)
    const half = radius * stretch
    if (within(body, x, y, half + 1, inLung[0], inLung[1])) pieces.push({ x, y, half, radius, degrees })
  }
  // The thickest last: where they meet, they cover the thin ones.
  pieces.sort((one, other) => one.radius - other.radius)
  for (const { x, y, half, radius, degrees } of pieces) body.paint(vesselHu(radius), x, y, half, radius, heading(degrees))
}

/** Blood, thinned by the lung above and below a vessel narrower than the slice is thick. */
function vesselHu(radiusMm: number): number {
  const share = Math.min(1, radiusMm / 1.6)
  return -620 + 665 * share
}

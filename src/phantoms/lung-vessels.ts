// Vessels of one lung: trees that branch out from its root and thin towards the
// pleura, and the cut ends of vessels that cross the slice. Thin ones are fainter,
// as in a slice of a few mm.

import type { Random } from '../ct/random.ts'
import { between, heading, within, type Anatomy } from './anatomy.ts'

/** @param side −1: the lung at the left of the image. @param inLung CT numbers of bare lung, the only place that vessels grow. */
export function addLungVessels(body: Anatomy, random: Random, side: number, inLung: readonly [number, number]): void {
  const painted: [number, number, number, number, number, number][] = []
  const free = (x: number, y: number): boolean => within(body, x, y, 1.5, inLung[0], inLung[1])

  const grow = (x: number, y: number, degrees: number, radius: number): void => {
    const length = radius * between(random, 4, 7.5) + 3
    const bend = between(random, -14, 14)
    const { x: dx, y: dy } = heading(degrees + bend)
    const endX = x + length * dx
    const endY = y + length * dy
    if (!free(endX, endY)) return
    painted.push([x + 0.5 * length * dx, y + 0.5 * length * dy, length / 2 + radius * 0.7, radius, degrees + bend, radius])
    if (radius < 0.6) return
    const spread = between(random, 24, 52)
    const share = between(random, 0.25, 0.75)
    // Branches leave the slice now and then.
    if (random.uniform() < 0.84) grow(endX, endY, degrees + bend + spread * share, radius * between(random, 0.66, 0.86))
    if (random.uniform() < 0.72) grow(endX, endY, degrees + bend - spread * (1 - share), radius * between(random, 0.6, 0.82))
  }
  const outward = side > 0 ? 0 : 180
  for (const [offset, radius] of [[-75, 2.6], [-38, 3.2], [-5, 3], [30, 2.6], [62, 2.2]] as const) {
    const start = heading(outward + side * offset)
    // The first point in bare lung on the way out from the hilum.
    for (let distance = 4; distance < 60; distance += 2) {
      const x = side * 36 + distance * start.x
      const y = -14 + distance * start.y
      if (!free(x, y)) continue
      grow(x - 3 * start.x, y - 3 * start.y, outward + side * offset + between(random, -10, 10), radius * between(random, 0.85, 1.15))
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
    if (within(body, x, y, radius * stretch + 1, inLung[0], inLung[1])) painted.push([x, y, radius * stretch, radius, degrees, radius])
  }
  // The thickest last: where they meet, they cover the thin ones.
  painted.sort((one, other) => one[5] - other[5])
  for (const [x, y, a, b, degrees, radius] of painted) body.paint(vesselHu(radius), x, y, a, b, heading(degrees))
}

/** Blood, thinned by the lung above and below a vessel narrower than the slice is thick. */
function vesselHu(radiusMm: number): number {
  const share = Math.min(1, radiusMm / 1.6)
  return -620 + 665 * share
}

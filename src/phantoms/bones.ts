// Bones that more than one phantom holds: a shell of cortical bone round marrow.

import type { Random } from '../ct/random.ts'
import { between, heading, type Anatomy } from './anatomy.ts'
import type { Direction } from './shapes.ts'

const cortical = 850
const marrow = 180

/** An ellipse of cortical bone, `shellMm` thick, filled with marrow. */
export function bone(
  body: Anatomy,
  x: number,
  y: number,
  a: number,
  b: number,
  along?: Direction,
  shellMm = 1.6,
  marrowHu = marrow,
  corticalHu = cortical,
): void {
  body.paint(corticalHu, x, y, a, b, along)
  if (a > shellMm && b > shellMm) body.paint(marrowHu, x, y, a - shellMm, b - shellMm, along)
}

/** A vertebra seen from below: body in front, canal with cord, arch and processes behind. (x, y): the middle of its body. */
export function vertebra(body: Anatomy, random: Random, x: number, y: number, size: number): void {
  const s = size
  const density = between(random, 120, 230)
  // Processes first, so that the arch and the body cover their roots.
  for (const side of [-1, 1]) {
    bone(body, x + side * 25 * s, y - 25 * s, 13 * s, 4.5 * s, heading(side * -18), 1.3, density)
    bone(body, x + side * 14 * s, y - 22 * s, 7 * s, 6 * s, heading(0), 1.5, density + 120)
  }
  bone(body, x, y - 41 * s, 3.4 * s, 10 * s, heading(between(random, -4, 4)), 1.4, density)
  body.paint(700, x, y - 24 * s, 15 * s, 13 * s)
  body.paint(300, x, y - 25 * s, 12.6 * s, 11.2 * s)
  // The body: an ellipse and two shoulders, cortical shell, then cancellous bone.
  const parts: [number, number, number, number][] = [
    [0, 0, 21, 15.5],
    [-6, -3, 14.5, 13],
    [6, -3, 14.5, 13],
  ]
  for (const [dx, dy, a, b] of parts) body.paint(620, x + dx * s, y + dy * s, a * s, b * s)
  for (const [dx, dy, a, b] of parts) body.paint(density, x + dx * s, y + dy * s, a * s - 1.4, b * s - 1.4)
  body.paint(density - 40, x, y - 4 * s, 6 * s, 6 * s)
  // Canal: epidural fat, dural sac, cord.
  body.paint(700, x, y - 20.5 * s, 11.5 * s, 9.8 * s)
  body.paint(-60, x, y - 20.5 * s, 10 * s, 8.3 * s)
  body.paint(12, x, y - 19.8 * s, 8.2 * s, 6.8 * s)
  body.paint(38, x, y - 19.8 * s, 5 * s, 4 * s)
}

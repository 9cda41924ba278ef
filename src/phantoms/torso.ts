// The wall of the trunk, shared by the slices through chest and abdomen.

import type { Random } from '../ct/random.ts'
import { between, heading, type Anatomy } from './anatomy.ts'

export const muscleHu = 52
export const fatHu = -100

/** Overlapping wide ellipses: flat in front and behind, with a shallow groove at the midline. Half sizes in mm. */
export function paintOutline(body: Anatomy, hu: number, halfWidth: number, halfDepth: number): void {
  for (const side of [-1, 1]) {
    body.paint(hu, side * 0.32 * halfWidth, 0, 0.68 * halfWidth, halfDepth)
    body.paint(hu, side * 0.18 * halfWidth, 0, 0.72 * halfWidth, 0.982 * halfDepth)
  }
  body.paint(hu, 0, 0, 0.7 * halfWidth, 0.962 * halfDepth)
}

/** The muscles along the spine, parted by fat; `reachY` is the depth of the body inside its fat, mm. */
export function paintBack(body: Anatomy, random: Random, reachY: number): void {
  const y = -reachY + 17
  body.paint(-80, 0, y + 4, 54, 20)
  for (const side of [-1, 1]) {
    const size = between(random, 0.92, 1.05)
    body.paint(muscleHu, side * 27, y + 3, 22 * size, 15 * size, heading(side * 12))
    body.paint(muscleHu, side * 45, y + 9, 15, 12, heading(side * 25))
    body.paint(muscleHu + 3, side * 11, y + 2, 8, 14 * size, heading(side * -8))
    body.paint(-70, side * 38, y + 6, 0.7, 11, heading(side * -16))
  }
}

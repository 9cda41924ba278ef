// Stomach, bowel and pancreas: walls, fluid with gas above it, and mottled stool.

import type { Random } from '../ct/random.ts'
import { between, heading, within, type Anatomy } from './anatomy.ts'
import type { Phase, Place } from './contrast-phase.ts'

const gasHu = -940

/** Stomach at the front left, colon along the left wall, loops of small bowel in the fat that is left. */
export function paintGut(body: Anatomy, random: Random, phase: Phase, place: Place): void {
  paintLoops(body, random, phase)
  paintColon(random, phase, place)
  paintStomach(random, phase, place)
}

function paintStomach(random: Random, phase: Phase, place: Place): void {
  const size = between(random, 0.88, 1.05)
  const parts: [number, number, number, number, number][] = [
    [52, 34, 38, 23, 12],
    [68, 26, 25, 25, 0],
    [26, 32, 26, 15, -16],
  ]
  const content = between(random, 5, 28)
  for (const [x, y, a, b, degrees] of parts) place(phase.wall, x, y, a * size, b * size, degrees)
  for (const [x, y, a, b, degrees] of parts) place(content, x, y, (a - 4) * size, (b - 4) * size, degrees)
  for (const [x, y, a, b] of [
    [62, 22, 9, 4],
    [44, 25, 10, 4.5],
    [70, 32, 7, 4],
  ] as const)
    place(content + between(random, 15, 40), x, y, a, b, between(random, 0, 180))
  // Gas rises to the front.
  place(gasHu, 54, 34 + 13 * size, 25 * size, 5.2 * size, 6)
}

function paintColon(random: Random, phase: Phase, place: Place): void {
  const descending = between(random, 12, 15)
  for (const [x, y, radius] of [
    [107, 14, descending],
    [101, 34, descending * 0.9],
  ] as const) {
    place(phase.wall, x, y, radius, radius * 1.1, 20)
    place(35, x, y, radius - 2.2, radius * 1.1 - 2.2, 20)
    for (let bubble = 0; bubble < 16; bubble++) {
      const { x: dx, y: dy } = heading(between(random, 0, 360))
      const distance = (radius - 5) * Math.sqrt(random.uniform())
      const shade = random.uniform() < 0.45 ? between(random, -900, -600) : between(random, -120, 90)
      place(shade, x + distance * dx, y + distance * dy, between(random, 0.9, 2.6), between(random, 0.8, 2))
    }
  }
}

/** Loops of 16 to 26 mm that fill the fat in front of the kidneys. */
function paintLoops(body: Anatomy, random: Random, phase: Phase): void {
  for (let loop = 0; loop < 60; loop++) {
    const x = between(random, -30, 100)
    const y = between(random, -22, 70)
    const a = between(random, 8, 13)
    const b = a * between(random, 0.7, 0.95)
    if (!within(body, x, y, a + 2.5, -110, -95)) continue
    const along = heading(between(random, 0, 180))
    body.paint(phase.wall, x, y, a, b, along)
    body.paint(between(random, 12, 35), x, y, a - 2.3, b - 2.3, along)
    if (random.uniform() < 0.3) {
      body.paint(gasHu, x, y + 0.45 * (b - 2.3), 0.55 * a, 0.28 * b)
      continue
    }
    // Folds of the mucosa.
    for (const fold of [-0.35, 0.05, 0.4])
      body.paint(phase.wall - 5, x + fold * a, y, 0.6, 0.5 * b, heading(between(random, -25, 25)))
  }
}

/** A lobed strip across the middle, from the duodenum to the spleen. */
export function paintPancreas(random: Random, phase: Phase, place: Place): void {
  const lift = between(random, -3, 3)
  const parts: [number, number, number, number, number][] = [
    [-24, 0, 12, 10, 70],
    [-10, 5, 13, 8, 30],
    [8, 11, 15, 7, 12],
    [28, 12, 15, 6.5, -6],
    [48, 7, 14, 6.5, -18],
    [62, 1, 10, 6, -24],
  ]
  for (const [x, y, a, b, degrees] of parts) place(phase.gland, x, y + lift, a, b * between(random, 0.9, 1.15), degrees)
  for (const [x, y, , , degrees] of parts) place(-40, x + between(random, -6, 6), y + lift + 5.5, 2.6, 1, degrees + 70)
  place(phase.vein, 34, 6 + lift, 30, 2.8, -8)
  place(phase.wall, -39, -3, 9, 12, 10)
  place(22, -39, -3, 6.5, 9.5, 10)
}

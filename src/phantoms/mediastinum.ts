// What lies between the lungs: heart with chambers and coronary calcifications in its
// fat, great vessels, gullet, bronchi.

import type { Random } from '../ct/random.ts'
import { between, heading, type Anatomy } from './anatomy.ts'

const fatHu = -95

export function paintMediastinum(body: Anatomy, random: Random, reachY: number): void {
  // Half of the patients were given contrast medium.
  const blood = random.uniform() < 0.5 ? between(random, 38, 46) : between(random, 130, 220)
  body.paint(fatHu, 0, 0.2 * reachY, 17, 0.72 * reachY)
  body.paint(fatHu, 2, -0.22 * reachY, 27, 0.42 * reachY)
  paintHila(body, random, blood)
  paintHeart(body, random, blood)
  paintBehindHeart(body, random, blood, reachY)
}

/** Arteries and bronchi at the roots of the lungs. */
function paintHila(body: Anatomy, random: Random, blood: number): void {
  for (const side of [-1, 1]) {
    const x = side * between(random, 33, 38)
    const y = between(random, -20, -14)
    body.paint(fatHu, x - side * 6, y + 2, 14, 15)
    body.paint(blood, x - side * 2, y + 6, 11, 6.5, heading(side * -25))
    body.paint(blood, x + side * 2, y - 8, 8, 6, heading(side * 20))
    body.paint(30, x + side * 1, y - 1, 5.6, 5, heading(side * 15))
    body.paint(-960, x + side * 1, y - 1, 4.2, 3.7, heading(side * 15))
    body.paint(20, x + side * 9, y + 3, 3.6, 3.2)
    body.paint(-950, x + side * 9, y + 3, 2.5, 2.2)
  }
}

function paintHeart(body: Anatomy, random: Random, blood: number): void {
  const size = between(random, 0.9, 1.06)
  const turn = between(random, -6, 6)
  const x = between(random, 14, 20)
  const y = between(random, 12, 18)
  const axis = 30 + turn
  const { x: c, y: s } = heading(axis)
  /** An ellipse in the heart's own axes: u towards the apex, v towards the front right. */
  const part = (hu: number, u: number, v: number, a: number, b: number, degrees = 0): void =>
    body.paint(hu, x + (u * c - v * s) * size, y + (u * s + v * c) * size, a * size, b * size, heading(axis + degrees))

  // Pericardial fat, then muscle.
  part(fatHu, 0, 0, 61, 47)
  part(fatHu, -22, 6, 42, 44)
  const muscle = blood > 100 ? 95 : 52
  part(muscle, 20, -9, 37, 26, -6) // left ventricle
  part(muscle, 12, 19, 40, 19, 6) // right ventricle
  part(muscle, -30, 17, 21, 23) // right atrium
  part(muscle, -26, -17, 27, 19, 12) // left atrium
  part(blood, 20, -9, 25, 14.5, -6)
  part(blood, 12, 21, 35, 14, 6)
  part(blood, -30, 17, 18.5, 20.5)
  part(blood, -26, -17, 24.5, 16.5, 12)
  part(blood, -4, 3, 11, 10, 30) // root of the aorta
  part(muscle, 14, 7.5, 34, 3.2, 1) // septum
  part(muscle, 24, -17, 5, 3.2, 20) // papillary muscles
  part(muscle, 29, -3, 4.5, 2.8, -25)
  // Fat in the grooves, with the coronary arteries in it.
  part(fatHu, -10, 33, 6, 8, 20)
  part(fatHu, -1, -28, 7, 6, -20)
  part(fatHu, 47, 14, 7, 4.5, -40)
  const arteries: [number, number][] = [
    [-10, 34],
    [-1, -29],
    [48, 14.5],
  ]
  for (const [u, v] of arteries) {
    part(blood, u, v, 2, 1.7)
    if (random.uniform() < 0.7)
      part(
        between(random, 300, 1000),
        u + between(random, -1.5, 1.5),
        v + between(random, -1, 1),
        between(random, 0.7, 1.9),
        between(random, 0.5, 1.1),
        between(random, 0, 180),
      )
  }
}

/** Descending aorta with calcium in its wall, gullet, azygos vein. */
function paintBehindHeart(body: Anatomy, random: Random, blood: number, reachY: number): void {
  const y = -0.5 * reachY
  const x = between(random, 21, 25)
  const radius = between(random, 10.5, 13.5)
  body.paint(fatHu, x - 4, y + 2, radius + 4, radius + 3)
  body.paint(60, x, y, radius, radius * 0.97)
  body.paint(blood, x, y, radius - 1.3, radius * 0.97 - 1.3)
  for (let plaque = 0; plaque < 2; plaque++) {
    const { x: dx, y: dy } = heading(between(random, 0, 360))
    const hu = between(random, 400, 900)
    body.paint(hu, x + (radius - 1) * dx, y + (radius - 1) * dy, between(random, 1.5, 3.5), 0.7, { x: -dy, y: dx })
  }
  const gullet = y + between(random, 9, 13)
  body.paint(fatHu, 3, gullet, 13, 10)
  body.paint(40, 3, gullet, 8, 5.5, heading(between(random, -20, 20)))
  body.paint(-700, 3 + between(random, -2, 2), gullet, 2.4, 1.2)
  body.paint(blood, -11, y + 1, 3.8, 3.6)
}

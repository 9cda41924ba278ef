// The fine bony parts of the head: orbits with eyes, air-filled sinuses, and petrous
// bones with air cells and the cavities of the inner ear.

import type { Random } from '../ct/random.ts'
import { between, heading, type Anatomy } from './anatomy.ts'

/** Fat, globe with lens, optic nerve and two muscles, behind a thin wall of bone. */
export function paintOrbit(body: Anatomy, random: Random, side: number, brain: { readonly x: number; readonly y: number }): void {
  const x = side * between(random, 28, 30)
  const y = brain.y - 20
  // The orbit's axis runs back and inwards.
  const axis = heading(90 + side * -20)
  const at = (distance: number): [number, number] => [x - side * 2 + distance * axis.x, y - 3 + distance * axis.y]
  body.paint(900, ...at(0), 22.5, 17.4, axis)
  body.paint(-75, ...at(0), 20.8, 15.7, axis)
  const eyeX = x + side * 0.5
  const eyeY = y + 3.5
  body.paint(32, ...at(-9), 10, 2, axis)
  body.paint(50, x - side * 11.5, y - 5, 1.6, 10, heading(side * -10))
  body.paint(50, x + side * 8, y - 8, 1.5, 9, heading(side * -26))
  body.paint(58, eyeX, eyeY, 11.8, 11.8)
  body.paint(12, eyeX, eyeY, 10.6, 10.6)
  const gaze = between(random, -6, 6)
  const lens = heading(90 + gaze)
  body.paint(95, eyeX + 8 * lens.x, eyeY + 8 * lens.y, 4.2, 1.9, heading(gaze))
}

/** Frontal sinus with its septum, ethmoid cells between the orbits. */
export function paintSinuses(body: Anatomy, random: Random, brainY: number, bone: number): void {
  const top = brainY + bone * 0.3
  const lean = between(random, -3, 3)
  for (const side of [-1, 1])
    body.paint(-960, side * 8.5 + lean, top - 1, between(random, 6.5, 8), between(random, 3.2, 4.4), heading(side * -8))
  body.paint(850, 0, brainY - 26, 11.5, 21)
  for (let row = 0; row < 5; row++)
    for (const side of [-1, 1]) {
      const y = brainY - 12 - 7.4 * row
      const along = heading(between(random, -10, 10))
      body.paint(-940, side * 5.2, y + between(random, -0.6, 0.6), between(random, 3.6, 4.5), between(random, 2.7, 3.2), along)
    }
  body.paint(900, 0, brainY - 26, 0.7, 19)
}

/** The petrous pyramid, pointing inwards and forwards, with mastoid cells at its base and the inner ear inside. */
export function paintPetrous(body: Anatomy, random: Random, side: number, brainX: number): void {
  const x = side * (brainX - 20)
  const y = between(random, -14, -9)
  const tilt = side * between(random, -30, -22)
  const { x: c, y: s } = heading(tilt)
  /** u mm towards the side, v mm towards the front, in the pyramid's own axes. */
  const part = (hu: number, u: number, v: number, a: number, b: number, degrees = 0): void =>
    body.paint(hu, x + side * u * c - v * s, y + side * u * s + v * c, a, b, heading(tilt + side * degrees))

  part(1150, 0, 0, 24, 7.5)
  part(1150, 14, -2, 14, 13)
  part(1300, -2, 0, 13, 6)
  // Mastoid air cells, smaller towards the middle.
  for (let cell = 0; cell < 46; cell++) {
    const u = between(random, 5, 26)
    const v = between(random, -13, 7)
    const inside = ((u - 14) / 12.5) * ((u - 14) / 12.5) + ((v + 2) / 11.5) * ((v + 2) / 11.5)
    if (inside > 0.85) continue
    const radius = between(random, 0.5, 0.5 + 0.07 * u)
    part(-900, u, v, radius, radius * between(random, 0.7, 1), between(random, 0, 180))
  }
  part(-950, 11, 4, 3.6, 1.6, 30) // middle ear
  part(900, 11, 4, 0.6, 0.9, 0) // ossicle
  // Inner ear: cochlea (turns of fluid round a core of bone), vestibule, two canals, inner ear canal.
  for (const [radius, hu] of [
    [3.4, 30],
    [2.7, 1300],
    [2.1, 30],
    [1.5, 1300],
    [0.9, 30],
    [0.4, 1200],
  ] as const)
    part(hu, -1, 2, radius, radius * 0.85)
  part(30, 4.5, -1, 1.9, 1.5)
  part(25, 7, -3.4, 2.9, 2.6)
  part(1300, 7, -3.4, 2.1, 1.8)
  part(25, -8, -2.6, 5.5, 1.8, -14)
}

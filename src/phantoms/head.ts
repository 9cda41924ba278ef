// A head slice after the FORBILD head phantom (Lauritsch & Bruder 2001): skull with
// frontal sinus, orbits with eyes, petrous bones with the fine cavities of the inner
// ear, ventricles and faint haematomas. Nose at the top; skull base and brain in one
// plane, as FORBILD draws them. Everything is there to tempt a smoothing method.

import type { AnalyticObject } from '../ct/case.ts'
import { PhiloxRandom, seedKey, type Random } from '../ct/random.ts'
import { analyticObject } from './analytic-object.ts'
import { addTexture, anatomy, between, heading, within, type Anatomy } from './anatomy.ts'
import { paintOrbit, paintPetrous, paintSinuses } from './skull-base.ts'

const grey = 38
const white = 29
const fluid = 7

interface Skull {
  /** Half width and half length of the brain, mm. */
  readonly x: number
  readonly y: number
}

/** The head of this anatomy seed. */
export function headPhantom(seed: number): AnalyticObject {
  const random = new PhiloxRandom(seedKey('phantom-head', seed))
  const brain: Skull = { x: between(random, 62, 68), y: between(random, 78, 86) }
  const bone = between(random, 6, 8)
  const scalp = between(random, 4.5, 7)

  const body = anatomy()
  paintScalp(body, 35, brain, bone + scalp)
  paintScalp(body, -70, brain, bone + scalp - 1.8)
  paintScalp(body, 50, brain, bone + scalp - 3.4)
  paintSkull(body, random, brain, bone)
  paintBrain(body, random, brain)
  addHaematomas(body, random, brain)
  for (const side of [-1, 1]) {
    paintPetrous(body, random, side, brain.x)
    paintOrbit(body, random, side, brain)
  }
  paintSinuses(body, random, brain.y, bone)

  const box = { halfWidthMm: brain.x, halfHeightMm: brain.y }
  addTexture(body, random, { ...box, spacingMm: 3.4, sigmaMm: [1.2, 2], contrastHu: [-5, 5], tissueHu: [20, 70], marginMm: 1 })
  addTexture(body, random, { ...box, spacingMm: 11, sigmaMm: [4, 7], contrastHu: [-2, 2], tissueHu: [20, 70], marginMm: 3 })
  return analyticObject(body.shapes)
}

/** An egg: a long ellipse, broader towards the back. */
function paintRound(body: Anatomy, hu: number, { x, y }: Skull, out: number): void {
  body.paint(hu, 0, 0, x + out - 3, y + out)
  body.paint(hu, 0, -10, x + out, y + out - 11)
  body.paint(hu, 0, 24, x + out - 9, y + out - 25)
}

/** The round of the head with the muscles at temples and neck. */
function paintScalp(body: Anatomy, hu: number, brain: Skull, out: number): void {
  paintRound(body, hu, brain, out)
  for (const side of [-1, 1]) {
    body.paint(hu, side * (brain.x - 5), 20, out + 4, 24 + out, heading(side * 8))
    body.paint(hu, side * 22, 6 - brain.y, 20 + out, 3 + out, heading(side * 14))
  }
}

/** Outer table, diploë and inner table; thicker in front and at the inion. */
function paintSkull(body: Anatomy, random: Random, brain: Skull, bone: number): void {
  const table = 1.8
  paintRound(body, between(random, 1000, 1250), brain, bone)
  paintRound(body, between(random, 450, 650), brain, bone - table)
  paintRound(body, between(random, 1000, 1250), brain, table)
  body.paint(1050, 0, -(brain.y + 2), 9, 7)
  body.paint(950, 0, brain.y - 2, 30, 8)
}

function paintBrain(body: Anatomy, random: Random, brain: Skull): void {
  paintRound(body, fluid + 3, brain, 0)
  paintRound(body, grey, brain, -1.6)
  paintRound(body, white, brain, -5.4)
  paintSulci(body, random, brain)
  // Deep grey matter, midbrain, cerebellum with its vermis.
  for (const side of [-1, 1]) {
    body.paint(grey, side * 20, 24, 8, 14, heading(side * 14))
    body.paint(grey - 1, side * 11, 8, 8, 11, heading(side * -20))
    body.paint(grey - 2, side * 24, -46, 26, 21, heading(side * 16))
    body.paint(white, side * 24, -44, 14, 9, heading(side * 22))
    for (let fold = 0; fold < 5; fold++) {
      const { x: dx, y: dy } = heading(side * (18 + (fold - 2) * 27) - 90)
      body.paint(white - 3, side * 24 + 13 * dx, -46 + 12 * dy, 0.55, 6, { x: -dy, y: dx })
    }
  }
  body.paint(grey - 1, 0, -48, 7, 17)
  body.paint(34, 0, -12, 15, 13)
  body.paint(33, 0, -20, 12, 10)
  // Cisterns round the midbrain, fourth and third ventricles, the horns of the lateral ones.
  body.paint(fluid, 0, 4.5, 10, 2.6)
  body.paint(fluid, 0, -30.5, 6.5, 4.6)
  body.paint(fluid, 0, 14, 1.6, 8.5)
  for (const side of [-1, 1]) {
    body.paint(fluid, side * 15, -4, 2, 9, heading(side * 24))
    body.paint(fluid, side * between(random, 8, 9.5), 36, between(random, 2.6, 4), between(random, 9, 12), heading(side * -24))
    body.paint(fluid, side * 36, -12, 1.6, between(random, 7, 10), heading(side * -30))
    body.paint(fluid, side * 33, 12, 15, 1.3, heading(side * 12)) // Sylvian fissure
    body.paint(fluid, side * 46, 16, 5, 1.8, heading(side * 40))
  }
  // Falx and tentorium, the straight sinus between them.
  body.paint(52, 0, brain.y - 24, 0.8, 18)
  body.paint(52, 0, -(brain.y - 10), 0.9, 9)
  body.paint(60, 0, -(brain.y - 3.5), 4.5, 3)
  for (const side of [-1, 1]) body.paint(48, side * 27, -24, 20, 0.7, heading(side * 14))
}

/** Folds: grey matter that follows a thin cleft of fluid inwards. */
function paintSulci(body: Anatomy, random: Random, { x, y }: Skull): void {
  const clefts = Array.from({ length: 34 }, (_, i) => {
    const { x: c, y: s } = heading((i + between(random, -0.25, 0.25)) * (360 / 34))
    const half = between(random, 4.5, 9)
    const inset = 2 + half
    const { x: tc, y: ts } = heading(between(random, -22, 22))
    const along = { x: c * tc - s * ts, y: c * ts + s * tc }
    return { cx: (x - 3 - inset) * c, cy: (y - inset) * s, half, along, width: between(random, 0.4, 0.8) }
  })
  for (const { cx, cy, half, along } of clefts) body.paint(grey, cx, cy, half + 3, 3.8, along)
  for (const { cx, cy, half, along, width } of clefts) body.paint(fluid + 5, cx, cy, half + 1, width, along)
}

/** One faint bleed in the brain, one along the skull, 6 to 25 HU above the brain. */
function addHaematomas(body: Anatomy, random: Random, brain: Skull): void {
  for (let attempt = 0; attempt < 200; attempt++) {
    const x = between(random, -0.75, 0.75) * brain.x
    const y = between(random, -0.7, 0.7) * brain.y
    const radius = between(random, 4, 8)
    if (!within(body, x, y, radius, 20, 45)) continue
    const along = heading(between(random, 0, 180))
    body.paint(25, x, y, radius + 2, radius * 0.8 + 2, along)
    body.paint(white + between(random, 14, 30), x, y, radius, radius * 0.8, along)
    break
  }
  const side = random.uniform() < 0.5 ? -1 : 1
  const { x: c, y: s } = heading(between(random, -50, -28))
  const along = { x: -side * s * brain.x, y: c * brain.y }
  const hu = white + between(random, 16, 30)
  body.paint(hu, side * (brain.x - 5.5) * c, (brain.y - 3.5) * s, between(random, 13, 19), 2.6, along)
}

// A slice through the upper abdomen: liver with faint lesions, spleen, kidneys,
// pancreas, stomach and bowel, great vessels, spine. Patient supine, seen from the
// feet: front at the top, the patient's right (the liver) at the left.

import type { AnalyticObject } from '../ct/case.ts'
import { PhiloxRandom, seedKey, type Random } from '../ct/random.ts'
import { analyticObject } from './analytic-object.ts'
import { addTexture, anatomy, between, heading, within, type Anatomy } from './anatomy.ts'
import { bone, vertebra } from './bones.ts'
import { plainPhase, portalPhase, type Phase, type Place } from './contrast-phase.ts'
import { paintGut, paintPancreas } from './gut.ts'
import { fatHu, muscleHu, paintBack, paintOutline } from './torso.ts'

/** The abdomen of this anatomy seed. */
export function abdomenPhantom(seed: number): AnalyticObject {
  const random = new PhiloxRandom(seedKey('phantom-abdomen', seed))
  const halfWidth = between(random, 150, 172)
  const halfDepth = between(random, 104, 120)
  const fat = between(random, 10, 22)
  const phase = random.uniform() < 0.65 ? portalPhase : plainPhase
  const cavityX = halfWidth - fat - 15
  const cavityY = halfDepth - 0.8 * fat - 13

  const body = anatomy()
  paintOutline(body, 20, halfWidth, halfDepth)
  paintOutline(body, fatHu, halfWidth - 1.8, halfDepth - 1.8)
  paintWall(body, halfWidth - fat, halfDepth - 0.8 * fat)
  paintOutline(body, fatHu - 4, cavityX, cavityY)
  paintRibs(body, random, cavityX + 6, cavityY + 5.5)
  paintBack(body, random, halfDepth - 0.9 * fat)

  const stretchX = cavityX / 128
  const stretchY = cavityY / 84
  const size = Math.min(stretchX, stretchY)
  const place: Place = (hu, x, y, a, b, degrees = 0) =>
    body.paint(hu, x * stretchX, y * stretchY, a * size, b * size, heading(degrees))
  paintGut(body, random, phase, place)
  paintSpleen(random, phase, place)
  paintLiver(body, random, phase, cavityX, cavityY, place)
  paintPancreas(random, phase, place)
  for (const side of [-1, 1]) paintKidney(random, phase, side, place)
  const spineY = -(halfDepth - fat) + 47
  for (const side of [-1, 1]) {
    body.paint(muscleHu, side * 31, spineY - 8, 13, 18, heading(side * -14))
    body.paint(muscleHu - 2, side * 58, spineY - 22, 17, 8.5, heading(side * 24))
  }
  vertebra(body, random, 0, spineY, between(random, 0.92, 1.02))
  paintGreatVessels(random, phase, spineY / stretchY + 27 / stretchY, place)
  addLesions(body, random, phase)

  const box = { halfWidthMm: halfWidth, halfHeightMm: halfDepth, spacingMm: 4.8, sigmaMm: [1.6, 2.5], marginMm: 3.2 } as const
  addTexture(body, random, { ...box, contrastHu: [-19, 19], tissueHu: [5, 260] })
  addTexture(body, random, { ...box, spacingMm: 5.5, sigmaMm: [0.9, 1.8], contrastHu: [-8, 40], tissueHu: [-120, -60] })
  addTexture(body, random, { ...box, spacingMm: 15, sigmaMm: [6, 8], contrastHu: [-5, 5], tissueHu: [25, 200], marginMm: 9 })
  return analyticObject(body.shapes)
}

/** Three flat muscles at the sides with fat between them, the straight ones in front. */
function paintWall(body: Anatomy, x: number, y: number): void {
  paintOutline(body, muscleHu, x, y)
  for (const inset of [4.8, 9.6]) {
    paintOutline(body, -70, x - inset, y - 0.8 * inset)
    paintOutline(body, muscleHu, x - inset - 0.9, y - 0.8 * inset - 0.8)
  }
  body.paint(-60, 0, 0.962 * y - 4, 50, 7)
  for (const side of [-1, 1]) body.paint(muscleHu + 3, side * 26, 0.968 * y - 6, 23, 6.2, heading(side * -2))
}

function paintRibs(body: Anatomy, random: Random, x: number, y: number): void {
  for (const side of [-1, 1])
    for (const degrees of [-62, -38, -16, 8, 32]) {
      const { x: c, y: s } = heading(degrees + between(random, -5, 5))
      const along = { x: -side * 0.68 * x * s, y: y * c }
      const length = between(random, 8, 14)
      bone(body, side * (0.32 * x + 0.68 * x * c), y * s, length, between(random, 3.8, 4.6), along, 1.4, between(random, 120, 240))
    }
}

/** Two lobes of overlapping ellipses along the wall, with vessels and the gall bladder below. */
function paintLiver(body: Anatomy, random: Random, phase: Phase, cavityX: number, cavityY: number, place: Place): void {
  const left = between(random, -8, 6)
  // The right lobe follows the wall: the cavity's own ellipse, cut slanting towards the middle.
  const slant = heading(between(random, -24, -14))
  const offsetMm = -0.2 * cavityX
  body.paint(phase.liver, -0.32 * cavityX, 0, 0.68 * cavityX - 3.5, cavityY - 4, undefined, [
    { normalX: slant.x, normalY: slant.y, offsetMm },
    { normalX: heading(-70).x, normalY: heading(-70).y, offsetMm: 0.42 * cavityY },
  ])
  place(phase.liver, -66, 22, 42, 46, 20)
  place(phase.liver, -76, -14, 42, 44, 0)
  place(phase.liver, -34, 46, 44, 24, -14)
  place(phase.liver, 8 + left, 56, 34, 13.5, -8)
  place(phase.liver, -26, 20, 15, 12, 30) // caudate lobe
  // Fissure, portal vein and its branches, hepatic veins.
  place(-70, -18, 44, 1.4, 13, -22)
  const veins: [number, number, number, number, number][] = [
    [-42, 14, 16, 5, 12],
    [-62, 20, 14, 3.4, 24],
    [-80, 30, 13, 2.2, 38],
    [-66, 8, 13, 3, -22],
    [-84, -2, 12, 2, -34],
    [-56, 38, 11, 2.4, 72],
    [-34, 46, 10, 2, 100],
    [-90, 14, 7, 1.6, 5],
    [-74, -26, 8, 2.2, 60],
  ]
  for (const [x, y, a, b, degrees] of veins)
    place(
      phase.vein,
      x + between(random, -2, 2),
      y + between(random, -2, 2),
      a,
      b * between(random, 0.85, 1.15),
      degrees + between(random, -8, 8),
    )
  const bladder = between(random, 8, 13)
  place(45, -46, -8, bladder * 1.35 + 1.3, bladder + 1.3, 50)
  place(8, -46, -8, bladder * 1.35, bladder, 50)
}

/** A crescent at the back of the left side: an ellipse, its inner face hollowed by the fat of the hilum. */
function paintSpleen(random: Random, phase: Phase, place: Place): void {
  const size = between(random, 0.88, 1.05)
  place(phase.spleen, 92, -22, 21 * size, 40 * size, 14)
  place(phase.spleen, 82, -42, 24 * size, 18 * size, 30)
  place(fatHu, 68, -6, 14, 26, 12)
  place(phase.vein, 72, -4, 8, 2.6, 20)
}

/** Cortex, pyramids, the fat of the sinus and the pelvis in it. side −1: the patient's right. */
function paintKidney(random: Random, phase: Phase, side: number, place: Place): void {
  const x = side * between(random, 56, 61)
  const y = between(random, -36, -31) - (side < 0 ? 3 : 0)
  const size = between(random, 0.9, 1.04)
  const tilt = side * between(random, 38, 52)
  place(fatHu, x, y, 31 * size, 37 * size, tilt)
  place(phase.cortex, x, y, 24 * size, 30 * size, tilt)
  const axis = side > 0 ? 180 : 0
  for (const fan of [-110, -66, -22, 22, 66, 110]) {
    const { x: dx, y: dy } = heading(axis + 180 + tilt * 0.6 + fan)
    place(phase.medulla, x + 14.5 * size * dx, y + 16 * size * dy, 6.2 * size, 4.4 * size, axis + 180 + tilt * 0.6 + fan)
  }
  const hilum = heading(axis + tilt * 0.4)
  place(-85, x + 6 * hilum.x, y + 6 * hilum.y, 14 * size, 8.5 * size, axis + tilt * 0.4)
  place(-85, x + 16 * hilum.x, y + 16 * hilum.y, 12 * size, 6 * size, axis + tilt * 0.4)
  place(10, x + 8 * hilum.x, y + 8 * hilum.y, 9 * size, 4 * size, axis + tilt * 0.4)
  place(phase.vein, x + 20 * hilum.x, y + 20 * hilum.y + 3, 12 * size, 2.9 * size, axis + tilt * 0.4)
  // A cyst now and then.
  if (random.uniform() < 0.4) place(6, x - 20 * hilum.x, y - 22 * hilum.y, 7 * size, 6.5 * size)
}

/** Aorta with calcium in its wall, vena cava, mesenteric vessels; `y` is the front of the spine. */
function paintGreatVessels(random: Random, phase: Phase, y: number, place: Place): void {
  const radius = between(random, 8.5, 11)
  const x = between(random, 7, 11)
  place(fatHu, 0, y + 4, 30, 13)
  place(60, x, y, radius, radius)
  place(phase.artery, x, y, radius - 1.2, radius - 1.2)
  for (let plaque = 0; plaque < 3; plaque++) {
    const angle = between(random, 0, 360)
    const { x: dx, y: dy } = heading(angle)
    place(between(random, 350, 900), x + (radius - 1) * dx, y + (radius - 1) * dy, between(random, 1.2, 3.2), 0.7, angle + 90)
  }
  place(phase.vein, -18, y + 1, 12.5, 9, between(random, -10, 10))
  place(phase.artery, x - 3, y + 19, 3.4, 3.4)
  place(phase.vein, x - 13, y + 21, 5.2, 4.8)
}

/** Faint round lesions in the liver, 10 to 40 HU below it, 6 to 20 mm across. */
function addLesions(body: Anatomy, random: Random, phase: Phase): void {
  for (let lesion = 0; lesion < 5; lesion++)
    for (let attempt = 0; attempt < 200; attempt++) {
      const x = between(random, -120, 0)
      const y = between(random, -50, 70)
      const radius = between(random, 3, 10)
      if (!within(body, x, y, radius + 3, phase.liver - 0.5, phase.liver + 0.5)) continue
      const hu = phase.liver - between(random, 10, 40)
      body.paint(hu, x, y, radius, radius * between(random, 0.8, 1), heading(between(random, 0, 180)))
      break
    }
}

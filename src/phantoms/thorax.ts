// A slice through the chest at the level of the heart. Patient supine, seen from the
// feet: front at the top, the patient's left at the right. All sizes vary with the seed.

import type { AnalyticObject } from '../ct/case.ts'
import { PhiloxRandom, seedKey, type Random } from '../ct/random.ts'
import { analyticObject } from './analytic-object.ts'
import { addTexture, anatomy, between, heading, tissue, within, type Anatomy } from './anatomy.ts'
import { bone, vertebra } from './bones.ts'
import { addLungVessels } from './lung-vessels.ts'
import { paintMediastinum } from './mediastinum.ts'
import { contains, ellipse, type PaintedShape } from './shapes.ts'
import { fatHu, muscleHu, paintBack, paintOutline } from './torso.ts'

const lungHu = -865

/** The chest of this anatomy seed. */
export function thoraxPhantom(seed: number): AnalyticObject {
  const random = new PhiloxRandom(seedKey('phantom-thorax', seed))
  const halfWidth = between(random, 156, 174)
  const halfDepth = between(random, 107, 122)
  const fat = between(random, 8, 18)
  const wall = fat + between(random, 23, 27) // skin to lung

  const body = anatomy()
  paintOutline(body, 20, halfWidth, halfDepth)
  paintOutline(body, fatHu, halfWidth - 1.8, halfDepth - 1.8)
  paintOutline(body, muscleHu, halfWidth - fat, halfDepth - fat * 0.8)
  // A plane of fat between the outer muscles and the chest wall.
  paintOutline(body, -75, halfWidth - fat - 9, halfDepth - fat * 0.8 - 8)
  paintOutline(body, muscleHu + 5, halfWidth - fat - 10.2, halfDepth - fat * 0.8 - 9.3)

  const lungs = [-1, 1].map(side => lungShapes(random, side, halfWidth - wall, halfDepth - wall * 0.85))
  for (const lung of lungs) paintChestWall(body, random, lung)
  paintBack(body, random, halfDepth - fat)
  for (const { shapes } of lungs)
    for (const { xMm, yMm, semiAMm, semiBMm, axisX, axisY } of shapes)
      body.paint(lungHu, xMm, yMm, semiAMm, semiBMm, { x: axisX, y: axisY })
  paintMediastinum(body, random, halfDepth - wall * 0.85)
  vertebra(body, random, 0, -(halfDepth - fat) + 46, between(random, 0.82, 0.92))
  paintSternum(body, random, halfDepth - fat * 0.8)

  const box = { halfWidthMm: halfWidth, halfHeightMm: halfDepth }
  const inLung: readonly [number, number] = [lungHu - 1, lungHu + 1]
  addLungTexture(body, random, box, inLung)
  for (const side of [-1, 1]) addLungVessels(body, random, side, inLung)
  addNodules(body, random, halfWidth, halfDepth)
  // Muscle and heart; far enough from skin and lung that no attenuation falls below 0.
  const soft = { ...box, spacingMm: 5.2, sigmaMm: [1.8, 2.6], contrastHu: [-22, 22], marginMm: 3.5 } as const
  addTexture(body, random, { ...soft, tissueHu: [20, 260] })
  addTexture(body, random, { ...soft, spacingMm: 5.5, sigmaMm: [0.9, 1.5], contrastHu: [-8, 40], tissueHu: [-120, -60] })
  return analyticObject(body.shapes)
}

interface Lung {
  readonly side: number
  readonly centre: { readonly x: number; readonly y: number }
  readonly shapes: readonly PaintedShape[]
}

/** side −1: the patient's right lung, at the left of the image. */
function lungShapes(random: Random, side: number, reachX: number, reachY: number): Lung {
  const a = reachX * between(random, 0.42, 0.45)
  const x = side * (reachX - a)
  const y = between(random, 0, 5)
  const lung = (dx: number, dy: number, semiA: number, semiB: number, degrees: number): PaintedShape =>
    ellipse(x + side * dx, y + dy, semiA, semiB, tissue(lungHu), heading(side * degrees))
  return {
    side,
    centre: { x, y },
    shapes: [
      lung(0, 0, a, reachY * 0.93, 5),
      lung(-0.04 * a, -0.3 * reachY, a * 0.99, reachY * 0.66, -8),
      lung(-0.2 * a, 0.28 * reachY, a * 0.78, reachY * 0.66, 12),
    ],
  }
}

/** Where the ray from the lung's centre at this angle leaves it. */
function edgeOf(lung: Lung, degrees: number): { x: number; y: number } {
  const { x: dx, y: dy } = heading(degrees)
  let radius = 20
  while (lung.shapes.some(shape => contains(shape, lung.centre.x + radius * dx, lung.centre.y + radius * dy))) radius += 0.5
  return { x: lung.centre.x + radius * dx, y: lung.centre.y + radius * dy }
}

/** A point `out` mm outside the lung's edge, the direction along the edge there. `degrees` is 0 at the side, 90 in front. */
function beside(lung: Lung, degrees: number, out: number): { x: number; y: number; along: { x: number; y: number } } {
  const angle = lung.side > 0 ? degrees : 180 - degrees
  const before = edgeOf(lung, angle - 6)
  const after = edgeOf(lung, angle + 6)
  const at = edgeOf(lung, angle)
  const dx = after.x - before.x
  const dy = after.y - before.y
  const length = Math.sqrt(dx * dx + dy * dy)
  return { x: at.x + (out * dy) / length, y: at.y - (out * dx) / length, along: { x: dx, y: dy } }
}

/** Ribs cut obliquely round the lung, the fat that lines them, and the shoulder blade behind. */
function paintChestWall(body: Anatomy, random: Random, lung: Lung): void {
  const first = between(random, -82, -72)
  for (let rib = 0; rib < 8; rib++) {
    const { x, y, along } = beside(lung, first + 21 * rib + between(random, -3, 3), between(random, 5.8, 6.8))
    const thin = rib === 7 ? 3.6 : between(random, 4, 4.8)
    bone(body, x, y, between(random, 10, 15), thin, along, 1.4, between(random, 120, 260))
  }
  const blade = beside(lung, between(random, -42, -34), 17.5)
  bone(body, blade.x, blade.y, between(random, 24, 30), 2.6, blade.along, 1.5, 250)
  const rim = beside(lung, -14, 18.5)
  bone(body, rim.x, rim.y, 9, 4.4, rim.along, 1.4, 220)
}

function paintSternum(body: Anatomy, random: Random, reachY: number): void {
  const y = 0.955 * reachY - 15
  body.paint(-80, 0, y - 3, 40, 11)
  for (const side of [-1, 1]) {
    // Cartilage of the ribs, and the internal thoracic vessels beside the bone.
    body.paint(105, side * 33, y - 1, 15, 5, heading(side * -14))
    body.paint(48, side * 23, y - 8, 1.5, 1.3)
  }
  bone(body, 0, y, between(random, 15, 19), between(random, 5.5, 6.8), heading(between(random, -3, 3)), 1.5, 130, 600)
}

/** Fine texture, and coarse unevenness of the lung's aeration. */
function addLungTexture(
  body: Anatomy,
  random: Random,
  box: { halfWidthMm: number; halfHeightMm: number },
  tissueHu: readonly [number, number],
): void {
  addTexture(body, random, { ...box, spacingMm: 4, sigmaMm: [1.1, 1.9], contrastHu: [-80, 145], tissueHu, marginMm: 2.5 })
  addTexture(body, random, { ...box, spacingMm: 13, sigmaMm: [5, 8], contrastHu: [-15, 22], tissueHu, marginMm: 8 })
}

/** Round solid nodules, one often with spikes, one of ground glass; radii 1.5 to 8 mm. */
function addNodules(body: Anatomy, random: Random, halfWidth: number, halfDepth: number): void {
  const radii = [between(random, 1.5, 2.2), between(random, 2.4, 3.5), between(random, 3.5, 5.5), between(random, 5, 8)]
  radii.forEach((radius, i) => {
    for (let attempt = 0; attempt < 400; attempt++) {
      const x = between(random, -halfWidth, halfWidth)
      const y = between(random, -halfDepth, halfDepth)
      if (!within(body, x, y, radius + 2, -900, -700)) continue
      const hu = i === 3 && random.uniform() < 0.4 ? -620 : between(random, 20, 60)
      if (i >= 2 && hu > 0)
        for (let spike = 0; spike < 4; spike++)
          body.paint(-350, x, y, radius * between(random, 1.1, 1.5), 0.5, heading(between(random, 0, 180)))
      body.paint(hu, x, y, radius, radius * between(random, 0.8, 1), heading(between(random, 0, 180)))
      body.paint(hu, x + 0.3 * radius, y + 0.25 * radius, radius * 0.8, radius * 0.7, heading(between(random, 0, 180)))
      break
    }
  })
}

// The image-quality phantom: a water disc with inserts of known CT number, bar
// patterns, low-contrast discs and plain regions. No texture, so that noise can be
// measured. The seed turns the layout and shifts it by a few mm: cases are different
// subjects, yet every one holds the same targets.
// Low-contrast targets as in the MITA body phantom (CCT189): 3, 5, 7, 10 mm at 14, 7, 5, 3 HU.

import type { AnalyticObject, Disc, QualityLayout } from '../ct/case.ts'
import { exactCos, exactSin } from '../ct/exact-math.ts'
import { PhiloxRandom, seedKey } from '../ct/random.ts'
import { attenuationFromHu } from '../ct/units.ts'
import { analyticObject } from './analytic-object.ts'
import { disc, rectangle, type Shape } from './shapes.ts'

export const qualityDiscRadiusMm = 115

/** Outer ring, in steps of 45°. Of its eight places one is the edge disc's, one stays plain water. */
const outerInserts = [
  { name: 'air', hu: -1000 },
  { name: 'polyethylene', hu: -90 },
  { name: 'acrylic', hu: 120 },
  { name: 'bone', hu: 800 },
  { name: 'lung', hu: -800 },
  { name: 'polyoxymethylene', hu: 340 },
] as const
const outerRingMm = 88
const insertRadiusMm = 9
const edgeRadiusMm = 14
const edgeHu = 900

/** Width of a bar and of the gap beside it: 1/(2·width) line pairs per mm. */
const barWidthsMm = [3, 2.4, 2, 1.6, 1.3, 1, 0.8, 0.6]
const barHu = 800
const barRingMm = 53
const barSpacingMm = 6

const lowContrast = [
  { diameterMm: 3, hu: 14 },
  { diameterMm: 5, hu: 7 },
  { diameterMm: 7, hu: 5 },
  { diameterMm: 10, hu: 3 },
]
const lowContrastRingMm = 45

/** The phantom of this seed and where to measure on it. */
export function qualityPhantom(seed: number): { object: AnalyticObject; quality: QualityLayout } {
  const random = new PhiloxRandom(seedKey('phantom-quality', seed))
  const turn = random.uniform() * 2 * Math.PI
  const centreX = 6 * random.uniform() - 3
  const centreY = 6 * random.uniform() - 3
  const degree = Math.PI / 180
  /** The point at this radius and angle (degrees) of the layout. */
  const at = (radiusMm: number, degrees: number): { x: number; y: number; along: { x: number; y: number } } => {
    const x = exactCos(turn + degrees * degree)
    const y = exactSin(turn + degrees * degree)
    return { x: centreX + radiusMm * x, y: centreY + radiusMm * y, along: { x: -y, y: x } }
  }
  const shapes: Shape[] = [disc(centreX, centreY, qualityDiscRadiusMm, attenuationFromHu(0))]

  const inserts = outerInserts.map(({ name, hu }, i) => {
    const { x, y } = at(outerRingMm, 45 * (i + (i >= 3 ? 2 : 1)))
    shapes.push(disc(x, y, insertRadiusMm, attenuationFromHu(hu)))
    return { name, hu, xMm: x, yMm: y, radiusMm: insertRadiusMm }
  })
  const edgeAt = at(outerRingMm, 0)
  shapes.push(disc(edgeAt.x, edgeAt.y, edgeRadiusMm, attenuationFromHu(edgeHu)))
  const plainAt = at(outerRingMm, 180)

  // Five bars a pattern, standing radially, the patterns side by side on one half of the inner ring.
  let arcMm = 0
  for (const widthMm of barWidthsMm) {
    arcMm += 4.5 * widthMm
    const { x, y, along } = at(barRingMm, 96 + arcMm / (barRingMm * degree))
    for (let bar = -2; bar <= 2; bar++) {
      const offset = 2 * widthMm * bar
      const lengthMm = 8 + 2 * widthMm
      shapes.push(rectangle(x + offset * along.x, y + offset * along.y, widthMm, lengthMm, attenuationFromHu(barHu), along))
    }
    arcMm += 4.5 * widthMm + barSpacingMm
  }

  lowContrast.forEach(({ diameterMm, hu }, i) => {
    const { x, y } = at(lowContrastRingMm, -60 + 42 * i)
    shapes.push(disc(x, y, diameterMm / 2, attenuationFromHu(hu)))
  })

  const water = (name: string, x: number, y: number, radiusMm: number): Disc => ({ name, xMm: x, yMm: y, radiusMm })
  return {
    object: analyticObject(shapes),
    quality: {
      inserts: [...inserts, { ...water('water', plainAt.x, plainAt.y, insertRadiusMm), hu: 0 }],
      edge: { name: 'edge', xMm: edgeAt.x, yMm: edgeAt.y, radiusMm: edgeRadiusMm, insideHu: edgeHu, outsideHu: 0 },
      uniform: [water('centre', centreX, centreY, 30), water('periphery', plainAt.x, plainAt.y, 18)],
    },
  }
}

import { describe, expect, it } from 'vitest'
import { evenAngles, fanBeam, imageGrid, parallelBeam, type Geometry } from './geometry.ts'
import { planFrames } from './wasm-frames.ts'

const fan = { detector: 'flat', bins: 61, pitchMm: 1.5, sourceToIsocentreMm: 150, sourceToDetectorMm: 260 } as const
const turn = 2 * Math.PI
const square = imageGrid(64, 64, 1)

const mirrored: Record<string, Geometry> = {
  'parallel over π': parallelBeam({ anglesRad: evenAngles(720, Math.PI), bins: 90, pitchMm: 1 }),
  'parallel, half-step start': parallelBeam({ anglesRad: evenAngles(1000, Math.PI, Math.PI / 2000), bins: 91, pitchMm: 1 }),
  'parallel, few views': parallelBeam({ anglesRad: evenAngles(14, Math.PI), bins: 90, pitchMm: 1 }),
  'parallel over 2π off centre': parallelBeam({ anglesRad: evenAngles(40, turn), bins: 45, pitchMm: 1.1, offsetMm: 2.3 }),
  'fan over 2π': fanBeam({ ...fan, anglesRad: evenAngles(1152, turn) }),
}

describe.each(Object.entries(mirrored))('%s', (_, geometry) => {
  it('a pixel lies in a frame where its mirror image lies in the mirror frame', () => {
    const { frames, mirrors } = planFrames(geometry, square)
    expect(mirrors).not.toBeNull()
    const [x, y] = [11.3, -4.7]
    frames.forEach((frame, i) => {
      const mirror = frames[mirrors![i]!]!
      const [here, there] = [place(geometry, frame.angleRad, x, y), place(geometry, mirror.angleRad, -y, -x)]
      // In a fan the detector runs the other way.
      expect(there).toBeCloseTo(geometry.kind === 'fan' ? -here : here, 9)
      expect(mirrors![mirrors![i]!]).toBe(i)
    })
  })

  it('pairs are neighbours, from an even index on', () => {
    const { mirrors } = planFrames(geometry, square)
    mirrors!.forEach((mirror, i) => expect(mirror === i || mirror === (i ^ 1)).toBe(true))
  })
})

it.each([
  ['of a fan off centre', fanBeam({ ...fan, anglesRad: evenAngles(1152, turn), offsetMm: 0.3 }), square],
  ['of a fan that starts anywhere', fanBeam({ ...fan, anglesRad: evenAngles(1152, turn, 0.001) }), square],
  ['of views without a partner', parallelBeam({ anglesRad: [0.1, 0.7, 1.3], bins: 90, pitchMm: 1 }), square],
  ['on a rectangle', mirrored['parallel over π']!, imageGrid(64, 60, 1)],
])('there are no mirror images %s', (_, geometry, grid) => {
  expect(planFrames(geometry, grid).mirrors).toBeNull()
})

/** How far off the central ray the point lies: mm, or the tangent of its angle in a fan. */
function place(geometry: Geometry, angleRad: number, x: number, y: number): number {
  const across = x * Math.cos(angleRad) + y * Math.sin(angleRad)
  if (geometry.kind === 'parallel') return across
  return across / (geometry.sourceToIsocentreMm - x * Math.sin(angleRad) + y * Math.cos(angleRad))
}

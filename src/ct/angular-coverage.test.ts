import { describe, expect, it } from 'vitest'
import { coverageNote, requireShortScan } from './angular-coverage.ts'
import { evenAngles, fanBeam, GeometryError, parallelBeam, type FanBeam } from './geometry.ts'
import { presetIds, presets } from './presets.ts'

const parallel = (anglesRad: number[]) => parallelBeam({ anglesRad, bins: 3, pitchMm: 1 })
/** Half fan angle: 41 bins of 2 mm on an arc of 180 mm, 0.2278 rad to either side. */
const fan = (anglesRad: number[], fields: Partial<FanBeam> = {}): FanBeam =>
  fanBeam({ detector: 'curved', anglesRad, bins: 41, pitchMm: 2, sourceToIsocentreMm: 100, sourceToDetectorMm: 180, ...fields })
const short = (anglesRad: number[], fields: Partial<FanBeam> = {}) => fan(anglesRad, { scan: 'short', ...fields })
const halfFanRad = 41 / 180
const degree = Math.PI / 180
const golden = (stepRad: number) => Array.from({ length: 200 }, (_, k) => k * stepRad)

describe('the note on angular coverage', () => {
  it('is absent at every preset', () => {
    for (const id of presetIds) expect(coverageNote(presets[id].geometry)).toBeNull()
  })

  it.each([
    ['a parallel scan over π, both ends measured', parallel([...evenAngles(180, Math.PI), Math.PI])],
    ['golden-angle views over half a turn', parallel(golden(Math.PI * 0.6180339887498949))],
    ['golden-angle views over a full turn', parallel(golden(2.399963229728653))],
    ['two views at right angles', parallel([0, Math.PI / 2])],
    ['a parallel scan over a full turn', parallel(evenAngles(91, 2 * Math.PI, 0.3))],
    ['one lost view', parallel(evenAngles(90, Math.PI).filter((_, k) => k !== 20))],
    ['a full fan scan', fan(evenAngles(360, 2 * Math.PI, -1))],
    ['a short scan over π + fan angle', short(evenAngles(200, Math.PI + 2 * halfFanRad))],
  ])('is absent for %s', (_, geometry) => {
    expect(coverageNote(geometry)).toBeNull()
  })

  it.each([
    ['a parallel scan over 90°', parallel(evenAngles(90, Math.PI / 2)), 'the views cover 90° of the 180° that a parallel beam needs'],
    ['two wedges', parallel([...evenAngles(60, 60 * degree), ...evenAngles(60, 60 * degree, 90 * degree)]), 'cover 120° of the 180°'],
    ['one view', parallel([0.3]), 'cover 0° of the 180°'],
    ['a full fan scan over half a turn', fan(evenAngles(180, Math.PI)), 'the views cover 180° of the 360° that a full fan scan needs'],
    ['a short scan over half a turn', short(evenAngles(180, Math.PI)), 'the short scan covers 180° of the 206.1° (half a turn + fan angle)'],
  ])('says what is missing: %s', (_, geometry, message) => {
    expect(coverageNote(geometry)).toContain(message)
  })

  it('tells a full scan over π + fan angle that it is a short one, half a turn not', () => {
    expect(coverageNote(fan(evenAngles(230, 230 * degree)))).toContain('say "scan": "short"')
    expect(coverageNote(fan(evenAngles(180, Math.PI)))).not.toContain('"short"')
  })
})

describe('a short scan', () => {
  it('is refused when it misses the fan angle by more than a step, with what was expected and what came', () => {
    expect(() => requireShortScan(short(evenAngles(180, Math.PI)))).toThrow(GeometryError)
    expect(() => requireShortScan(short(evenAngles(180, Math.PI)))).toThrow(
      "The short scan's 180 views span 180°, expected at least 206.1° (half a turn + fan angle). Add views",
    )
    const needed = Math.PI + 2 * halfFanRad
    expect(() => requireShortScan(short(evenAngles(200, (needed * 200) / 201)))).not.toThrow()
    expect(() => requireShortScan(short(evenAngles(200, (needed * 200) / 202)))).toThrow(GeometryError)
  })

  it('of an offset detector is judged by the circle that every view sees', () => {
    const angles = evenAngles(200, Math.PI + 2 * (31 / 180))
    expect(() => requireShortScan(short(angles, { offsetMm: 10 }))).not.toThrow()
    expect(() => requireShortScan(short(angles))).toThrow(GeometryError)
  })
})

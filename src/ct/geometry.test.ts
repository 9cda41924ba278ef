import { describe, expect, it } from 'vitest'
import {
  binEnds,
  evenAngles,
  fanBeam,
  fieldOfViewRadiusMm,
  gridRadiusMm,
  imageGrid,
  imageLength,
  parallelBeam,
  parseGeometry,
  sinogramLength,
} from './geometry.ts'
import { UserError } from './user-error.ts'

const parallel = { anglesRad: evenAngles(4, Math.PI), bins: 5, pitchMm: 2 }
const fan = {
  detector: 'curved' as const,
  anglesRad: evenAngles(4, 2 * Math.PI),
  bins: 10,
  pitchMm: 1,
  sourceToIsocentreMm: 500,
  sourceToDetectorMm: 1000,
}

describe('even angles', () => {
  it('start where they are told and do not repeat the end', () => {
    expect(evenAngles(4, 2, 0.25)).toEqual([0.25, 0.75, 1.25, 1.75])
  })
  it('refuse a number of views that is not whole', () => {
    expect(() => evenAngles(2.5, 1)).toThrow('views is 2.5')
  })
})

describe('geometries', () => {
  it('are frozen, with offset 0 and a full scan unless told otherwise', () => {
    const made = fanBeam(fan)
    expect(made).toMatchObject({ kind: 'fan', offsetMm: 0, scan: 'full' })
    expect(Object.isFrozen(made) && Object.isFrozen(made.anglesRad)).toBe(true)
    expect(sinogramLength(made)).toBe(40)
  })

  it('measure the detector from the middle, offset included', () => {
    expect(binEnds(parallelBeam(parallel))).toEqual([-5, 5])
    expect(binEnds(parallelBeam({ ...parallel, offsetMm: 1 }))).toEqual([-4, 6])
  })

  it.each([
    ['bins', { bins: 0 }],
    ['bins', { bins: 2.5 }],
    ['pitchMm', { pitchMm: -1 }],
    ['pitchMm', { pitchMm: NaN }],
    ['offsetMm', { offsetMm: Infinity }],
    ['anglesRad', { anglesRad: [] }],
    ['anglesRad', { anglesRad: [0, NaN] }],
    ['sourceToIsocentreMm', { sourceToIsocentreMm: 0 }],
    ['sourceToDetectorMm', { sourceToDetectorMm: 400 }],
  ])('refuse a wrong %s by name: %o', (field, wrong) => {
    expect(() => fanBeam({ ...fan, ...wrong })).toThrow(field)
    expect(() => fanBeam({ ...fan, ...wrong })).toThrow(UserError)
  })

  it('refuse a curved detector that closes around the source', () => {
    expect(() => fanBeam({ ...fan, bins: 4000 })).toThrow('less than π/2')
  })
})

describe('the field of view', () => {
  it('of parallel rays is the shorter side of the detector', () => {
    expect(fieldOfViewRadiusMm(parallelBeam({ ...parallel, offsetMm: -1 }))).toBe(4)
  })
  it('of a flat fan touches the ray to the edge: a 3-4-5 triangle', () => {
    // Edge 750 mm off axis at 1000 mm: sine 0.6, so 0.6 · 500 mm from the isocentre.
    const flat = fanBeam({ ...fan, detector: 'flat', bins: 1500 })
    expect(fieldOfViewRadiusMm(flat)).toBeCloseTo(300, 9)
  })
  it('of a curved fan follows the arc', () => {
    expect(fieldOfViewRadiusMm(fanBeam({ ...fan, bins: 1000 }))).toBeCloseTo(500 * Math.sin(0.5), 9)
  })
  it('is nothing when the detector lies beside the axis', () => {
    expect(fieldOfViewRadiusMm(parallelBeam({ ...parallel, offsetMm: 6 }))).toBe(0)
  })
})

describe('image grids', () => {
  it('know their length and inscribed circle', () => {
    const grid = imageGrid(3, 4, 0.5)
    expect(imageLength(grid)).toBe(12)
    expect(gridRadiusMm(grid)).toBe(0.75)
  })
  it.each([
    ['rows', [0, 4, 1]],
    ['columns', [4, 1.5, 1]],
    ['pixelMm', [4, 4, 0]],
  ] as const)('refuse wrong %s', (field, [rows, columns, pixelMm]) => {
    expect(() => imageGrid(rows, columns, pixelMm)).toThrow(field)
  })
})

describe('geometry.json', () => {
  it.each([parallelBeam({ ...parallel, offsetMm: 0.5 }), fanBeam({ ...fan, scan: 'short' }), fanBeam({ ...fan, detector: 'flat' })])(
    'is read back as it was written: $kind',
    geometry => {
      expect(parseGeometry(JSON.parse(JSON.stringify(geometry)))).toEqual(geometry)
    },
  )
  it.each([
    ['an object', 7],
    ['geometry.anglesRad', { kind: 'parallel', bins: 5, pitchMm: 1 }],
    ['geometry.anglesRad', { kind: 'parallel', bins: 5, pitchMm: 1, anglesRad: [0, '1'] }],
    ['geometry.bins', { ...parallel, kind: 'parallel', bins: '5' }],
    ['geometry.kind', { ...parallel, kind: 'cone' }],
    ['geometry.detector', { ...fan, kind: 'fan', detector: 'round' }],
    ['geometry.scan', { ...fan, kind: 'fan', scan: 'half' }],
  ])('is refused with what is wrong: %s', (named, value) => {
    expect(() => parseGeometry(value)).toThrow(named)
  })
})

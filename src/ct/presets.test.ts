import { describe, expect, it } from 'vitest'
import { fieldOfViewRadiusMm, gridRadiusMm, viewCount } from './geometry.ts'
import { nearestName, unknownName } from './nearest-name.ts'
import { findPreset, presetIds, presets } from './presets.ts'

describe('presets', () => {
  it('have the published numbers of views, bins and pixels', () => {
    const sizes = presetIds.map(id => [id, viewCount(presets[id].geometry), presets[id].geometry.bins, presets[id].grid.columns])
    expect(sizes).toEqual([
      ['parallel-256', 360, 367, 256],
      ['parallel-256-sparse', 120, 367, 256],
      ['lodopab', 1000, 513, 362],
      ['mayo-siemens', 1152, 736, 512],
      ['xcist-ge', 1000, 900, 512],
      ['2detect', 3600, 956, 1024],
      ['htc2022', 720, 560, 512],
    ])
  })

  it('see what is published: Mayo 502 mm and 49.95° with 0.7047 mm at the isocentre, 2DeteCT a circle of 115.5 mm', () => {
    const mayo = presets['mayo-siemens'].geometry
    if (mayo.kind !== 'fan') throw new Error('mayo-siemens is a fan')
    expect(2 * fieldOfViewRadiusMm(mayo)).toBeCloseTo(502.4, 0)
    expect(((mayo.bins * mayo.pitchMm) / mayo.sourceToDetectorMm) * (180 / Math.PI)).toBeCloseTo(49.95, 2)
    expect((mayo.pitchMm * mayo.sourceToIsocentreMm) / mayo.sourceToDetectorMm).toBeCloseTo(0.7047, 4)
    expect(2 * fieldOfViewRadiusMm(presets['2detect'].geometry)).toBeCloseTo(115.5, 0)
  })

  it('cover the diagonal of the LoDoPaB image and its first view is half a step in', () => {
    const { geometry, grid } = presets.lodopab
    expect(fieldOfViewRadiusMm(geometry)).toBeCloseTo(gridRadiusMm(grid) * Math.SQRT2, 9)
    expect(geometry.anglesRad[0]).toBeCloseTo(Math.PI / 2000, 12)
    expect(geometry.anglesRad[999]).toBeCloseTo((999.5 * Math.PI) / 1000, 12)
  })

  it('give a 300 mm water disc 12 HU of noise at mayo-siemens, by the theory of FBP (Hann cut at 0.8)', () => {
    const { geometry, acquisition } = presets['mayo-siemens']
    if (geometry.kind !== 'fan') throw new Error('mayo-siemens is a fan')
    const lambda = acquisition.photonsPerRay * Math.exp(-300 * 0.0192)
    const rayVariance = (1 + acquisition.electronicNoise ** 2 / lambda) / lambda
    // At the centre: variance = (π/views)²·views·σp²·τ·∫ f²·W²·L df over ±Nyquist, with τ the pitch at the isocentre
    // and L = (2 + cos 2πfτ)/3 what linear interpolation between bins leaves on average.
    const tau = (geometry.pitchMm * geometry.sourceToIsocentreMm) / geometry.sourceToDetectorMm
    const end = 0.8 / (2 * tau)
    const steps = 4000
    let integral = 0
    for (let step = 0; step < steps; step++) {
      const f = ((step + 0.5) / steps) * end
      const window = 0.5 + 0.5 * Math.cos((Math.PI * f) / end)
      integral += (2 * (f * window) ** 2 * (2 + Math.cos(2 * Math.PI * f * tau)) * end) / (3 * steps)
    }
    const views = viewCount(geometry)
    const noiseHu = (1000 / 0.0192) * Math.sqrt((Math.PI ** 2 / views) * rayVariance * tau * integral)
    // The calibration's own error is 0.4 %; the pixels near the centre do not meet all interpolation phases alike.
    expect(noiseHu / 12).toBeGreaterThan(0.985)
    expect(noiseHu / 12).toBeLessThan(1.015)
  })

  it.each(presetIds)('%s carries its own id, a source and one geometry', id => {
    expect(findPreset(id).id).toBe(id)
    expect(presets[id].source).not.toBe('')
    expect(presets[id].geometry).toBe(presets[id].geometry)
  })

  it('are found by name, with the nearest one when mistyped', () => {
    expect(() => findPreset('mayo-simens')).toThrow('Unknown preset "mayo-simens". Did you mean "mayo-siemens"? Known: parallel-256, parallel-256-sparse, lodopab,')
    expect(() => findPreset('toString')).toThrow('Unknown preset "toString".')
  })
})

describe('an unknown name', () => {
  it('is answered with the nearest known one and all of them', () => {
    expect(unknownName('method', 'srit', ['fbp', 'sirt', 'tv']).message).toBe(
      'Unknown method "srit". Did you mean "sirt"? Known: fbp, sirt, tv.',
    )
  })

  it.each([
    ['mayo', 'mayo-siemens'],
    ['Lodo', 'lodopab'],
    ['2d', '2detect'],
    ['siemens', 'mayo-siemens'],
    ['htc2023', 'htc2022'],
    ['', 'lodopab'],
  ])('of %s is the name that begins with it, that holds it, else the nearest', (given, nearest) => {
    expect(nearestName(given, presetIds)).toBe(nearest)
  })
  it('is answered without a suggestion where there is none', () => {
    expect(unknownName('suite', 'quick', []).message).toBe('Unknown suite "quick". There is none.')
  })
})

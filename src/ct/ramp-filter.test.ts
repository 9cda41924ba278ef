import { describe, expect, it } from 'vitest'
import { evenAngles, fanBeam, parallelBeam } from './geometry.ts'
import { filterNames } from './projector.ts'
import { paddedLength, rampKernel, rampResponse, rowFilter, windowValue } from './ramp-filter.ts'
import { rayWeights } from './view-weights.ts'

const parallel = parallelBeam({ anglesRad: [0, 1, 2], bins: 37, pitchMm: 0.8 })
const curved = fanBeam({
  detector: 'curved',
  scan: 'short',
  anglesRad: evenAngles(5, 3.8),
  bins: 37,
  pitchMm: 2,
  offsetMm: 0.5,
  sourceToIsocentreMm: 100,
  sourceToDetectorMm: 180,
})

describe('ramp filter', () => {
  it('without a window is the band-limited ramp of Kak & Slaney, eq. 61', () => {
    const kernel = rampKernel(parallel, { name: 'ram-lak', cutoff: 1 })
    // h(0)·τ = 1/(4τ), h(n odd)·τ = −1/(π²n²τ), h(n even) = 0.
    expect(kernel[0]).toBeCloseTo(0.3125, 12)
    expect(kernel[1]).toBeCloseTo(-0.12665147955292222, 12)
    expect(kernel[2]).toBeCloseTo(0, 12)
    expect(kernel[3]).toBeCloseTo(-0.014072386616991359, 12)
  })

  it('keeps a small positive response at zero frequency, so that the mean is not lost', () => {
    const response = rampResponse(parallel, { name: 'ram-lak', cutoff: 1 })
    expect(response[0]).toBeGreaterThan(0)
    expect(response[0]).toBeLessThan(0.02 * response[response.length / 2]!)
  })

  it('on a curved detector has the kernel (nα / sin nα)² as large', () => {
    const alpha = 2 / 180
    const kernel = rampKernel(curved, { name: 'ram-lak', cutoff: 1 })
    for (const n of [1, 3, 35]) expect(kernel[n]).toBeCloseTo(-alpha / (Math.PI * Math.sin(n * alpha)) ** 2, 12)
  })

  it('is zero beyond cutoff · Nyquist and keeps low frequencies, for every window', () => {
    const plain = rampResponse(parallel, { name: 'ram-lak', cutoff: 1 })
    for (const name of filterNames) {
      const response = rampResponse(parallel, { name, cutoff: 0.5 })
      const half = response.length / 2
      for (let k = 0; k < response.length; k++) if (Math.min(k, response.length - k) > half / 2) expect(response[k]).toBe(0)
      expect(response[0]).toBe(plain[0])
      expect(response[half / 4]).toBeGreaterThan(0)
    }
  })

  it('stretches each window to its end', () => {
    expect(filterNames.map(name => Number(windowValue(name, 1).toFixed(6)))).toEqual([1, 0.63662, 0, 0.08, 0])
    expect(filterNames.map(name => Number(windowValue(name, 0.5).toFixed(6)))).toEqual([1, 0.900316, 0.707107, 0.54, 0.5])
    expect(filterNames.map(name => windowValue(name, 1.0001))).toEqual([0, 0, 0, 0, 0])
  })

  it('equals the direct convolution of weighted rows, with an odd number of rows and in place', () => {
    for (const geometry of [parallel, curved]) {
      const { bins } = geometry
      const filter = { name: 'hamming', cutoff: 0.7 } as const
      const rows = Float64Array.from({ length: geometry.anglesRad.length * bins }, (_, i) => Math.sin(i * i))
      const kernel = rampKernel(geometry, filter)
      const { perBin, perRay } = rayWeights(geometry)
      const expected = rows.map((_, i) => {
        const view = Math.floor(i / bins)
        let sum = 0
        for (let bin = 0; bin < bins; bin++)
          sum += rows[view * bins + bin]! * perBin[bin]! * (perRay?.[view * bins + bin] ?? 1) * kernel[Math.abs((i % bins) - bin)]!
        return sum
      })
      rowFilter(geometry, filter)(rows, rows)
      rows.forEach((value, i) => expect(value).toBeCloseTo(expected[i]!, 10))
    }
  })

  it('pads rows to at least twice their length', () => {
    expect([1, 2, 3, 512, 513].map(paddedLength)).toEqual([2, 4, 8, 1024, 2048])
  })

  it('refuses an unknown window and a cutoff outside (0, 1]', () => {
    expect(() => rampResponse(parallel, { name: 'box' as never, cutoff: 1 })).toThrow(/Unknown filter "box".*hann/)
    for (const cutoff of [0, 1.1, NaN]) expect(() => rampResponse(parallel, { name: 'hann', cutoff })).toThrow(/cutoff/)
  })
})

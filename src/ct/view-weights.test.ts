import { describe, expect, it } from 'vitest'
import { evenAngles, fanBeam, parallelBeam, type FanBeam } from './geometry.ts'
import { fanAngleRad, parkerWeights, rayWeights, viewWeights } from './view-weights.ts'

const parallel = (anglesRad: number[]): Float64Array => viewWeights(parallelBeam({ anglesRad, bins: 3, pitchMm: 1 }))
const fan = (fields: Partial<FanBeam>): FanBeam =>
  fanBeam({
    detector: 'curved',
    anglesRad: evenAngles(90, 2 * Math.PI),
    bins: 41,
    pitchMm: 2,
    sourceToIsocentreMm: 100,
    sourceToDetectorMm: 180,
    ...fields,
  })
const sum = (values: Iterable<number>): number => [...values].reduce((a, b) => a + b, 0)
const golden = Math.PI * 0.6180339887498949

describe('angular weights', () => {
  it.each([
    ['an even scan over π', evenAngles(45, Math.PI, 0.2)],
    ['both 0 and π', [...evenAngles(45, Math.PI), Math.PI]],
    ['an even scan over 2π, each line twice', evenAngles(90, 2 * Math.PI)],
    ['an odd scan over 2π, interleaved', evenAngles(91, 2 * Math.PI)],
    ['descending angles', evenAngles(45, Math.PI).reverse()],
    ['golden-angle steps', Array.from({ length: 50 }, (_, k) => k * golden)],
    ['golden-angle steps of a full turn', Array.from({ length: 149 }, (_, k) => k * 2.399963229728653)],
    ['one missing view', evenAngles(45, Math.PI).filter((_, k) => k !== 7)],
  ])('of parallel beams add up to π: %s', (_, anglesRad) => {
    expect(sum(parallel(anglesRad))).toBeCloseTo(Math.PI, 10)
  })

  it('are shared by views of one direction', () => {
    const step = Math.PI / 4
    const weights = parallel([0, step, 2 * step, 3 * step, Math.PI])
    expect([...weights].map(weight => weight / step)).toEqual([0.5, 1, 1, 1, 0.5].map(share => expect.closeTo(share, 10)))
  })

  it('are half the gaps to either neighbour', () => {
    const weights = parallel([0, 0.5, 1.5, 2.4])
    expect([...weights]).toEqual([(Math.PI - 2.4 + 0.5) / 2, 0.75, 0.95, (0.9 + Math.PI - 2.4) / 2].map(w => expect.closeTo(w, 10)))
  })

  it('give the views beside a missing wedge no more than their own step', () => {
    const anglesRad = Array.from({ length: 61 }, (_, k) => k * 0.02)
    for (const weight of parallel(anglesRad)) expect(weight).toBeCloseTo(0.02, 10)
    for (const weight of viewWeights(fan({ anglesRad, scan: 'short' }))) expect(weight).toBeCloseTo(0.02, 10)
  })

  it('of a full fan scan add up to 2π', () => {
    expect(sum(viewWeights(fan({})))).toBeCloseTo(2 * Math.PI, 10)
  })
})

describe('redundancy weights', () => {
  it('count each line of a full fan scan half, times the cosine of the fan angle', () => {
    for (const detector of ['flat', 'curved'] as const) {
      const geometry = fan({ detector })
      const scale = detector === 'flat' ? 1 : geometry.sourceToIsocentreMm
      const { perBin, perRay } = rayWeights(geometry)
      expect(perRay).toBeNull()
      perBin.forEach((weight, bin) => expect(weight).toBeCloseTo((scale * Math.cos(fanAngleRad(geometry, bin))) / 2, 10))
    }
  })

  // The ray (θ, γ) and its partner (θ + π − 2γ, −γ) are one line; their weights must add up to 1.
  // Angles are chosen so that partners are measured too: the step is a multiple of two bins' angle.
  it.each([
    ['with just the fan angle', 0],
    ['with more than the fan angle', 0.3],
  ])('of a short scan add up to 1 over the two rays of a line, %s', (_, extraRad) => {
    const bins = 41
    const stepRad = Math.PI / 180
    const sourceToDetectorMm = 180
    const pitchMm = (sourceToDetectorMm * stepRad) / 2
    const views = 180 + (bins - 1) / 2 + 1 + Math.round(extraRad / stepRad)
    const anglesRad = Array.from({ length: views }, (_, k) => 1.1 + k * stepRad)
    const geometry = fan({ scan: 'short', anglesRad, bins, pitchMm, sourceToDetectorMm })
    const weights = parkerWeights(geometry)
    let pairs = 0
    for (let view = 0; view < views; view++) {
      for (let bin = 0; bin < bins; bin++) {
        // γ = (bin − middle)·step/2, so the partner is 180 − (bin − middle) views on.
        const partnerView = view + 180 - 2 * ((bin - (bins - 1) / 2) / 2)
        const partnerBin = bins - 1 - bin
        if (partnerView >= views) {
          if (view - 180 - (bin - (bins - 1) / 2) < 0) expect(weights[view * bins + bin]).toBeCloseTo(1, 10)
          continue
        }
        expect(weights[view * bins + bin]! + weights[partnerView * bins + partnerBin]!).toBeCloseTo(1, 10)
        pairs++
      }
    }
    expect(pairs).toBeGreaterThan(100)
  })

  it('of a short scan do not depend on where it starts or which way it turns', () => {
    const angles = evenAngles(60, Math.PI + 0.5)
    const first = parkerWeights(fan({ scan: 'short', anglesRad: angles }))
    const later = parkerWeights(fan({ scan: 'short', anglesRad: angles.map(angle => angle + 5) }))
    const reversed = parkerWeights(fan({ scan: 'short', anglesRad: [...angles].reverse() }))
    first.forEach((weight, i) => expect(later[i]).toBeCloseTo(weight, 10))
    first.forEach((weight, i) => expect(reversed[(59 - Math.floor(i / 41)) * 41 + (i % 41)]).toBeCloseTo(weight, 10))
  })
})

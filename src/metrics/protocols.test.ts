import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { PhiloxRandom, seedKey } from '../ct/random.ts'
import { UserError } from '../ct/user-error.ts'
import { metrics } from './metric-list.ts'
import { protocolIds, protocols, scoreImage, type ProtocolId, type ScoreRequest } from './protocols.ts'

interface GoldenCase extends Pick<ScoreRequest, 'rows' | 'columns' | 'window' | 'exam'> {
  seed: number
  amplitude: number
  scores: Record<ProtocolId, Record<string, number>>
}

const golden = JSON.parse(readFileSync(new URL('./golden-scores.json', import.meta.url), 'utf8')) as { cases: GoldenCase[] }

/** The formula of bench/peers/golden-metrics.py, in whole numbers. */
function goldenPair({ rows, columns, seed, amplitude }: GoldenCase): { truthHu: Float32Array; imageHu: Float32Array } {
  const truthHu = new Float32Array(rows * columns)
  const imageHu = new Float32Array(rows * columns)
  let state = seed
  for (let r = 0; r < rows; r++)
    for (let c = 0; c < columns; c++) {
      const x = 2 * c - (columns - 1)
      const y = 2 * r - (rows - 1)
      const inside = x * x * 5 + y * y * 6 < 4 * Math.min(rows, columns) ** 2
      const tile = (Math.floor(r / 5) * 7 + Math.floor(c / 4) * 13) % 17
      state = (Math.imul(1664525, state) + 1013904223) >>> 0
      const pixel = r * columns + c
      truthHu[pixel] = inside ? -850 + tile * 90 + ((r * c) % 11) : -1000
      imageHu[pixel] = truthHu[pixel]! + ((state >>> 16) % (2 * amplitude + 1)) - amplitude
    }
  return { truthHu, imageHu }
}

const thorax = { window: { lowHu: -1350, highHu: 150 }, exam: 'chest' } as const

function flatPair(size: number, truth: number, image: number): ScoreRequest {
  return {
    truthHu: new Float32Array(size * size).fill(truth),
    imageHu: new Float32Array(size * size).fill(image),
    rows: size,
    columns: size,
    ...thorax,
  }
}

describe('scores against scikit-image and SciPy', () => {
  for (const one of golden.cases)
    it.each(protocolIds)(`%s agrees on ${one.rows} × ${one.columns}, ${one.exam}`, id => {
      const found = scoreImage({ ...goldenPair(one), ...one })[id]
      const expected = one.scores[id]
      expect(Object.keys(found).sort()).toEqual(Object.keys(expected).sort())
      // Both sides sum in float64: the specification's 1e-4 dB and 1e-5 leave room, rounding does not need it.
      for (const [metric, value] of Object.entries(expected))
        expect(Math.abs((found[metric] as number) - value), metric).toBeLessThan(1e-9)
    })
})

describe('scores by hand', () => {
  it('hu-window@1: 15 HU off in a window of 1500 HU is 40 dB, and clipped values do not count', () => {
    const off = scoreImage({ ...flatPair(16, 0, 15), protocols: ['hu-window@1'] })['hu-window@1']
    expect(off['psnr_db']).toBeCloseTo(40, 12)
    expect(off['rmse_hu']).toBeCloseTo(15, 12)
    const clipped = scoreImage({ ...flatPair(16, 1000, 1500), protocols: ['hu-window@1'] })['hu-window@1']
    expect(clipped).toEqual({ psnr_db: 'Infinity', ssim: 1, rmse_hu: 500 })
  })

  it('hu-window@1 sees nothing outside the inscribed circle', () => {
    const pair = flatPair(32, 0, 0)
    for (const corner of [0, 31, 31 * 32, 32 * 32 - 1]) pair.imageHu[corner] = 3000
    const scores = scoreImage({ ...pair, protocols: ['hu-window@1', 'full-range@1'] })
    expect(scores['hu-window@1']['rmse_hu']).toBe(0)
    expect(scores['full-range@1']['rmse_hu']).toBe(Math.sqrt((4 * 3000 ** 2) / 1024))
  })

  it('ldctbench@1 follows the DICOM window: the exam sets what one HU is worth', () => {
    // Chest: (x + 600.5)/1499 + 0.5, so 149.9 HU are 0.1 of the range.
    const chest = scoreImage({ ...flatPair(8, -600, -450.1), protocols: ['ldctbench@1'] })['ldctbench@1']
    expect(chest['psnr_db']).toBeCloseTo(20, 5) // −450.1 rounds to float32
    const neuro = scoreImage({ ...flatPair(8, 40, 47.9), exam: 'neuro', protocols: ['ldctbench@1'] })['ldctbench@1']
    expect(neuro['psnr_db']).toBeCloseTo(20, 5)
  })

  it('lodopab@1 takes its range from the truth and leaves the reconstruction unclipped', () => {
    const pair = flatPair(8, 0, 0)
    pair.truthHu[0] = -1000 // 0.02/81.35858
    pair.imageHu[0] = -1000
    const range = 19.98 / 81.35858
    pair.imageHu[9] = 5000 // beyond 1 once normalised: counted whole
    const error = (5 * 19.98) / 81.35858 / 8 // root of the mean over 64 pixels
    const found = scoreImage({ ...pair, protocols: ['lodopab@1'] })['lodopab@1']
    expect(found['psnr_db']).toBeCloseTo(20 * Math.log10(range / error), 10)
    expect(found['psnr_fr_db']).toBeCloseTo(20 * Math.log10(1 / error), 10)
  })

  it('redcnn@1 pads with zeros: a flat image against zero is known from the share of each window that lies in the image', () => {
    const size = 9
    const found = scoreImage({ ...flatPair(size, 240, 0), protocols: ['redcnn@1'] })['redcnn@1']
    const taps = Array.from({ length: 11 }, (_, k) => Math.exp(-((k - 5) ** 2) / 4.5))
    const mass = (at: number) => {
      const inside = taps.filter((_, k) => at + k - 5 >= 0 && at + k - 5 < size)
      return inside.reduce((a, b) => a + b) / taps.reduce((a, b) => a + b)
    }
    const [c1, c2] = [16, 144]
    let sum = 0
    for (let row = 0; row < size; row++)
      for (let column = 0; column < size; column++) {
        const share = mass(row) * mass(column)
        sum += (c1 * c2) / ((240 ** 2 * share ** 2 + c1) * (240 ** 2 * share * (1 - share) + c2))
      }
    expect(found['psnr_db']).toBeCloseTo(20 * Math.log10(400 / 240), 10)
    expect(found['ssim']).toBeCloseTo(sum / size ** 2, 12)
  })
})

describe('scores of any image', () => {
  const random = new PhiloxRandom(seedKey('protocols.test'))
  const rows = 23
  const columns = 31
  const truthHu = Float32Array.from({ length: rows * columns }, () => random.integer(-1000, 1200))
  const request: ScoreRequest = { truthHu, imageHu: truthHu, rows, columns, ...thorax }

  it('identical images score Infinity dB as text, SSIM 1 and no error, and survive JSON', () => {
    const scores = scoreImage(request)
    for (const id of protocolIds) expect(scores[id]).toMatchObject({ psnr_db: 'Infinity', ssim: 1, rmse_hu: 0 })
    expect(JSON.parse(JSON.stringify(scores))).toEqual(scores)
  })

  it('leaves its input untouched and gives only metrics that the list defines', () => {
    const imageHu = truthHu.map(hu => hu + 40)
    const copies = [truthHu.slice(), imageHu.slice()]
    const scores = scoreImage({ ...request, imageHu })
    expect([truthHu, imageHu]).toEqual(copies)
    expect(Object.keys(scores)).toEqual([...protocolIds])
    const known = metrics.map(metric => metric.id)
    for (const id of protocolIds) for (const metric of Object.keys(scores[id])) expect(known).toContain(metric)
  })

  it('no data range depends on the image: twice the error costs 6.02 dB under every protocol that does not clip it', () => {
    const middle = Float32Array.from({ length: rows * columns }, (_, i) => -60 + (i % 7) * 10)
    const score = (step: number, id: ProtocolId) =>
      scoreImage({ ...request, truthHu: middle, imageHu: middle.map((hu, i) => hu + (i % 2 ? step : -step)) })[id]['psnr_db'] as number
    for (const id of protocolIds) expect(score(10, id) - score(20, id), id).toBeCloseTo(20 * Math.log10(2), 6)
  })

  it('turning both images upside down or mirroring them changes nothing', () => {
    const imageHu = truthHu.map((hu, i) => hu + ((i * 37) % 90))
    const turned = (values: Float32Array) => values.slice().reverse()
    const straight = scoreImage({ ...request, imageHu })
    const reversed = scoreImage({ ...request, truthHu: turned(truthHu), imageHu: turned(imageHu) })
    for (const id of protocolIds)
      for (const [metric, value] of Object.entries(straight[id])) expect(reversed[id][metric]).toBeCloseTo(value as number, 9)
  })
})

describe('wrong input', () => {
  it.each([
    ['a shape that does not fit', { ...flatPair(16, 0, 0), rows: 15 }, /Image has 256 values, 15 × 16 = 240 expected/],
    ['an image of NaN', flatPair(16, 0, NaN), /Image holds NaN at index 0/],
    ['an infinite truth', flatPair(16, Infinity, 0), /Truth holds Infinity/],
    ['an image smaller than the window', flatPair(8, 0, 1), /8 × 8; hu-window@1 needs at least 11 × 11/],
    ['an empty window', { ...flatPair(16, 0, 0), window: { lowHu: 5, highHu: 5 } }, /window is 5…5 HU/],
    ['a constant truth under lodopab@1', flatPair(16, 0, 0), /lodopab@1 takes its data range from the truth/],
  ])('refuses %s', (_, request, message) => {
    expect(() => scoreImage(request)).toThrow(message)
    expect(() => scoreImage(request)).toThrow(UserError)
  })

  it('every protocol says what it scores, where and over which range', () => {
    for (const id of protocolIds) {
      expect(protocols[id].id).toBe(id)
      for (const field of ['title', 'description', 'regions', 'range'] as const) expect(protocols[id][field]).not.toBe('')
    }
  })
})

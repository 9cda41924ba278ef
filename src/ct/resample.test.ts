import { describe, expect, it } from 'vitest'
import { areaAverage, bilinear } from './resample.ts'

const ramp = (rows: number, columns: number) => ({
  rows,
  columns,
  data: Float32Array.from({ length: rows * columns }, (_, i) => 10 * Math.floor(i / columns) + (i % columns)),
})

describe('the area average', () => {
  it('of as many pixels is a copy', () => {
    expect(areaAverage(ramp(4, 4), 4, 4)).toEqual(ramp(4, 4).data)
  })
  it('of half as many is the mean of 2 × 2', () => {
    expect([...areaAverage(ramp(4, 4), 4, 2)]).toEqual([5.5, 7.5, 25.5, 27.5])
  })
  it('weighs cut pixels by their share: 3 into 2', () => {
    const source = { rows: 3, columns: 3, data: Float32Array.of(9, 0, 0, 0, 0, 0, 0, 0, 0) }
    // A pixel out covers 1.5 × 1.5 source pixels.
    expect([...areaAverage(source, 3, 2)]).toEqual([4, 0, 0, 0])
  })
  it('takes the middle of a slice that is wider than high, between pixels where it must', () => {
    expect([...areaAverage(ramp(2, 4), 2, 2)]).toEqual([1, 2, 11, 12])
    expect([...areaAverage(ramp(2, 3), 2, 2)]).toEqual([0.5, 1.5, 10.5, 11.5])
  })
})

describe('bilinear interpolation', () => {
  it('of as many pixels is a copy', () => {
    expect(bilinear(ramp(4, 4), 4, 4)).toEqual(ramp(4, 4).data)
  })
  it('of twice as many lies a quarter pixel from the centres, constant at the edge (as scikit-image resize, order 1)', () => {
    expect([...bilinear(ramp(1, 2), 1, 2)]).toEqual([0.25, 0.75, 0.25, 0.75])
    expect([...bilinear(ramp(2, 2), 2, 4)].map(value => Math.round(value * 100) / 100)).toEqual([
      0, 0.25, 0.75, 1, 2.5, 2.75, 3.25, 3.5, 7.5, 7.75, 8.25, 8.5, 10, 10.25, 10.75, 11,
    ])
  })
  it('reproduces a plane away from the edge', () => {
    const out = bilinear(ramp(8, 8), 8, 12)
    for (let row = 1; row < 11; row++)
      for (let column = 1; column < 11; column++)
        expect(out[row * 12 + column]).toBeCloseTo(10 * ((row + 0.5) / 1.5 - 0.5) + (column + 0.5) / 1.5 - 0.5, 4)
  })
})

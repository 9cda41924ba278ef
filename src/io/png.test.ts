import { convertIndexedToRgb, decode } from 'fast-png'
import { describe, expect, it } from 'vitest'
import { divergingColour, encodeDiverging, encodeGray } from './png.ts'

describe('encodeGray', () => {
  it('maps the window to black … white and clips beyond it', () => {
    const png = decode(encodeGray(Float32Array.of(-2000, -1000, 0, 1000, 5000, NaN), 2, 3, -1000, 1000))
    expect([png.width, png.height, png.channels, png.depth]).toEqual([3, 2, 1, 8])
    expect([...png.data]).toEqual([0, 0, 128, 255, 255, 0])
  })

  it('enlarges pixels into blocks and reduces blocks to their mean, row 0 at the top', () => {
    const large = decode(encodeGray(Float32Array.of(0, 255), 1, 2, 0, 255, { enlarge: 2 }))
    expect([large.width, large.height, ...large.data]).toEqual([4, 2, 0, 0, 255, 255, 0, 0, 255, 255])
    const small = decode(encodeGray(Float32Array.of(0, 2, 9, 4, 6, 9, 100, 100, 9), 3, 3, 0, 255, { reduce: 2 }))
    expect([small.width, small.height, ...small.data]).toEqual([1, 1, 3])
  })
})

describe('encodeDiverging', () => {
  it('paints zero nearly white, negative blue, positive red, and clips at the limit', () => {
    const png = decode(encodeDiverging(Float32Array.of(-200, -50, 0, 50, 200), 1, 5, 100))
    const rgb = convertIndexedToRgb(png)
    const pixel = (i: number): number[] => [...rgb.subarray(3 * i, 3 * i + 3)]
    expect(pixel(0)).toEqual([5, 48, 97])
    expect(pixel(2)).toEqual([247, 247, 247])
    expect(pixel(4)).toEqual([103, 0, 31])
    expect(pixel(1)[2]).toBeGreaterThan(pixel(1)[0]! + 50)
    expect(pixel(3)[0]).toBeGreaterThan(pixel(3)[2]! + 50)
    expect(divergingColour(0)).toEqual(pixel(2))
  })
})

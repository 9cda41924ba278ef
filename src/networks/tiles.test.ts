import { expect, it } from 'vitest'
import { tilesAlong } from './tiles.ts'

it('a line that fits is one tile', () => {
  expect(tilesAlong(40, 40, 16)).toEqual([{ start: 0, length: 40, from: 0, end: 40 }])
})

it('tiles give every pixel once, see the overlap beyond, and keep to multiples', () => {
  for (const multiple of [1, 8])
    for (const overlap of [0, 1, 3])
      for (const largest of [2 * overlap + 1, 2 * overlap + 4])
        for (let length = 1; length < 40; length++) {
          const tiles = tilesAlong(length * multiple, largest * multiple, overlap * multiple)
          expect(tiles[0]!.from).toBe(0)
          expect(tiles.at(-1)!.end).toBe(length * multiple)
          tiles.forEach((tile, i) => {
            expect(tile.from).toBe(i === 0 ? 0 : tiles[i - 1]!.end)
            expect(tile.end).toBeGreaterThan(tile.from)
            const last = tile.start + tile.length
            for (const value of [tile.start, tile.length]) expect(value % multiple).toBe(0)
            if (tile.start > 0) expect(tile.from - tile.start).toBeGreaterThanOrEqual(overlap * multiple)
            if (last < length * multiple) expect(last - tile.end).toBeGreaterThanOrEqual(overlap * multiple)
            expect(tile.start).toBeGreaterThanOrEqual(0)
            expect(last).toBeLessThanOrEqual(length * multiple)
            expect(tile.length).toBeLessThanOrEqual(largest * multiple)
          })
        }
})

it('tiles that give nothing are refused', () => {
  expect(() => tilesAlong(100, 32, 16)).toThrow('Tiles of 32 pixels that overlap by 16 on either side give none.')
})

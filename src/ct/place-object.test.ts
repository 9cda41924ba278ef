import { createHash } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import type { AnalyticObject, RasterObject } from './case.ts'
import { imageLength, parallelBeam, sinogramLength } from './geometry.ts'
import { placeObject } from './place-object.ts'
import { presets } from './presets.ts'
import { forEachView } from './ray-lines.ts'
import { attenuationFromHu, defaultScale, huFromAttenuation, lodopabScale } from './units.ts'
import { UserError } from './user-error.ts'

/** A disc about the isocentre, its chords and a raster without anti-aliasing: enough to see where it lands. */
function disc(radiusMm: number): AnalyticObject {
  return {
    kind: 'analytic',
    radiusMm,
    lineIntegrals(geometry) {
      const integrals = new Float64Array(sinogramLength(geometry))
      forEachView(geometry, (view, { distanceMm }) => {
        for (let bin = 0; bin < geometry.bins; bin++)
          integrals[view * geometry.bins + bin] = 0.0192 * 2 * Math.sqrt(Math.max(0, radiusMm ** 2 - distanceMm[bin]! ** 2))
      })
      return integrals
    },
    rasterise(grid) {
      const middle = (grid.rows - 1) / 2
      return Float32Array.from({ length: imageLength(grid) }, (_, i) => {
        const [row, column] = [Math.floor(i / grid.columns) - middle, (i % grid.columns) - middle]
        return Math.hypot(row, column) * grid.pixelMm <= radiusMm ? 0.0192 : 0
      })
    },
    scaled: factor => disc(radiusMm * factor),
  }
}

function slice(rows: number, columns: number, pixelMm: number, hu: (row: number, column: number) => number): RasterObject {
  const data = Float32Array.from({ length: rows * columns }, (_, i) => hu(Math.floor(i / columns), i % columns))
  return { kind: 'raster', rows, columns, pixelMm, hu: data }
}

/** The same with air outside the inscribed circle. */
function round(side: number, pixelMm: number, hu: (row: number, column: number) => number): RasterObject {
  const middle = (side - 1) / 2
  return slice(side, side, pixelMm, (row, column) => (Math.hypot(row - middle, column - middle) > side / 2 ? -1000 : hu(row, column)))
}

function hashOf(data: Float32Array | Float64Array): string {
  return createHash('sha256').update(data).digest('hex')
}

const parallel = presets['parallel-256']

describe('a phantom', () => {
  it('keeps its size, the preset grid and the default scale', () => {
    const placed = placeObject(disc(150), parallel, 'disc')
    expect(placed).toMatchObject({ grid: parallel.grid, scale: defaultScale, magnification: 1 })
    expect(hashOf(placed.truth.data)).toBe(hashOf(disc(150).rasterise(parallel.grid)))
    expect(hashOf(placed.exactLineIntegrals())).toBe(hashOf(disc(150).lineIntegrals(parallel.geometry)))
  })

  it.each([
    ['the grid', parallel, 193, 'sees 192.0 mm'],
    ['the field of view', presets['2detect'], 57.9, 'sees 57.7 mm'],
  ])('that reaches out of %s is refused by name and size', (_, preset, radius, sees) => {
    const place = () => placeObject(disc(radius), preset, 'phantom-x/test-001')
    expect(place).toThrow(UserError)
    expect(place).toThrow(`Object "phantom-x/test-001" reaches ${radius.toFixed(1)} mm from the isocentre`)
    expect(place).toThrow(sees)
  })

  it('is scaled down to fit at lodopab, never up, and keeps its CT numbers', () => {
    const large = placeObject(disc(200), presets.lodopab, 'disc')
    expect(large.magnification).toBeCloseTo(0.65, 12)
    expect(large.exactLineIntegrals().reduce((a, b) => Math.max(a, b))).toBeCloseTo(0.0192 * 260, 3)
    expect(huFromAttenuation(large.truth.data[181 * 362 + 181]!, large.scale)).toBeCloseTo(0, 3)
    expect(placeObject(disc(100), presets.lodopab, 'disc').magnification).toBe(1)
  })
})

describe('a slice of CT numbers', () => {
  const at = (data: Float32Array, columns: number, row: number, column: number) => data[row * columns + column]!

  it('of 512² keeps its own spacing at a 512² preset, and is air outside its circle', () => {
    const placed = placeObject(round(512, 0.7, (row, column) => row - column), presets['mayo-siemens'], 'slice')
    expect(placed.grid).toEqual({ rows: 512, columns: 512, pixelMm: 0.7 })
    const { data } = placed.truth
    expect(at(data, 512, 200, 300)).toBe(Math.fround(attenuationFromHu(-100)))
    expect(at(data, 512, 10, 10)).toBe(0)
    expect(at(data, 512, 255, 0)).toBeGreaterThan(0)
  })

  it('of another size is averaged onto the preset grid and fills the same width', () => {
    const placed = placeObject(round(512, 0.7, (_, column) => column), parallel, 'slice')
    expect(placed.grid.pixelMm * 256).toBeCloseTo(512 * 0.7, 9)
    expect(huFromAttenuation(at(placed.truth.data, 256, 128, 100))).toBeCloseTo(200.5, 2)
  })

  it('has line integrals that agree with its truth: a uniform disc through its middle', () => {
    const placed = placeObject(slice(256, 256, 1.5, (row, column) => (Math.hypot(row - 127.5, column - 127.5) < 80 ? 0 : -1000)), parallel, 'disc')
    const exact = placed.exactLineIntegrals()
    expect(exact.length).toBe(360 * 367)
    // Bin 183 looks through the centre: 240 mm of water, to within half a pixel.
    for (const view of [0, 45, 91, 200]) expect(Math.abs(exact[view * 367 + 183]! / 0.0192 - 240)).toBeLessThan(0.75)
  })

  it('never has negative attenuation', () => {
    const { truth } = placeObject(slice(256, 256, 1, () => -1024), parallel, 'air')
    expect(truth.data.every(value => value === 0)).toBe(true)
  })

  it('that is larger than the field of view is refused when more than air lies beyond, by name and sizes', () => {
    const body = (radius: number) => slice(512, 512, 1.2, (row, column) => (Math.hypot(row - 255.5, column - 255.5) * 1.2 < radius ? 20 : -1000))
    expect(() => placeObject(body(270), presets['mayo-siemens'], 'big.dcm')).toThrow(
      /Slice "big.dcm" of 614.4 mm holds more than air up to 2[67]\d\.\d mm .* sees 251\.\d mm/,
    )
    expect(placeObject(body(240), presets['mayo-siemens'], 'fits.dcm').grid.pixelMm).toBeCloseTo(1.2, 12)
  })

  it('that reaches out of its inscribed circle is cut there and says how much; when it is a lot, it is refused', () => {
    const table = (rows: number) => {
      const body = round(256, 1, () => 20)
      return { ...body, hu: body.hu.map((value, i) => (i >= (256 - rows) * 256 ? 20 : value)) }
    }
    const inCircle = table(0).hu.filter(value => value > -900).length
    const withTable = table(16).hu.filter(value => value > -900).length
    const share = (100 * (withTable - inCircle)) / withTable
    const placed = placeObject(table(16), parallel, 'table.dcm')
    expect(share).toBeGreaterThan(3)
    expect(placed.note).toBe(
      `${share.toPrecision(2)} % of the pixels above −900 HU lie outside its inscribed circle (256.0 mm across) and are taken as air`,
    )
    expect(hashOf(placed.truth.data)).toBe(hashOf(placeObject(table(0), parallel, 'body.dcm').truth.data))
    expect(placeObject(table(0), parallel, 'body.dcm').note).toBeNull()
    expect(() => placeObject(slice(256, 256, 1, () => 20), parallel, 'full.npy')).toThrow(
      'Slice "full.npy" has 256 × 256 pixels of 1 mm: 21 % of the pixels above −900 HU lie outside its inscribed circle (256.0 mm across), at most 20 %',
    )
    expect(() => placeObject(slice(256, 512, 1, () => 20), parallel, 'wide.npy')).toThrow(/61 % .* Pad it with air/)
    expect(placeObject(slice(512, 512, 1, () => 20), presets.lodopab, 'full.npy').note).toBeNull()
  })

  it('at lodopab is its central 362² pixels as 260 mm, corners and air included', () => {
    const placed = placeObject(slice(512, 512, 0.9, (row, column) => row + column / 1000 - 500), presets.lodopab, 'slice')
    expect(placed.grid).toBe(presets.lodopab.grid)
    expect(placed.scale).toBe(lodopabScale)
    expect(at(placed.truth.data, 362, 0, 0)).toBe(Math.fround(attenuationFromHu(Math.fround(75.075 - 500), lodopabScale)))
    expect(at(placed.truth.data, 362, 361, 361)).toBe(Math.fround(attenuationFromHu(Math.fround(436.436 - 500), lodopabScale)))
    const oneView = parallelBeam({ ...presets.lodopab.geometry, anglesRad: [Math.PI / 2] })
    const water = placeObject(slice(512, 512, 0.9, () => 0), { ...presets.lodopab, geometry: oneView }, 'water')
    expect(water.exactLineIntegrals()[256]!).toBeCloseTo(0.02 * 260, 6)
  })

  it('smaller than 362² is refused at lodopab', () => {
    expect(() => placeObject(slice(256, 512, 1, () => 0), presets.lodopab, 'small.npy')).toThrow(
      'Slice "small.npy" has 256 × 512 pixels, preset lodopab takes the central 362 × 362',
    )
  })

  it('with a NaN, the wrong length or no pixel size is refused', () => {
    const broken = slice(4, 4, 1, (row, column) => (row === 2 && column === 1 ? NaN : 0))
    expect(() => placeObject(broken, parallel, 'nan.npy')).toThrow('Slice "nan.npy" holds NaN at row 2, column 1')
    expect(() => placeObject({ ...slice(4, 4, 1, () => 0), rows: 5 }, parallel, 'x')).toThrow('has 16 values, expected 5 × 4')
    expect(() => placeObject(slice(4, 4, 0, () => 0), parallel, 'x')).toThrow('pixels of 0 mm')
  })
})

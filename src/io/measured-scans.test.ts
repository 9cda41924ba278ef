import { mkdtemp, readFile, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import h5wasm from 'h5wasm/node'
import { describe, expect, it } from 'vitest'
import { coverageNote } from '../ct/angular-coverage.ts'
import { filteredBackProjection } from '../ct/filtered-back-projection.ts'
import { evenAngles, fanBeam, imageGrid, parallelBeam } from '../ct/geometry.ts'
import { ReferenceProjector } from '../ct/reference-projector.ts'
import { discSinogram } from '../testing/disc-sinogram.ts'
import { matBytes, type MatSource } from '../testing/mat-bytes.ts'
import { realData } from '../testing/real-data.ts'
import { dataExchangeRows, readDataExchange } from './data-exchange.ts'
import { readHtc2022 } from './htc2022.ts'
import { readMat, rowMajor, type MatNumbers } from './mat.ts'

const folder = await mkdtemp(join(tmpdir(), 'sinobench-scans-'))
await h5wasm.ready

const one = (value: number): MatSource => ({ shape: [1, 1], data: [value] })

describe('readHtc2022', () => {
  const fan = fanBeam({
    ...{ detector: 'flat', anglesRad: evenAngles(24, 2 * Math.PI), bins: 40, pitchMm: 3 },
    ...{ sourceToIsocentreMm: 410.66, sourceToDetectorMm: 553.74 },
  })
  const rows = discSinogram(fan, { xMm: 5, yMm: -8, radiusMm: 20, mu: 0.03 })
  const repeated = Float32Array.from({ length: 25 * 40 }, (_, i) => rows[i % rows.length]!)
  const file = async (name: string, changes: Record<string, MatSource>, sinogram = repeated, views = 25): Promise<string> => {
    const columnMajor = Float64Array.from({ length: views * 40 }, (_, i) => sinogram[(i % views) * 40 + Math.floor(i / views)]!)
    const parameters = {
      ...{ angles: { shape: [1, views], data: Array.from({ length: views }, (_, k) => 15 * k) }, numDetectorsPost: one(40) },
      ...{ pixelSizePost: one(3), effectivePixelSizePost: one(2.2), distanceSourceOrigin: one(410.66), distanceSourceDetector: one(553.74) },
      ...changes,
    }
    const path = join(folder, name)
    await writeFile(path, matBytes({ CtDataFull: { fields: { sinogram: { shape: [views, 40], data: columnMajor }, parameters: { fields: parameters } } } }))
    return path
  }

  it('reads geometry and sinogram, and drops the last view where it repeats the first', async () => {
    const { sinogram, grid, scale, notes } = await readHtc2022(await file('full.mat', {}))
    expect(sinogram.data).toEqual(rows)
    expect(sinogram.geometry).toMatchObject({ ...fan, anglesRad: expect.anything() })
    sinogram.geometry.anglesRad.forEach((angle, view) => expect(angle).toBeCloseTo(fan.anglesRad[view]!, 12))
    expect([grid.rows, grid.columns, grid.pixelMm, scale]).toEqual([512, 512, 2.2, null])
    expect(notes.join()).toContain('was dropped')
  })

  it('keeps every view of a limited scan, and says that it is limited', async () => {
    const { sinogram } = await readHtc2022(await file('limited.mat', {}, rows.slice(0, 7 * 40), 7))
    expect(sinogram.geometry.anglesRad).toHaveLength(7)
    expect(coverageNote(sinogram.geometry)).toContain('of the 360°')
  })

  it('refuses a file of something else, a missing field and a sinogram that does not fit', async () => {
    await writeFile(join(folder, 'other.mat'), matBytes({ reconFullFbp: one(1) }))
    await expect(readHtc2022(join(folder, 'other.mat'))).rejects.toThrow('other.mat holds reconFullFbp, expected the struct CtDataFull')
    await expect(readHtc2022(await file('a.mat', { pixelSizePost: 'wide' }))).rejects.toThrow('no numbers in "pixelSizePost"')
    await expect(readHtc2022(await file('b.mat', { numDetectorsPost: one(41) }))).rejects.toThrow('its parameters say 25 angles and 41 detectors')
    await expect(readHtc2022(await file('c.mat', {}, repeated.map((value, i) => (i === 3 ? NaN : value))))).rejects.toThrow('holds NaN at index 3')
  })
})

describe('readDataExchange', () => {
  const bins = 64
  const views = 90
  const geometry = parallelBeam({ anglesRad: evenAngles(views, Math.PI), bins, pitchMm: 1, offsetMm: 2.5 })
  const lines = discSinogram(geometry, { xMm: 4, yMm: 9, radiusMm: 14, mu: 0.05 })
  const flat = (bin: number): number => 2000 + 10 * bin
  const dark = (bin: number): number => 100 + bin
  const write = (name: string, options: { theta?: Float64Array; without?: string } = {}): string => {
    const path = join(folder, name)
    const file = new h5wasm.File(path, 'w')
    file.create_group('exchange')
    // Two rows; the second has half the attenuation.
    const counts = new Float32Array(views * 2 * bins)
    for (let view = 0; view < views; view++)
      for (let row = 0; row < 2; row++)
        for (let bin = 0; bin < bins; bin++)
          counts[(view * 2 + row) * bins + bin] = dark(bin) + (flat(bin) - dark(bin)) * Math.exp(-lines[view * bins + bin]! / (row + 1))
    const fields = (of: (bin: number) => number): Float32Array => Float32Array.from({ length: 3 * 2 * bins }, (_, i) => of(i % bins) + Math.floor(i / (2 * bins)) - 1)
    const datasets: Record<string, [Float32Array | Float64Array, number[]]> = {
      data: [counts, [views, 2, bins]],
      data_white: [fields(flat), [3, 2, bins]],
      data_dark: [fields(dark), [3, 2, bins]],
      theta: [options.theta ?? Float64Array.from(geometry.anglesRad, angle => (angle * 180) / Math.PI), [options.theta?.length ?? views]],
    }
    for (const [dataset, [data, shape]] of Object.entries(datasets))
      if (dataset !== options.without) file.create_dataset({ name: `exchange/${dataset}`, data, shape })
    file.close()
    return path
  }

  it('applies flat and dark fields, takes the row, and puts the axis where the projections say', async () => {
    const path = write('scan.h5')
    expect(await dataExchangeRows(path)).toBe(2)
    const { sinogram, grid, scale, notes } = await readDataExchange(path)
    sinogram.data.forEach((value, i) => expect(Math.abs(value - lines[i]!)).toBeLessThan(1e-5))
    expect(sinogram.geometry).toMatchObject({ kind: 'parallel', bins, pitchMm: 1 })
    expect(sinogram.geometry.offsetMm).toBeCloseTo(2.5, 1) // the estimate is good to a twentieth of a bin
    expect([grid.rows, grid.pixelMm, scale]).toEqual([bins, 1, null])
    expect(notes.join()).toMatch(/estimated.*1 mm assumed/)
    const second = await readDataExchange(path, { row: 1, centreBin: 29, pixelMm: 0.5 })
    expect(second.sinogram.data[40 * bins + 30]).toBeCloseTo(lines[40 * bins + 30]! / 2, 5)
    expect(second.sinogram.geometry.offsetMm).toBeCloseTo(1.25, 12)
    expect(second.notes.join()).not.toMatch(/estimated|assumed/)
  })

  it('says which row, dataset or angle is not there', async () => {
    const path = write('scan.h5')
    await expect(readDataExchange(path, { row: 2 })).rejects.toThrow('has no row 2: its 2 rows are 0 to 1')
    await expect(readDataExchange(path, { centreBin: 64 })).rejects.toThrow('not one of the bins 0 to 63')
    await expect(readDataExchange(write('no-white.h5', { without: 'data_white' }))).rejects.toThrow('has no dataset exchange/data_white')
    await expect(readDataExchange(write('no-data.h5', { without: 'data' }))).rejects.toThrow('not a Data Exchange file')
    await expect(readDataExchange(write('theta.h5', { theta: new Float64Array(5) }))).rejects.toThrow('90 views and 5 angles')
    const without = await readDataExchange(write('no-theta.h5', { without: 'theta' }))
    expect(without.sinogram.geometry.anglesRad[45]).toBeCloseTo(Math.PI / 2, 12)
  })
})

const htc = realData('sinograms/htc2022')
describe.skipIf(htc === null)('real HTC2022 scans', () => {
  it("reconstruct as the challenge's own FBP does, the same way up and at the same scale", async () => {
    const scan = await readHtc2022(join(htc!, 'htc2022_ta_full.mat'))
    const fbp = await readMat(join(htc!, 'htc2022_ta_full_recon_fbp.mat'))
    const theirs = shrunk(rowMajor(fbp['reconFullFbp'] as MatNumbers), 512, 4)
    const grid = imageGrid(128, 128, 4 * scan.grid.pixelMm) // a quarter of the resolution: seconds instead of a minute
    const projector = new ReferenceProjector(scan.sinogram.geometry, grid)
    const ours = await filteredBackProjection(projector, scan.sinogram, { name: 'hann', cutoff: 0.5 })
    await projector.dispose()
    expect(correlation(ours, theirs)).toBeGreaterThan(0.99)
    const sum = (values: Float32Array): number => values.reduce((total, value) => total + value, 0)
    expect((sum(ours) * scan.grid.pixelMm) / sum(theirs)).toBeCloseTo(1, 2) // theirs is per pixel
  })

  it('are told apart from truncated ones', async () => {
    const bytes = await readFile(join(htc!, 'htc2022_ta_full.mat'))
    await writeFile(join(folder, 'cut.mat'), bytes.subarray(0, bytes.length - 1000))
    await expect(readHtc2022(join(folder, 'cut.mat'))).rejects.toThrow(/cut.mat is truncated/)
  })
})

const tooth = realData('sinograms/tooth/tooth.h5')
describe.skipIf(tooth === null)('the real tooth', () => {
  it('has its axis left of the middle in both rows, and little in the air', async () => {
    for (const row of [0, 1]) {
      const { sinogram } = await readDataExchange(tooth!, { row })
      expect(319.5 - sinogram.geometry.offsetMm).toBeCloseTo(295.85, 0) // seen in the picture: no half-moons at its edges
      expect(Math.abs(sinogram.data[90 * 640 + 20]!)).toBeLessThan(0.1)
    }
  })
})

function shrunk(values: Float32Array, side: number, factor: number): Float32Array {
  const small = side / factor
  const result = new Float32Array(small * small)
  for (let row = 0; row < side; row++)
    for (let column = 0; column < side; column++)
      result[Math.floor(row / factor) * small + Math.floor(column / factor)]! += values[row * side + column]! / factor ** 2
  return result
}

function correlation(a: Float32Array, b: Float32Array): number {
  const mean = (values: Float32Array): number => values.reduce((total, value) => total + value, 0) / values.length
  const [meanA, meanB] = [mean(a), mean(b)]
  let [both, squareA, squareB] = [0, 0, 0]
  for (let i = 0; i < a.length; i++) {
    both += (a[i]! - meanA) * (b[i]! - meanB)
    squareA += (a[i]! - meanA) ** 2
    squareB += (b[i]! - meanB) ** 2
  }
  return both / Math.sqrt(squareA * squareB)
}

import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import h5wasm from 'h5wasm/node'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { SimulatedCase } from '../ct/case.ts'
import { createProjector } from '../ct/create-projector.ts'
import { filteredBackProjection } from '../ct/filtered-back-projection.ts'
import { parseGeometry } from '../ct/geometry.ts'
import { estimateNoiseHu } from '../ct/noise-level.ts'
import { prepareScan } from '../ct/prepare-scan.ts'
import { presets } from '../ct/presets.ts'
import { splitGeometry, splitSinogram } from '../ct/split-views.ts'
import { defaultScale, huImage } from '../ct/units.ts'
import { UserError } from '../ct/user-error.ts'
import { withHdf5 } from '../io/hdf5.ts'
import { exportPairs, type PairsRequest } from './export-pairs.ts'
import { findDataset, type FoundDataset } from './find-modules.ts'

const folder = mkdtempSync(join(tmpdir(), 'sinobench-pairs-'))
const path = join(folder, 'pairs.h5')
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const preset = presets['parallel-256']
const filters = [{ name: 'ram-lak', cutoff: 1 }, { name: 'hann', cutoff: 0.8 }] as const
let found: FoundDataset
let notes: string[] = []

function request(changes: Partial<PairsRequest> = {}): PairsRequest {
  notes = []
  return {
    ...{ found, part: { kind: 'split', split: 'train' }, mostCases: 2, preset, doses: { kind: 'list', doses: [1, 0.1] }, realisations: 1, filters },
    ...{ sinograms: true, viewSplits: 4, seed: 3, backend: 'wasm', path, signal: new AbortController().signal },
    progress: { expected: () => {}, written: () => {}, noted: note => void notes.push(note) },
    ...changes,
  }
}

/** A column of texts, or a whole number of the file. */
async function readWith<T>(from: string, read: (file: InstanceType<typeof h5wasm.File>) => T): Promise<T> {
  await h5wasm.ready
  const file = new h5wasm.File(from, 'r')
  try {
    return read(file)
  } finally {
    file.close()
  }
}

const column = (name: string, from = path): Promise<number[]> => withHdf5(from, file => [...file.numbers(name)])
const image = (name: string, pair: number, part: number): Promise<Float32Array> =>
  withHdf5(path, file => Float32Array.from(file.numbers(name, [[pair, pair + 1], [part, part + 1], [0, 256], [0, 256]])))

describe('exportPairs', () => {
  const cases: SimulatedCase[] = []

  beforeAll(async () => {
    found = await findDataset('phantom-quality')
    for await (const one of found.dataset.cases({ split: 'train', dataDirectory: null, skipped: () => {} })) {
      cases.push(one as SimulatedCase)
      if (cases.length === 2) break
    }
    expect(await exportPairs(request())).toEqual({ cases: 2, pairs: 4 })
  })

  it('lays the file out as documented', async () => {
    await withHdf5(path, file => {
      const shapes = Object.fromEntries(file.names().map(name => [name, file.shape(name).join()]))
      expect(shapes).toEqual({
        ...{ truth: '2,256,256', pixel_mm: '2', case_id: '2', subject: '2', window: '2,2', case_index: '4', dose: '4', photons_per_ray: '4' },
        ...{ electronic_noise: '4', realisation: '4', noise_hu: '4,2', fbp: '4,2,256,256', sinogram: '4,360,367', split_fbp: '4,4,256,256' },
      })
      const text = (name: string): string | null => file.textAttribute('/', name)
      expect(['format', 'dataset', 'preset', 'backend'].map(text)).toEqual(['sinobench-pairs@1', 'phantom-quality', 'parallel-256', 'wasm'])
      expect(JSON.parse(text('filters')!)).toEqual(filters)
      const geometry = JSON.parse(text('geometry')!) as { scale: unknown }
      expect(parseGeometry(geometry)).toEqual(preset.geometry)
      expect(geometry.scale).toEqual(defaultScale)
    })
    expect(await column('case_index')).toEqual([0, 0, 1, 1])
    expect(await column('dose')).toEqual([1, 0.1, 1, 0.1])
    expect(await column('photons_per_ray')).toEqual([3.21e5, 3.21e4, 3.21e5, 3.21e4])
    expect((await column('electronic_noise'))[0]).toBeCloseTo(Math.sqrt(10), 12)
    expect(await column('pixel_mm')).toEqual([1.5, 1.5])
    expect((await column('window')).slice(0, 2)).toEqual([cases[0]!.window.lowHu, cases[0]!.window.highHu])
    await readWith(path, file => {
      expect(['case_id', 'subject'].map(name => (file.get(name) as InstanceType<typeof h5wasm.Dataset>).value)).toEqual([
        cases.map(({ id }) => id),
        cases.map(({ subject }) => subject),
      ])
      expect(['seed', 'view_splits'].map(name => file.attrs[name]!.value)).toEqual([3n, 4n])
    })
  })

  it('scans as a run does, with noise that no run has, and keeps truth, FBPs and their noise levels', async () => {
    const [object, caseId] = [cases[1]!.object, cases[1]!.id]
    const scan = prepareScan({ object, preset, seed: { suiteSeed: 3, dataset: 'export-pairs/phantom-quality', caseId } })
    const { sinogram } = scan.measure(0.1)
    const written = await withHdf5(path, file => Float32Array.from(file.numbers('sinogram', [[3, 4], [0, 360], [0, 367]])))
    expect(written).toEqual(sinogram.data)
    const ofRun = prepareScan({ object, preset, seed: { suiteSeed: 3, dataset: 'phantom-quality', caseId } }).measure(0.1).sinogram.data
    expect(written.filter((value, ray) => value === ofRun[ray]).length).toBeLessThan(0.02 * ofRun.length) // small counts coincide by chance

    const truth = await withHdf5(path, file => Float32Array.from(file.numbers('truth', [[1, 2], [0, 256], [0, 256]])))
    expect(truth).toEqual(huImage(scan.truth.data, scan.scale))
    const projector = await createProjector({ geometry: preset.geometry, grid: scan.grid, backend: 'wasm', threads: 2 })
    const noiseHu = await column('noise_hu')
    for (const [i, filter] of filters.entries()) {
      const hu = huImage(await filteredBackProjection(projector, sinogram, filter), scan.scale)
      expect(await image('fbp', 3, i)).toEqual(hu)
      expect(noiseHu[2 * 3 + i]).toBe(Math.fround(estimateNoiseHu(hu, 256, 256)))
    }
    await projector.dispose()
  })

  it('splits views: each part is the FBP of its views, and their mean the FBP of all', async () => {
    const fbp = await image('fbp', 1, 0)
    const parts = await Promise.all([0, 1, 2, 3].map(part => image('split_fbp', 1, part)))
    let furthest = 0
    fbp.forEach((value, i) => (furthest = Math.max(furthest, Math.abs(parts.reduce((sum, part) => sum + part[i]! / 4, 0) - value))))
    expect(furthest).toBeLessThan(0.01) // HU; float32 sums of values up to some thousand HU

    const { object, id: caseId } = cases[0]!
    const scan = prepareScan({ object, preset, seed: { suiteSeed: 3, dataset: 'export-pairs/phantom-quality', caseId } })
    const third = splitSinogram(scan.measure(0.1).sinogram, splitGeometry(preset.geometry, 4))[2]!
    const projector = await createProjector({ geometry: third.geometry, grid: scan.grid, backend: 'wasm', threads: 2 })
    expect(parts[2]).toEqual(huImage(await filteredBackProjection(projector, third, filters[0]), scan.scale))
    await projector.dispose()
  })

  it('gives the same bits for the same seed, draws doses in their range, and leaves out what is not asked for', async () => {
    const small = { mostCases: 1, doses: { kind: 'range', low: 0.05, high: 0.5, perCase: 3 }, realisations: 2, filters: [filters[1]], sinograms: false, viewSplits: 0 } as const
    const [first, again, other] = [join(folder, 'first.h5'), join(folder, 'again.h5'), join(folder, 'other.h5')]
    for (const [at, seed] of [[first, 3], [again, 3], [other, 4]] as const) expect(await exportPairs(request({ ...small, seed, path: at }))).toEqual({ cases: 1, pairs: 6 })
    expect(await withHdf5(first, file => file.names().filter(name => /sinogram|split/.test(name)))).toEqual([])
    for (const name of ['dose', 'noise_hu', 'fbp']) {
      expect(await column(name, again)).toEqual(await column(name, first))
      expect(await column(name, other)).not.toEqual(await column(name, first))
    }
    const doses = await column('dose', first)
    expect(new Set(doses).size).toBe(3)
    for (const dose of doses) expect(dose).toBeGreaterThanOrEqual(0.05)
    for (const dose of doses) expect(dose).toBeLessThanOrEqual(0.5)
    expect(await column('realisation', first)).toEqual([0, 1, 0, 1, 0, 1])
    const levels = await column('noise_hu', first)
    expect(levels[0]).not.toBe(levels[1])
    rmSync(first)
    rmSync(again)
    rmSync(other)
  })

  it('passes over a case that does not fit, and says so', async () => {
    const size = 64
    const slice = (id: string, pixelMm: number): SimulatedCase => ({ ...cases[0]!, id, object: { kind: 'raster', rows: size, columns: size, pixelMm, hu: disc(size) } })
    const slices = datasetOf(async function* () {
      yield slice('large', 20)
      yield slice('small', 4)
    })
    const at = join(folder, 'slices.h5')
    const fewer = { doses: { kind: 'list', doses: [1] }, sinograms: false, viewSplits: 0, path: at } as const
    expect(await exportPairs(request({ found: slices, ...fewer }))).toEqual({ cases: 1, pairs: 1 })
    expect(notes[0]).toMatch(/^Passed over large: Slice "odd\/large" of 1280.0 mm holds more than air/)
    expect(notes[1]).toBe('2 cases were expected; 1 could be had.')
    expect(await column('pixel_mm', at)).toEqual([1])
    rmSync(at)
    const none = datasetOf(async function* () {
      yield slice('large', 20)
    })
    await expect(exportPairs(request({ found: none, ...fewer }))).rejects.toThrow('No case of odd could be scanned with preset parallel-256')
  })

  it('leaves no file, and an earlier one as it was, when the dataset fails or the user stops it', async () => {
    const at = join(folder, 'failing.h5')
    writeFileSync(at, 'earlier')
    const before = readdirSync(folder).sort()
    const failing = datasetOf(async function* () {
      yield cases[0]!
      throw new UserError('the disk with the slices is gone')
    })
    await expect(exportPairs(request({ found: failing, path: at }))).rejects.toThrow('the disk with the slices is gone')
    const stop = new AbortController()
    const progress = { expected: () => {}, noted: () => {}, written: () => stop.abort(new UserError('Stopped.')) }
    await expect(exportPairs(request({ signal: stop.signal, progress, path: at }))).rejects.toThrow('Stopped.')
    expect(readdirSync(folder).sort()).toEqual(before)
    expect(readFileSync(at, 'utf8')).toBe('earlier')
  })

  it('refuses views that do not split evenly, and too little dose, before any work', async () => {
    await expect(exportPairs(request({ viewSplits: 7 }))).rejects.toThrow('360 views cannot be split into 7 parts of equal size. Choose a divisor of 360.')
    await expect(exportPairs(request({ doses: { kind: 'range', low: 1e-6, high: 1, perCase: 1 } }))).rejects.toThrow('Raise the dose or the photons.')
  })
})

function datasetOf(all: () => AsyncGenerator<SimulatedCase>): FoundDataset {
  return { id: 'odd', path: '', dataset: { ...found.dataset, cases: all } }
}

/** Water in air. */
function disc(size: number): Float32Array {
  return Float32Array.from({ length: size * size }, (_, i) => (Math.hypot(Math.floor(i / size) - size / 2, (i % size) - size / 2) < size / 3 ? 0 : -1000))
}

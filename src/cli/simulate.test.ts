import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { parseGeometry } from '../ct/geometry.ts'
import { prepareScan } from '../ct/prepare-scan.ts'
import { presets } from '../ct/presets.ts'
import { UserError } from '../ct/user-error.ts'
import { readNpy, writeNpy } from '../io/npy.ts'
import { findDataset } from '../run/find-modules.ts'
import { buildParser } from './parser.ts'

const folder = mkdtempSync(join(tmpdir(), 'sinobench-simulate-'))
const at = (...names: string[]): string => join(folder, ...names)
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** A disc of water on 40 × 40 pixels, 100 HU in one quarter: enough to see orientation. */
const hu = Float32Array.from({ length: 1600 }, (_, i) => {
  const [row, column] = [Math.floor(i / 40), i % 40]
  if (Math.hypot(row - 19.5, column - 19.5) > 20) return -1000
  return row < 20 && column < 20 ? 100 : 0
})

/** Returns what was said on stderr. */
async function simulate(...args: string[]): Promise<string> {
  const printed = vi.spyOn(process.stdout, 'write').mockReturnValue(true)
  const warned = vi.spyOn(process.stderr, 'write').mockReturnValue(true)
  try {
    await buildParser(['simulate', ...args], '0').parseAsync()
    return warned.mock.calls.map(([text]) => String(text)).join('')
  } finally {
    printed.mockRestore()
    warned.mockRestore()
  }
}

describe('sinobench simulate', () => {
  beforeAll(async () => {
    await writeNpy(at('water.npy'), hu, [40, 40])
    await writeNpy(at('full.npy'), new Float32Array(1600), [40, 40])
    await writeNpy(at('table.npy'), hu.map((value, i) => (i < 40 ? 0 : value)), [40, 40])
    await writeNpy(at('cube.npy'), new Float32Array(8), [2, 2, 2])
    await writeNpy(at('nan.npy'), Float32Array.of(0, NaN, 0, 0), [2, 2])
    writeFileSync(at('truncated.npy'), readFileSync(at('water.npy')).subarray(0, 3000))
    writeFileSync(at('truncated.dcm'), 'no DICOM')
    mkdirSync(at('empty'))
  })

  const wanted = ['--preset', 'parallel-256', '--dose', '0.25', '--pixel-mm', '4']

  it('writes the scan of an image: the very measurement, its geometry, its truth in HU, how it was counted', async () => {
    await simulate(at('water.npy'), ...wanted, '--seed', '7', '--out', at('deep', 'scan'))
    expect(readdirSync(at('deep', 'scan')).sort()).toEqual(['acquisition.json', 'geometry.json', 'sinogram.npy', 'truth.npy'])

    const written = JSON.parse(readFileSync(at('deep', 'scan', 'geometry.json'), 'utf8')) as Record<string, unknown>
    expect(parseGeometry(written)).toEqual(presets['parallel-256'].geometry)
    expect(written).toMatchObject({ grid: { rows: 256, columns: 256, pixelMm: 0.625 }, scale: { muWater: 0.0192, muAir: 0 } })

    const object = { kind: 'raster', rows: 40, columns: 40, pixelMm: 4, hu } as const
    const seed = { suiteSeed: 7, dataset: 'simulate', caseId: 'water.npy' }
    const { sinogram } = prepareScan({ object, preset: presets['parallel-256'], seed }).measure(0.25)
    const read = await readNpy(at('deep', 'scan', 'sinogram.npy'))
    expect(read.shape).toEqual([360, 367])
    expect(Buffer.from(read.data.buffer).equals(Buffer.from(sinogram.data.buffer))).toBe(true)

    const truth = await readNpy(at('deep', 'scan', 'truth.npy'))
    expect(truth.shape).toEqual([256, 256])
    expect([truth.data[80 * 256 + 80], truth.data[80 * 256 + 180], truth.data[0]].map(value => Math.round(value!))).toEqual([100, 0, -1000])

    const acquisition = JSON.parse(readFileSync(at('deep', 'scan', 'acquisition.json'), 'utf8')) as Record<string, unknown>
    const { photonsPerRay } = presets['parallel-256'].acquisition
    expect(acquisition).toMatchObject({ preset: 'parallel-256', dose: 0.25, seed: 7, photonsPerRay: photonsPerRay / 4, floor: 1, bowtie: null })
  })

  it('takes photons and electronic noise, and replaces the scan of an earlier call but no other file', async () => {
    mkdirSync(at('again'))
    writeFileSync(at('again', 'notes.txt'), 'mine')
    await simulate(at('water.npy'), ...wanted, '--out', at('again'))
    const first = readFileSync(at('again', 'sinogram.npy'))
    await simulate(at('water.npy'), ...wanted, '--photons', '1000', '--electronic-noise', '0', '--out', at('again'))
    expect(JSON.parse(readFileSync(at('again', 'acquisition.json'), 'utf8'))).toMatchObject({ photonsPerRay: 250, electronicNoise: 0 })
    expect(readFileSync(at('again', 'sinogram.npy')).equals(first)).toBe(false)
    expect(readdirSync(at('again'))).toHaveLength(5)
  })

  it('says in one line what of a slice is taken as air, and nothing when nothing is', async () => {
    expect(await simulate(at('table.npy'), ...wanted, '--out', at('table'))).toMatch(
      /^.*table.npy: 2.\d % of the pixels above −900 HU lie outside its inscribed circle \(160.0 mm across\) and are taken as air\n$/,
    )
    const { data } = await readNpy(at('table', 'truth.npy'))
    expect([data[2 * 256 + 8], Math.round(data[2 * 256 + 128]!)]).toEqual([-1000, 0])
    expect(await simulate(at('water.npy'), ...wanted, '--out', at('silent'))).toBe('')
  })

  it('takes a phantom by name, with the noise that a run of the same seed has', async () => {
    await simulate('phantom-quality/test-001', '--preset', 'parallel-256', '--dose', '1', '--out', at('phantom'))
    const { dataset } = await findDataset('phantom-quality')
    for await (const one of dataset.cases({ split: 'test', dataDirectory: null, skipped: () => {} })) {
      if (one.kind !== 'simulated') throw new Error('a phantom is simulated')
      const seed = { suiteSeed: 1, dataset: 'phantom-quality', caseId: 'test-001' }
      const { sinogram } = prepareScan({ object: one.object, preset: presets['parallel-256'], seed }).measure(1)
      const { data } = await readNpy(at('phantom', 'sinogram.npy'))
      expect(one.id).toBe('test-001')
      expect(Buffer.from(data.buffer).equals(Buffer.from(sinogram.data.buffer))).toBe(true)
      break
    }
  })

  it.each([
    [/Dose is 0, /, ['water.npy', '--dose', '0']],
    [/Dose is 2, /, ['water.npy', '--dose', '2']],
    [/--dose abc: "abc" is not a number/, ['water.npy', '--dose', 'abc']],
    [/names 2 doses/, ['water.npy', '--dose', '1,0.5']],
    [/Photons per ray is 0/, ['water.npy', '--photons', '0']],
    [/--photons many is not a number/, ['water.npy', '--photons', 'many']],
    [/Electronic noise is -1/, ['water.npy', '--electronic-noise=-1']],
    [/--pixel-mm 0 is not a length/, ['water.npy', '--pixel-mm', '0']],
    [/--seed 1.5 is not a whole number/, ['water.npy', '--seed', '1.5']],
    [/Did you mean "parallel-256"/, ['water.npy', '--preset', 'paralel-256']],
    [/Did you mean "--photons"/, ['water.npy', '--photon', '5']],
    [/holds more than air up to .* sees 275.3 mm/, ['water.npy', '--pixel-mm', '20']],
    [/has 40 × 40 pixels of 4 mm: 2[12] % of the pixels above −900 HU lie outside its inscribed circle \(160.0 mm across\), at most 20 %/, ['full.npy']],
    [/leaves 3.21e-295 \(preset parallel-256\), expected at least 1/, ['water.npy', '--dose', '1e-300']],
    [/holds NaN at row 0, column 1/, ['nan.npy']],
    [/shape \(2, 2, 2\), expected one image/, ['cube.npy']],
    [/is truncated/, ['truncated.npy']],
    [/No file at .*missing.npy/, ['missing.npy']],
  ])('refuses, and writes nothing: %s', async (message, [file, ...changes]) => {
    const flags = new Map([...Array(3).keys()].map(i => [wanted[2 * i]!, wanted[2 * i + 1]!]))
    const extra: string[] = []
    for (let i = 0; i < changes.length; i++) {
      if (changes[i]!.includes('=')) extra.push(changes[i]!)
      else flags.set(changes[i]!, changes[++i]!)
    }
    const failing = simulate(at(file!), ...[...flags].flat(), ...extra, '--out', at('refused'))
    await expect(failing).rejects.toThrow(UserError)
    await expect(failing).rejects.toThrow(message)
    expect(existsSync(at('refused'))).toBe(false)
    expect(readdirSync(folder).filter(name => name.startsWith('.'))).toEqual([])
  })

  it.each([
    [/is not a DICOM file/, 'truncated.dcm'],
    [/holds no axial CT slice/, 'empty'],
  ])('refuses, and writes nothing: %s', async (message, file) => {
    const failing = simulate(at(file), '--preset', 'lodopab', '--dose', '1', '--out', at('refused'))
    await expect(failing).rejects.toThrow(message)
    expect(existsSync(at('refused'))).toBe(false)
  })

  it('says what is missing or out of place', async () => {
    const flags = ['--preset', 'parallel-256', '--dose', '1', '--out', at('refused')]
    await expect(simulate(at('water.npy'), ...flags)).rejects.toThrow('Add --pixel-mm')
    await expect(simulate('phantom-quality', ...flags, '--pixel-mm', '1')).rejects.toThrow('--pixel-mm is for .npy images')
    await expect(simulate('phantom-qualty', ...flags)).rejects.toThrow('Did you mean "phantom-quality"')
    await expect(simulate('phantom-quality/test-9999', ...flags)).rejects.toThrow('Unknown case of phantom-quality "test-9999"')
    await expect(simulate('htc2022', ...flags)).rejects.toThrow('Dataset "htc2022"')
    await expect(simulate(at('water.npy'), ...wanted, '--out', at('water.npy'))).rejects.toThrow('is a file; --out names a folder')
    await expect(simulate(at('water.npy'), ...wanted, '--out', '/proc/nowhere/scan')).rejects.toThrow('Cannot write /proc/nowhere')
  })
})

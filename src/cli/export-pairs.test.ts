import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it, vi } from 'vitest'
import { UserError } from '../ct/user-error.ts'
import { withHdf5 } from '../io/hdf5.ts'
import { buildParser } from './parser.ts'

const folder = mkdtempSync(join(tmpdir(), 'sinobench-export-pairs-'))
const out = join(folder, 'pairs.h5')
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** Returns what was said on stdout. */
async function exportPairs(line: string): Promise<string> {
  const printed = vi.spyOn(process.stdout, 'write').mockReturnValue(true)
  const warned = vi.spyOn(process.stderr, 'write').mockReturnValue(true)
  try {
    await buildParser(['export-pairs', ...line.split(' ').filter(Boolean), '--out', out], '0').parseAsync()
    return printed.mock.calls.map(([text]) => String(text)).join('')
  } finally {
    printed.mockRestore()
    warned.mockRestore()
  }
}

const wanted = '--dataset phantom-quality --preset parallel-256'

describe('sinobench export-pairs', () => {
  it('writes the pairs that the flags ask for, and says so in one line', async () => {
    const said = await exportPairs(`${wanted} --split tune --cases 1 --doses 1,0.25 --filters hann:0.5 --no-sinograms --backend wasm`)
    expect(said).toMatch(/^2 pairs of 1 case, 0\.[89] MB → .*pairs\.h5\n$/)
    await withHdf5(out, file => {
      expect([file.shape('fbp'), file.isDataset('sinogram'), file.isDataset('split_fbp')]).toEqual([[2, 1, 256, 256], false, false])
      expect(file.textAttribute('/', 'filters')).toBe('[{"name":"hann","cutoff":0.5}]')
    })
    expect(readdirSync(folder)).toEqual(['pairs.h5'])
    rmSync(out)
  })

  it.each([
    [/export-pairs needs --dataset, --preset. Example: sinobench export-pairs --dataset phantom-thorax/, ''],
    [/Give doses: --doses 1,0.25, or --dose-range 0.05-1 --per-case 5/, `${wanted} --cases 1`],
    [/Give one of the two/, `${wanted} --cases 1 --doses 1 --dose-range 0.1-1`],
    [/--per-case is for --dose-range/, `${wanted} --cases 1 --doses 1 --per-case 2`],
    [/--doses abc: "abc" is not a number/, `${wanted} --cases 1 --doses abc`],
    [/Dose is 2, /, `${wanted} --cases 1 --doses 2`],
    [/--dose-range 1-0.1 is no range/, `${wanted} --cases 1 --dose-range 1-0.1`],
    [/--dose-range 0.5 is no range/, `${wanted} --cases 1 --dose-range 0.5`],
    [/Dose is 3, /, `${wanted} --cases 1 --dose-range 0.5-3`],
    [/methods are scored on the test cases/, `${wanted} --cases 1 --doses 1 --split test`],
    [/Unknown split "trian". Did you mean "train"/, `${wanted} --cases 1 --doses 1 --split trian`],
    [/--patients is for your own data/, `${wanted} --cases 1 --doses 1 --patients fit`],
    [/--data is for datasets that read your own data/, `${wanted} --cases 1 --doses 1 --data .`],
    [/Say how many: --cases 60/, `${wanted} --doses 1`],
    [/--cases 0 is not a whole number/, `${wanted} --doses 1 --cases 0`],
    [/--realisations 0 is not a whole number/, `${wanted} --doses 1 --cases 1 --realisations 0`],
    [/360 views cannot be split into 7 parts/, `${wanted} --doses 1 --cases 1 --view-splits 7`],
    [/"hann" is no window:cutoff/, `${wanted} --doses 1 --cases 1 --filters hann`],
    [/"hann:2" is no window:cutoff/, `${wanted} --doses 1 --cases 1 --filters ram-lak:1,hann:2`],
    [/Unknown filter "han". Did you mean "hann"/, `${wanted} --doses 1 --cases 1 --filters han:1`],
    [/Did you mean "phantom-thorax"/, '--dataset phantom-torax --preset parallel-256 --doses 1 --cases 1'],
    [/--split is for phantoms; "dicom" is split by patient/, '--dataset dicom --preset parallel-256 --doses 1 --split train --data .'],
    [/Name its folder: --data DIR/, '--dataset dicom --preset parallel-256 --doses 1'],
    [/--data nowhere does not exist/, '--dataset dicom --preset parallel-256 --doses 1 --data nowhere'],
    [/Unknown patients "fti". Did you mean "fit"/, '--dataset dicom --preset parallel-256 --doses 1 --data . --patients fti'],
    [/there are no pairs to export/, '--dataset tooth --preset parallel-256 --doses 1 --data .'],
  ])('refuses with %s', async (message, line) => {
    const error: unknown = await exportPairs(line).catch((thrown: unknown) => thrown)
    expect(error).toBeInstanceOf(UserError)
    expect((error as Error).message).toMatch(message)
    expect((error as Error).message).not.toContain('\n')
    expect(existsSync(out)).toBe(false)
    expect(readdirSync(folder)).toEqual([])
  })
})

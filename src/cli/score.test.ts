import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, describe, expect, it, vi } from 'vitest'
import yargs, { type CommandModule } from 'yargs'
import { UserError } from '../ct/user-error.ts'
import { writeNpy } from '../io/npy.ts'
import { protocolIds } from '../metrics/protocols.ts'
import { parseWindow } from './hu-window.ts'
import command from './score.ts'

const folder = mkdtempSync(join(tmpdir(), 'sinobench-score-'))
afterAll(() => rmSync(folder, { recursive: true }))
afterEach(() => vi.restoreAllMocks())

async function write(name: string, shape: number[], value: (i: number) => number): Promise<string> {
  const path = join(folder, name)
  await writeNpy(path, Float32Array.from({ length: shape.reduce((a, b) => a * b) }, (_, i) => value(i)), shape)
  return path
}

/** What the command prints. */
async function score(...args: string[]): Promise<string> {
  let printed = ''
  vi.spyOn(process.stdout, 'write').mockImplementation(text => {
    printed += String(text)
    return true
  })
  await yargs(['score', ...args])
    .command(command as CommandModule)
    .fail((message, error) => {
      throw error ?? new Error(message)
    })
    .parseAsync()
  return printed
}

const truth = await write('truth.npy', [20, 24], i => (i % 24) * 10 - 100)
const image = await write('image.npy', [20, 24], i => (i % 24) * 10 - 100 + (i % 2 ? 15 : -15))
const square = await write('square.npy', [20, 20], () => 0)
const volume = await write('volume.npy', [2, 12, 12], () => 0)
const notANumber = await write('nan.npy', [20, 24], i => (i === 7 ? NaN : 0))
const tiny = await write('tiny.npy', [5, 5], i => i)

describe('sinobench score', () => {
  it('prints scores by protocol and metric as JSON, and nothing else', async () => {
    const scores = JSON.parse(await score(truth, image, '--json'))
    expect(Object.keys(scores)).toEqual([...protocolIds])
    for (const id of protocolIds) expect(Object.keys(scores[id]).slice(0, 3)).toEqual(['psnr_db', 'ssim', 'rmse_hu'])
    expect(scores['full-range@1'].rmse_hu).toBeCloseTo(15, 10)
    expect(scores['full-range@1'].psnr_db).toBeCloseTo(20 * Math.log10(4096 / 15), 10)
    expect(JSON.parse(await score(truth, truth, '--json', '--protocol', 'redcnn@1'))).toEqual({
      'redcnn@1': { psnr_db: 'Infinity', ssim: 1, rmse_hu: 0 },
    })
  })

  it('takes a window and an exam', async () => {
    const window = JSON.parse(await score(truth, image, '--json', '--protocol', 'hu-window@1', '--window=0,3000'))
    expect(window['hu-window@1'].psnr_db).toBeCloseTo(20 * Math.log10(3000 / 15), 10)
    const exam = JSON.parse(await score(truth, image, '--json', '--protocol', 'ldctbench@1', '--exam', 'chest'))
    const other = JSON.parse(await score(truth, image, '--json', '--protocol', 'ldctbench@1', '--exam', 'abdomen'))
    expect(exam['ldctbench@1'].psnr_db).toBeGreaterThan(other['ldctbench@1'].psnr_db + 9)
  })

  it('prints a table whose every row names its protocol', async () => {
    const table = await score(truth, image, '--protocol', 'lodopab@1,full-range@1')
    expect(table).toMatch(/PSNR dB.*SSIM.*RMSE HU.*PSNR-FR dB/)
    expect(table).toMatch(/lodopab@1.* 15\.000 /)
    expect(table).toMatch(/full-range@1.* 48\.725 .* 15\.000 /)
    expect(table).not.toMatch(/redcnn/)
  })

  it.each([
    ['an unknown protocol', [truth, image, '--protocol', 'lodopap@1'], /Unknown protocol "lodopap@1". Did you mean "lodopab@1"\?/],
    ['an unknown exam', [truth, image, '--exam', 'abdomn'], /Did you mean "abdomen"/],
    ['an empty protocol', [truth, image, '--protocol', 'redcnn@1,'], /has an empty item/],
    ['a window of one number', [truth, image, '--window', '1500'], /--window 1500 is not a level and a width/],
    ['a missing file', [truth, join(folder, 'absent.npy')], /absent\.npy/],
    ['images of different sizes', [truth, square], /20 × 20, its truth .* is 20 × 24/],
    ['a volume', [volume, image], /has the shape \(2, 12, 12\), expected an image/],
    ['an image of NaN', [truth, notANumber], /nan\.npy holds NaN at index 7/],
    ['images below the window', [tiny, tiny], /at least 11 × 11/],
  ])('refuses %s in a line or two', async (_, args, message) => {
    const failure = await score(...args).catch((error: unknown) => error)
    expect(failure).toBeInstanceOf(UserError)
    expect((failure as Error).message).toMatch(message)
    expect((failure as Error).message.split('\n').length).toBeLessThanOrEqual(2)
  })

  it('refuses a file that is neither NPY nor DICOM', async () => {
    const path = join(folder, 'notes.txt')
    writeFileSync(path, 'not an image')
    await expect(score(path, image)).rejects.toThrow(UserError)
  })
})

describe('--window', () => {
  it('is level and width', () => {
    expect(parseWindow('-600,1500')).toEqual({ lowHu: -1350, highHu: 150 })
    expect(parseWindow('40, 80')).toEqual({ lowHu: 0, highHu: 80 })
  })

  it.each(['', '40', '40,', '40,80,1', 'a,b', '40,Infinity'])('refuses "%s"', text => {
    expect(() => parseWindow(text)).toThrow(/level and a width/)
  })

  it.each(['40,0', '40,-80'])('refuses the empty window %s', text => {
    expect(() => parseWindow(text)).toThrow(/shows nothing/)
  })
})

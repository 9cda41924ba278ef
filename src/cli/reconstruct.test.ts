import { mkdtemp, readdir, readFile, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { decode } from 'fast-png'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { evenAngles, parallelBeam } from '../ct/geometry.ts'
import { UserError } from '../ct/user-error.ts'
import { readNpy, writeNpy } from '../io/npy.ts'
import { discSinogram } from '../testing/disc-sinogram.ts'
import { onnxBytes } from '../testing/onnx-bytes.ts'
import { affine } from '../testing/tiny-networks.ts'
import { buildParser } from './parser.ts'

const geometry = parallelBeam({ anglesRad: evenAngles(60, Math.PI), bins: 65, pitchMm: 2 })
const misbehaving = join(import.meta.dirname, '..', 'run', 'test-methods', 'misbehaving.ts')
const water = discSinogram(geometry, { xMm: 0, yMm: 0, radiusMm: 45, mu: 0.0192 })
const described = { ...geometry, grid: { rows: 48, columns: 48, pixelMm: 2.5 }, scale: { muWater: 0.0192, muAir: 0 } }

let folder: string
let printed: string
let warned: string

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sinobench-reconstruct-'))
  printed = ''
  warned = ''
  vi.spyOn(process.stderr, 'write').mockImplementation(text => {
    warned += String(text)
    return true
  })
  vi.spyOn(process.stdout, 'write').mockImplementation(text => {
    printed += String(text)
    return true
  })
  await writeNpy(join(folder, 'sinogram.npy'), water, [60, 65])
  await writeFile(join(folder, 'geometry.json'), JSON.stringify(described))
})
afterEach(() => void vi.restoreAllMocks())

/** Runs in the folder's files: names with a dot are its. */
async function reconstruct(line: string): Promise<void> {
  const args = line.split(' ').map(word => (/^[\w-]+\.(npy|json|png|mat|h5|txt|onnx)$/.test(word) ? join(folder, word) : word))
  await buildParser(['reconstruct', ...args, '--backend=reference'], '0').parseAsync()
}

describe('sinobench reconstruct', () => {
  it('gives HU where the scan is calibrated, and a picture through the window', async () => {
    await reconstruct('sinogram.npy --geometry geometry.json --method fbp --set filter=hann --set cutoff=0.7 --out image.npy --png image.png --window=0,400')
    const { shape, data } = await readNpy(join(folder, 'image.npy'))
    expect(shape).toEqual([48, 48])
    let sum = 0
    for (let row = 18; row < 30; row++) for (let column = 18; column < 30; column++) sum += data[row * 48 + column]! / 144
    expect(Math.abs(sum)).toBeLessThan(5) // half a percent of water
    expect(Math.abs(data[24 * 48 + 2]! + 1000)).toBeLessThan(20) // air beside the disc; 60 views leave faint streaks
    const png = decode(await readFile(join(folder, 'image.png')))
    expect([png.width, png.height, png.data[0]]).toEqual([48, 48, 0])
    expect(Math.abs(png.data[24 * 48 + 24]! - 128)).toBeLessThan(16)
    expect(printed).toMatch(/^fbp {"filter":"hann","cutoff":0.7} on reference: 48 × 48 pixels of 2.5 mm .* HU → .*image.npy\n$/)
    expect((await readdir(folder)).sort()).toEqual(['geometry.json', 'image.npy', 'image.png', 'sinogram.npy'])
    expect(warned).toBe('')
  })

  it('takes an ONNX file as a method, and says what ran it', async () => {
    await writeFile(join(folder, 'water.onnx'), onnxBytes(affine(0.5, 512 / 700)))
    await reconstruct('sinogram.npy --geometry geometry.json --method water.onnx --out image.npy')
    const { data } = await readNpy(join(folder, 'image.npy'))
    expect(Math.abs(data[24 * 48 + 24]!)).toBeLessThan(10) // half a percent of water, and the ramp's noise
    expect(Math.abs(data[24 * 48 + 2]! + 500)).toBeLessThan(20) // air, half as far from water as it was
    expect(printed).toMatch(/^water {"filter":"ram-lak","cutoff":1,"tile":512,"runtime":"auto"} on reference \+ onnxruntime [\d.]+ cpu: /)
  })

  it('says in one line what a limited-angle scan leaves out', async () => {
    await writeNpy(join(folder, 'half.npy'), water.subarray(0, 30 * 65), [30, 65])
    await writeFile(join(folder, 'half.json'), JSON.stringify({ ...described, anglesRad: geometry.anglesRad.slice(0, 30) }))
    await reconstruct('half.npy --geometry half.json --out image.npy')
    expect(warned).toMatch(/^.*half.npy: the views cover 90° of the 180° that a parallel beam needs: [^\n]*\n$/)
    expect((await readNpy(join(folder, 'image.npy'))).shape).toEqual([48, 48])
  })

  it('gives 1/mm and says so where it is not, and takes the grid from flags', async () => {
    await writeFile(join(folder, 'bare.json'), JSON.stringify(geometry))
    await reconstruct('sinogram.npy --geometry bare.json --size 32 --pixel-mm 3 --out image.npy')
    const { shape, data } = await readNpy(join(folder, 'image.npy'))
    expect(shape).toEqual([32, 32])
    expect(data[16 * 32 + 16]).toBeCloseTo(0.0192, 3)
    expect(printed).toContain('32 × 32 pixels of 3 mm')
    expect(printed).toContain('1/mm (the scan is not calibrated in HU)')
  })

  it.each([
    ['has 64 bins, its geometry declares 65. Check bins in', 'narrow.npy --geometry geometry.json --out image.npy'],
    ['has 59 views, its geometry declares 60. Check anglesRad in', 'few.npy --geometry geometry.json --out image.npy'],
    ['Transpose it: views first.', 'turned.npy --geometry geometry.json --out image.npy'],
    ['expected (views, bins)', 'flat.npy --geometry geometry.json --out image.npy'],
    ['holds NaN at index 7', 'nan.npy --geometry geometry.json --out image.npy'],
    ['cut.npy is truncated: expected 15728 bytes for shape (60, 65), got 15000', 'cut.npy --geometry geometry.json --out image.npy'],
    ['does not know its geometry. Add --geometry', 'sinogram.npy --out image.npy'],
    ['names no image grid. Add --size and --pixel-mm', 'sinogram.npy --geometry bare.json --out image.npy'],
    ['bad.json: geometry.bins is "many", expected a number', 'sinogram.npy --geometry bad.json --out image.npy'],
    ['notes.txt is not JSON', 'sinogram.npy --geometry notes.txt --out image.npy'],
    ['notes.txt is no sinogram that is known here', 'notes.txt --out image.npy'],
    ['No file at', 'none.npy --geometry geometry.json --out image.npy'],
    ['cut.mat is not a MATLAB file', 'cut.mat --out image.npy'],
    ['cut.h5 is not an HDF5 file', 'cut.h5 --out image.npy'],
    ['--geometry is for .npy sinograms', 'cut.h5 --geometry geometry.json --out image.npy'],
    ['--centre is for Data Exchange HDF5 files', 'sinogram.npy --geometry geometry.json --centre 3 --out image.npy'],
    ['--centre abc is not a number', 'sinogram.npy --geometry geometry.json --centre abc --out image.npy'],
    ['--size 0 is not a whole number of at least 1', 'sinogram.npy --geometry geometry.json --size 0 --out image.npy'],
    ['pixelMm is -1', 'sinogram.npy --geometry geometry.json --pixel-mm=-1 --out image.npy'],
    ['Did you mean "fbp"?', 'sinogram.npy --geometry geometry.json --method fpb --out image.npy'],
    ['Did you mean "cutoff"?', 'sinogram.npy --geometry geometry.json --set cutof=0.5 --out image.npy'],
    ['Parameter cutoff of method "fbp": expected a number, got "wide".', 'sinogram.npy --geometry geometry.json --set cutoff=wide --out image.npy'],
    ['Parameter cutoff of method "fbp": expected a number of at most 1, got 3.', 'sinogram.npy --geometry geometry.json --set cutoff=3 --out image.npy'],
    ['Parameter filter of method "fbp": expected "ram-lak", ', 'sinogram.npy --geometry geometry.json --set filter=3 --out image.npy'],
    ['--set cutoff is not key=value', 'sinogram.npy --geometry geometry.json --set cutoff --out image.npy'],
    ['--window is for the picture', 'sinogram.npy --geometry geometry.json --window=0,1 --out image.npy'],
    ['part of its path is a file', 'sinogram.npy --geometry geometry.json --out FOLDER/notes.txt/image.npy'],
    ['--out and --png are both', 'sinogram.npy --geometry geometry.json --out image.npy --png image.npy'],
    ['part of its path is a file', 'sinogram.npy --geometry geometry.json --out image.npy --png FOLDER/notes.txt/image.png'],
    ['a folder of that name is there', 'sinogram.npy --geometry geometry.json --out image.npy --png FOLDER'],
    ["The method's process ended with code 3", `sinogram.npy --geometry geometry.json --method ${misbehaving} --set way=exit --out image.npy`],
    ["The short scan's 60 views span 180°, expected at least ", 'sinogram.npy --geometry short.json --out image.npy'],
    ['a folder of that name is there', 'sinogram.npy --geometry geometry.json --out FOLDER'],
  ])('says "%s" and writes nothing', async (message, line) => {
    const files: Record<string, [Float32Array, number[]]> = {
      narrow: [new Float32Array(60 * 64), [60, 64]],
      few: [new Float32Array(59 * 65), [59, 65]],
      turned: [water, [65, 60]],
      flat: [water, [3900]],
      nan: [water.map((value, i) => (i === 7 ? NaN : value)), [60, 65]],
    }
    for (const [name, [data, shape]] of Object.entries(files)) await writeNpy(join(folder, `${name}.npy`), data, shape)
    await writeFile(join(folder, 'cut.npy'), (await readFile(join(folder, 'sinogram.npy'))).subarray(0, 15000))
    await writeFile(join(folder, 'bare.json'), JSON.stringify(geometry))
    const fan = { ...described, kind: 'fan', detector: 'flat', scan: 'short', sourceToIsocentreMm: 400, sourceToDetectorMm: 800 }
    await writeFile(join(folder, 'short.json'), JSON.stringify(fan))
    await writeFile(join(folder, 'bad.json'), JSON.stringify({ ...geometry, bins: 'many' }))
    for (const name of ['notes.txt', 'cut.mat', 'cut.h5']) await writeFile(join(folder, name), 'hello')
    const before = (await readdir(folder)).sort()
    const error: unknown = await reconstruct(line.replace('FOLDER', folder)).catch((thrown: unknown) => thrown)
    expect(error).toBeInstanceOf(UserError)
    expect((error as Error).message).toContain(message)
    expect((error as Error).message.split('\n').length).toBeLessThanOrEqual(2)
    expect((await readdir(folder)).sort()).toEqual(before)
  })
})

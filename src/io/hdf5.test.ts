import { mkdtemp, readFile, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import h5wasm from 'h5wasm/node'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { UserError } from '../ct/user-error.ts'
import { withHdf5 } from './hdf5.ts'
import { readMat } from './mat.ts'

const folder = await mkdtemp(join(tmpdir(), 'sinobench-hdf5-'))
const path = join(folder, 'example.h5')
await h5wasm.ready
const file = new h5wasm.File(path, 'w')
const data = Float32Array.from({ length: 24 }, (_, i) => i / 2)
file.create_dataset({ name: 'plain', data, shape: [2, 3, 4] })
file.create_dataset({ name: 'packed', data: Int16Array.from({ length: 24 }, (_, i) => -i), shape: [2, 3, 4], chunks: [1, 3, 4], compression: 'gzip' })
file.create_dataset({ name: 'large', data: BigInt64Array.of(-5n, 2n ** 40n), shape: [2] })
file.create_group('group')
file.create_dataset({ name: 'group/title', data: 'tooth' })
;(file.get('plain') as InstanceType<typeof h5wasm.Dataset>).create_attribute('units', 'degrees')
file.close()

afterEach(() => void vi.restoreAllMocks())

describe('withHdf5', () => {
  it('reads whole datasets and parts of them, as numbers of any type', async () => {
    await withHdf5(path, hdf5 => {
      expect(hdf5.names()).toEqual(['group', 'large', 'packed', 'plain'])
      expect(hdf5.names('nothing')).toEqual([])
      expect([hdf5.isGroup('group'), hdf5.isGroup('plain'), hdf5.isDataset('group/title'), hdf5.isDataset('group/none')]).toEqual([true, false, true, false])
      expect(hdf5.shape('packed')).toEqual([2, 3, 4])
      expect(hdf5.numbers('plain')).toEqual(Float64Array.from(data))
      expect([...hdf5.numbers('packed', [[1, 2], [0, 3], [2, 4]])]).toEqual([-14, -15, -18, -19, -22, -23])
      expect([...hdf5.numbers('large')]).toEqual([-5, 2 ** 40])
      expect(hdf5.textAttribute('plain', 'units')).toBe('degrees')
      expect(hdf5.textAttribute('plain', 'none')).toBeNull()
    })
  })

  it('says what is missing or no number, without printing anything itself', async () => {
    const printed = [vi.spyOn(process.stderr, 'write'), vi.spyOn(console, 'error'), vi.spyOn(console, 'warn')]
    await expect(withHdf5(path, hdf5 => hdf5.numbers('plane'))).rejects.toThrow(/has no dataset plane. It has: .*plain/)
    await expect(withHdf5(path, hdf5 => hdf5.numbers('group/title'))).rejects.toThrow('group/title holds no real numbers')
    const whole = await readFile(path)
    const cut = join(folder, 'cut.h5')
    for (const length of [0, 7, 8, 40, 100, 600, 2000, whole.length - 1]) {
      await writeFile(cut, whole.subarray(0, length))
      await expect(withHdf5(cut, hdf5 => hdf5.numbers('plain'))).rejects.toBeInstanceOf(UserError)
    }
    await expect(withHdf5(cut, () => 0)).rejects.toThrow(`it is truncated, expected ${whole.length} bytes, got ${whole.length - 1}`)
    await expect(withHdf5('/nowhere.h5', () => 0)).rejects.toThrow('No file at /nowhere.h5')
    for (const stream of printed) expect(stream).not.toHaveBeenCalled()
  })

  it('refuses a filter that the library does not have, instead of giving stale bytes', async () => {
    const old = new h5wasm.File(join(folder, 'lzf.h5'), 'w', { libver: ['earliest', 'latest'] }) // without checksums in its headers
    old.create_dataset({ name: 'packed', data, shape: [24], chunks: [24], compression: 'gzip' })
    old.close()
    const bytes = await readFile(join(folder, 'lzf.h5'))
    const name = bytes.indexOf('deflate\0')
    expect(bytes.readUInt16LE(name - 8)).toBe(1) // the id of deflate, before its name's length, flags and count of values
    bytes.writeUInt16LE(32000, name - 8)
    bytes.write('lzf\0\0\0\0\0', name)
    await writeFile(join(folder, 'lzf.h5'), bytes)
    await expect(withHdf5(join(folder, 'lzf.h5'), hdf5 => hdf5.numbers('packed'))).rejects.toThrow(/packed is compressed with .*h5repack/)
  })
})

describe('readMat, version 7.3', () => {
  it('reads structs, texts and arrays from HDF5 behind a text of 512 bytes, axes turned around', async () => {
    const inner = join(folder, 'inner.h5')
    const mat = new h5wasm.File(inner, 'w')
    mat.create_dataset({ name: 'a', data: Float64Array.of(1, 4, 2, 5, 3, 6), shape: [3, 2] })
    mat.create_group('scan').create_dataset({ name: 'name', data: Uint16Array.from('ta', char => char.charCodeAt(0)), shape: [2, 1] })
    ;(mat.get('scan/name') as InstanceType<typeof h5wasm.Dataset>).create_attribute('MATLAB_class', 'char')
    mat.close()
    const text = Buffer.alloc(512, ' ')
    text.write('MATLAB 7.3 MAT-file')
    await writeFile(join(folder, 'a.mat'), Buffer.concat([text, await readFile(inner)]))
    expect(await readMat(join(folder, 'a.mat'))).toEqual({
      a: { kind: 'numbers', shape: [2, 3], data: Float64Array.of(1, 4, 2, 5, 3, 6) },
      scan: { kind: 'struct', fields: { name: { kind: 'text', text: 'ta' } } },
    })
  })
})

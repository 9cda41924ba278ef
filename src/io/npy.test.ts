import { mkdtemp, readdir, readFile, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { UserError } from '../ct/user-error.ts'
import { parseNpy, readNpy, writeNpy } from './npy.ts'

/** A version-1 file as numpy writes it. */
function npy(descr: string, fortran: boolean, shape: string, values: Uint8Array, version = 1): Uint8Array {
  const dict = `{'descr': '${descr}', 'fortran_order': ${fortran ? 'True' : 'False'}, 'shape': ${shape}, }`
  const start = version === 1 ? 10 : 12
  const header = Buffer.from(dict + ' '.repeat(63 - ((start + dict.length) % 64)) + '\n', 'latin1')
  const lead = Buffer.alloc(start)
  lead.write(`\x93NUMPY${String.fromCharCode(version)}\x00`, 0, 'latin1')
  if (version === 1) lead.writeUInt16LE(header.length, 8)
  else lead.writeUInt32LE(header.length, 8)
  return Buffer.concat([lead, header, values])
}

const bytesOf = (array: { buffer: ArrayBufferLike }): Uint8Array => new Uint8Array(array.buffer)

describe('readNpy', () => {
  it('reads back what writeNpy wrote, in any rank', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'sinobench-npy-'))
    const data = Float32Array.of(1.5, -2, 0, 1e-20, 3e30, NaN)
    for (const shape of [[6], [2, 3], [1, 3, 2]]) {
      await writeNpy(join(folder, 'a.npy'), data, shape)
      const read = await readNpy(join(folder, 'a.npy'))
      expect(read.shape).toEqual(shape)
      expect(read.data).toEqual(data)
    }
    expect((await readFile(join(folder, 'a.npy'))).indexOf('\n') % 64).toBe(63)
    expect(await readdir(folder)).toEqual(['a.npy'])
  })

  it.each([
    ['<f8', bytesOf(Float64Array.of(1, -2.5, 3))],
    ['>f4', Buffer.from([0x3f, 0x80, 0, 0, 0xc0, 0x20, 0, 0, 0x40, 0x40, 0, 0])],
  ])('reads %s', (descr, bytes) => {
    expect([...parseNpy(npy(descr, false, '(3,)', bytes), 'x.npy').data]).toEqual([1, -2.5, 3])
  })

  it.each([
    ['|i1', bytesOf(Int8Array.of(-1, 2))],
    ['<i2', bytesOf(Int16Array.of(-1, 2))],
    ['>i2', Buffer.from([0xff, 0xff, 0, 2])],
    ['<i4', bytesOf(Int32Array.of(-1, 2))],
    ['<i8', bytesOf(BigInt64Array.of(-1n, 2n))],
  ])('reads %s', (descr, bytes) => {
    expect([...parseNpy(npy(descr, false, '(2,)', bytes), 'x.npy').data]).toEqual([-1, 2])
  })

  it.each([
    ['|u1', bytesOf(Uint8Array.of(250, 1)), 250],
    ['<u2', bytesOf(Uint16Array.of(65000, 1)), 65000],
    ['<u4', bytesOf(Uint32Array.of(2 ** 31, 1)), 2 ** 31],
    ['|b1', bytesOf(Uint8Array.of(1, 1)), 1],
  ])('reads %s', (descr, bytes, first) => {
    expect([...parseNpy(npy(descr, false, '(2,)', bytes), 'x.npy').data]).toEqual([first, 1])
  })

  it('turns Fortran order into rows', () => {
    // numpy: arange(6).reshape(1, 2, 3) saved in Fortran order stores 0 3 1 4 2 5
    const array = parseNpy(npy('<f4', true, '(1, 2, 3)', bytesOf(Float32Array.of(0, 3, 1, 4, 2, 5))), 'x.npy')
    expect(array).toEqual({ shape: [1, 2, 3], data: Float32Array.of(0, 1, 2, 3, 4, 5) })
  })

  it('reads format versions 2 and 3 and a zero-dimensional array', () => {
    for (const version of [2, 3])
      expect(parseNpy(npy('<f4', false, '()', bytesOf(Float32Array.of(7)), version), 'x.npy')).toEqual({
        shape: [],
        data: Float32Array.of(7),
      })
  })

  it('tells a truncated file at every length, and one that is too long', () => {
    const whole = npy('<f4', false, '(2, 2)', bytesOf(Float32Array.of(1, 2, 3, 4)))
    for (let length = 0; length < whole.length; length++)
      expect(() => parseNpy(whole.subarray(0, length), 'cut.npy')).toThrow(UserError)
    expect(() => parseNpy(whole.subarray(0, 140), 'cut.npy')).toThrow(
      'cut.npy is truncated: expected 144 bytes for shape (2, 2), got 140.',
    )
    expect(() => parseNpy(Buffer.concat([whole, whole]), 'two.npy')).toThrow('longer than its header says')
  })

  it('refuses what is not an array of real numbers, by name', async () => {
    const four = new Uint8Array(4)
    expect(() => parseNpy(Buffer.from('PK\u0003\u0004 a zip file'), 'a.npz')).toThrow('a.npz is not an NPY file')
    expect(() => parseNpy(npy('|O', false, '(1,)', four), 'o.npy')).toThrow('o.npy holds Python objects')
    expect(() => parseNpy(npy('<c8', false, '(1,)', four), 'c.npy')).toThrow('c.npy holds c8')
    expect(() => parseNpy(npy('<f4', false, '(-1,)', four), 's.npy')).toThrow('without a shape')
    expect(() => parseNpy(npy('<f4', false, '(99999999999999999999,)', four), 's.npy')).toThrow('too large')
    expect(() => parseNpy(npy('constructor', false, '(1,)', four), 'p.npy')).toThrow(UserError)
    await expect(readNpy('/nowhere/x.npy')).rejects.toThrow('No file at /nowhere/x.npy')
    const folder = await mkdtemp(join(tmpdir(), 'sinobench-npy-'))
    await expect(readNpy(folder)).rejects.toThrow('is a folder')
    await writeFile(join(folder, 'e.npy'), '')
    await expect(readNpy(join(folder, 'e.npy'))).rejects.toThrow('e.npy is empty (0 bytes), expected an NPY file')
    expect(() => parseNpy(npy('<f4', false, '(0, 5)', new Uint8Array(0)), 'z.npy')).toThrow('z.npy holds no values: its shape is (0, 5)')
  })
})

import { mkdtemp, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { UserError } from '../ct/user-error.ts'
import { matBytes } from '../testing/mat-bytes.ts'
import { readMat, rowMajor, type MatNumbers } from './mat.ts'

const folder = await mkdtemp(join(tmpdir(), 'sinobench-mat-'))
let files = 0

async function read(bytes: Uint8Array): ReturnType<typeof readMat> {
  const path = join(folder, `${files++}.mat`)
  await writeFile(path, bytes)
  return readMat(path)
}

const example = {
  a: { shape: [2, 3], data: [1, 4, 2, 5, 3, 6] },
  scan: { fields: { name: 'Räntgen', voltage: { shape: [1, 1], data: [45] }, inner: { fields: { empty: { shape: [0, 0], data: [] } } } } },
}

describe('readMat, version 5', () => {
  it.each([true, false])('reads arrays, texts and structs (compressed: %s)', async compress => {
    const { a, scan } = await read(matBytes(example, { compress }))
    expect(a).toEqual({ kind: 'numbers', shape: [2, 3], data: Float64Array.of(1, 4, 2, 5, 3, 6) })
    expect([...rowMajor(a as MatNumbers)]).toEqual([1, 2, 3, 4, 5, 6])
    expect(scan).toEqual({
      kind: 'struct',
      fields: {
        name: { kind: 'text', text: 'Räntgen' },
        voltage: { kind: 'numbers', shape: [1, 1], data: Float64Array.of(45) },
        inner: { kind: 'struct', fields: { empty: { kind: 'numbers', shape: [0, 0], data: new Float64Array(0) } } },
      },
    })
  })

  it('reads doubles that MATLAB stored as bytes', async () => {
    // x = [1 2 255] with class double and storage type uint8, small element; made by hand.
    const matrix = Buffer.from('0e000000300000000600000008000000060000000000000005000000080000000100000003000000010001007800000002000300' + '0102ff00', 'hex')
    expect(await read(Buffer.concat([matBytes({}), matrix]))).toEqual({ x: { kind: 'numbers', shape: [1, 3], data: Float64Array.of(1, 2, 255) } })
  })

  it('tells a truncated file, cut anywhere', async () => {
    for (const compress of [true, false]) {
      const whole = matBytes({ a: example.a }, { compress })
      for (let length = 0; length < whole.length; length += 5)
        if (length !== 128) await expect(read(whole.subarray(0, length))).rejects.toBeInstanceOf(UserError)
      await expect(read(whole.subarray(0, whole.length - 1))).rejects.toThrow(/truncated or damaged/)
    }
  })

  it('says that a file is none of MATLAB, and where it is not there', async () => {
    await expect(read(Buffer.alloc(4000))).rejects.toThrow('is not a MATLAB file')
    await expect(readMat('/nowhere.mat')).rejects.toThrow('No file at /nowhere.mat')
  })
})

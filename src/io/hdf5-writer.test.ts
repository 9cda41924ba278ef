import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, readdir, readFile, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import h5wasm from 'h5wasm/node'
import { describe, expect, it } from 'vitest'
import { hdf5Reason, loadHdf5Library } from './hdf5-library.ts'
import { withHdf5 } from './hdf5.ts'
import { writeHdf5 } from './hdf5-writer.ts'

const newFolder = (): Promise<string> => mkdtemp(join(tmpdir(), 'sinobench-hdf5-writer-'))

describe('writeHdf5', () => {
  it('writes stacks that grow, whole datasets, texts and attributes', async () => {
    const path = join(await newFolder(), 'deep', 'a.h5')
    const result = await writeHdf5(path, async file => {
      const stack = file.stack('images', [2, 2, 3])
      for (const first of [0, 100]) stack.append(Float32Array.from({ length: 12 }, (_, i) => first + i))
      file.stack('none', [4])
      file.dataset('whole', Int32Array.of(1, 2, 3, 4), [2, 2])
      file.dataset('fine', Float64Array.of(0.1))
      file.dataset('texts', ['a', 'zwölf', 'much longer than the first'])
      file.attribute('title', 'x'.repeat(100_000)) // longer than HDF5 holds in an object's header
      file.attribute('large', 2 ** 52)
      return 7
    })
    expect(result).toBe(7)
    await withHdf5(path, hdf5 => {
      expect(hdf5.names()).toEqual(['fine', 'images', 'none', 'texts', 'whole'])
      expect([hdf5.shape('images'), hdf5.shape('none'), hdf5.shape('whole')]).toEqual([[2, 2, 2, 3], [0, 4], [2, 2]])
      expect([...hdf5.numbers('images', [[1, 2], [1, 2], [0, 2], [0, 3]])]).toEqual([106, 107, 108, 109, 110, 111])
      expect([...hdf5.numbers('whole'), ...hdf5.numbers('fine')]).toEqual([1, 2, 3, 4, 0.1])
      expect(hdf5.textAttribute('/', 'title')).toHaveLength(100_000)
    })
    const file = new h5wasm.File(path, 'r')
    const images = file.get('images') as InstanceType<typeof h5wasm.Dataset>
    expect([images.metadata.chunks, images.dtype]).toEqual([[1, 1, 2, 3], '<f'])
    expect((file.get('texts') as InstanceType<typeof h5wasm.Dataset>).value).toEqual(['a', 'zwölf', 'much longer than the first'])
    expect(file.attrs['large']!.value).toBe(2n ** 52n)
    file.close()
  })

  it('writes to the disk as it goes, under a passing name', async () => {
    const folder = await newFolder()
    await writeHdf5(join(folder, 'a.h5'), async file => {
      const stack = file.stack('images', [512, 512])
      for (let i = 0; i < 8; i++) stack.append(new Float32Array(512 * 512).fill(i))
      const [passing, ...others] = await readdir(folder)
      expect(others).toEqual([])
      expect(passing).toMatch(/^\.a\.h5\.[0-9a-f]{8}\.tmp$/)
      expect((await stat(join(folder, passing!))).size).toBeGreaterThan(7 * 2 ** 20) // of 8 MiB
    })
    expect(await readdir(folder)).toEqual(['a.h5'])
  })

  it('leaves nothing behind after a failure, and the file of that name as it was', async () => {
    const folder = await newFolder()
    await writeFile(join(folder, 'a.h5'), 'old')
    const failing = writeHdf5(join(folder, 'a.h5'), async file => {
      file.stack('images', [8]).append(new Float32Array(8))
      throw new Error('in the middle')
    })
    await expect(failing).rejects.toThrow('in the middle')
    await expect(writeHdf5(join(folder, 'a.h5'), async file => file.stack('images', [8]).append(new Float32Array(7)))).rejects.toThrow(
      'Got 7 values for images, whose items have 8.',
    )
    expect(await readdir(folder)).toEqual(['a.h5'])
    expect(await readFile(join(folder, 'a.h5'), 'utf8')).toBe('old')
  })

  it('says what is wrong with a place that cannot be written', async () => {
    const folder = await newFolder()
    await mkdir(join(folder, 'a.h5'))
    await writeFile(join(folder, 'file'), '')
    await expect(writeHdf5(join(folder, 'a.h5'), async () => {})).rejects.toThrow('a.h5: a folder of that name is there.')
    await expect(writeHdf5(join(folder, 'file', 'a.h5'), async () => {})).rejects.toThrow('part of its path is a file')
    expect((await readdir(folder)).sort()).toEqual(['a.h5', 'file'])
  })

  it.skipIf(!existsSync('/dev/full'))('gives the system’s own reason where there is one, not the library’s last call', async () => {
    const { File } = await loadHdf5Library()
    const write = (): void => {
      const file = new File('/dev/full', 'w')
      file.create_dataset({ name: 'a', data: new Float32Array(1 << 20) })
      file.close()
    }
    let reason = ''
    try {
      write()
    } catch (error) {
      reason = hdf5Reason(error)
    }
    expect(reason).toBe('No space left on device')
  })
})

import { mkdir, mkdtemp, readdir, readFile, writeFile } from 'node:fs/promises'
import { existsSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { UserError } from '../ct/user-error.ts'
import { makeFolder, requireWritable, writeError, writeFileAtomic, writeFilesAtomic, writeJsonAtomic } from './atomic-write.ts'

const folder = async (): Promise<string> => mkdtemp(join(tmpdir(), 'sinobench-write-'))

describe('writeFileAtomic', () => {
  it('makes folders, replaces files and leaves nothing beside them', async () => {
    const root = await folder()
    await writeFileAtomic(join(root, 'a', 'b.txt'), 'old')
    await writeFileAtomic(join(root, 'a', 'b.txt'), [Buffer.from('ne'), Buffer.from('w')])
    await writeJsonAtomic(join(root, 'a', 'c.json'), { x: [1] })
    expect(await readFile(join(root, 'a', 'b.txt'), 'utf8')).toBe('new')
    expect(JSON.parse(await readFile(join(root, 'a', 'c.json'), 'utf8'))).toEqual({ x: [1] })
    expect((await readdir(join(root, 'a'))).sort()).toEqual(['b.txt', 'c.json'])
  })

  it('keeps the old file and leaves no half one when a part of the contents fails', async () => {
    const root = await folder()
    await writeFile(join(root, 'b.txt'), 'old')
    const broken = [Buffer.from('first half'), { not: 'bytes' } as unknown as Uint8Array]
    await expect(writeFileAtomic(join(root, 'b.txt'), broken)).rejects.toThrow()
    expect(await readFile(join(root, 'b.txt'), 'utf8')).toBe('old')
    expect(await readdir(root)).toEqual(['b.txt'])
  })

  it('writes files that belong together, or none of them', async () => {
    const root = await folder()
    await writeFile(join(root, 'a'), 'old')
    await mkdir(join(root, 'folder'))
    await writeFile(join(root, 'file'), '')
    const two = (second: string) => writeFilesAtomic([{ path: join(root, 'a'), contents: 'new' }, { path: join(root, second), contents: 'b' }])
    await expect(two('folder')).rejects.toThrow(/Cannot write .*folder: a folder of that name is there/)
    await expect(two('file/b')).rejects.toThrow(/Cannot write .*b: part of its path is a file/)
    expect(await readFile(join(root, 'a'), 'utf8')).toBe('old')
    expect((await readdir(root)).sort()).toEqual(['a', 'file', 'folder'])
    await two('deep/b')
    expect([await readFile(join(root, 'a'), 'utf8'), await readFile(join(root, 'deep', 'b'), 'utf8')]).toEqual(['new', 'b'])
  })

  it('is asked for beforehand without making anything', async () => {
    const root = await folder()
    await writeFile(join(root, 'file'), '')
    requireWritable(join(root, 'a', 'b', 'c.npy'))
    requireWritable(join(root, 'file'))
    expect(() => requireWritable(root)).toThrow('a folder of that name is there')
    expect(() => requireWritable(join(root, 'file', 'c.npy'))).toThrow('part of its path is a file')
    expect(() => requireWritable(join(root, 'file', 'deep', 'c.npy'))).toThrow('part of its path is a file')
    expect(await readdir(root)).toEqual(['file'])
  })

  it('says what is in the way: a file for a folder, a folder for a file, a place that cannot be written', async () => {
    const root = await folder()
    await writeFile(join(root, 'file'), '')
    await mkdir(join(root, 'folder', 'inner'), { recursive: true })
    await expect(writeFileAtomic(join(root, 'file', 'x'), '')).rejects.toThrow(/Cannot write .*file.x: part of its path is a file/)
    await expect(writeFileAtomic(join(root, 'folder'), '')).rejects.toThrow('a folder of that name is there')
    expect((await readdir(root)).sort()).toEqual(['file', 'folder'])
    await expect(writeFileAtomic(join(root, 'file', 'deeper', 'x'), '')).rejects.toThrow('part of its path is a file')
    expect(() => makeFolder(join(root, 'file'))).toThrow('part of its path is a file')
  })

  it.skipIf(!existsSync('/proc/self'))('gives up at once where no folder can be made', async () => {
    await expect(writeFileAtomic('/proc/none/deep/x', '')).rejects.toBeInstanceOf(UserError)
  })

  it.skipIf(!existsSync('/dev/full'))('takes a full disk for a mistake of the user, not for a bug', async () => {
    const failure = await writeFile('/dev/full', 'x').catch((error: unknown) => error)
    expect(writeError('out/x.npy', failure)).toEqual(new UserError('Cannot write out/x.npy: the disk is full. Free space, or choose another place.'))
    const bug = new TypeError('bug')
    expect(writeError('out/x.npy', bug)).toBe(bug)
  })
})

import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it, vi } from 'vitest'
import { UserError } from '../ct/user-error.ts'
import { buildParser } from './parser.ts'

const folder = mkdtempSync(join(tmpdir(), 'sinobench-parser-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

describe('the command line', () => {
  it.each([
    ['--dose is given twice, 0.5 and 0.25. Give it once', 'run quick --dose 0.5 --dose 0.25'],
    ['--dose is given twice, 0.5 and 0.25.', 'run quick --dose 0.5 --dose=0.25'],
    ['--json is given twice', 'list methods --json --json'],
    ['list needs <what>. Example: sinobench list methods', 'list'],
    ['report needs <directory>. Example: sinobench report reports/runs/quick', 'report'],
    ['score needs <truth> and <image>. Example: sinobench score', 'score truth.npy'],
    ['check needs <what>. Example: sinobench check engines', 'check'],
    ['simulate needs <input>. Example: sinobench simulate phantom', 'simulate'],
    ['simulate needs --dose, --out. Example: ', 'simulate phantom-thorax --preset lodopab'],
    ['reconstruct needs --out. Example: ', 'reconstruct sinogram.npy'],
    ['--out needs a value after it.', 'reconstruct sinogram.npy --out'],
    ['--set needs a value after it.', 'reconstruct sinogram.npy --out image.npy --set'],
    ['--dose needs a value after it.', 'run --dose --json'],
    ['Name a command. `sinobench --help` lists them.', ''],
    ['Unknown command "rnu". Did you mean "run"?', 'rnu quick'],
    ['Unknown flag "--do". Did you mean "--dose"?', 'run --do 0.5'],
    ['Unexpected argument "b.npy".', 'report a b.npy'],
    ['Unknown list "met". Did you mean "methods"?', 'list met'],
  ])('says "%s"', async (message, line) => {
    const error: unknown = await parse(line).catch((thrown: unknown) => thrown)
    expect(error).toBeInstanceOf(UserError)
    expect((error as Error).message).toContain(message)
    expect((error as Error).message).not.toContain('\n')
  })

  it('takes --set several times', async () => {
    const settings = 'reconstruct missing.npy --out image.npy --set cutoff=0.5 --set filter=hann'
    await expect(parse(settings)).rejects.toThrow('No file at missing.npy')
  })

  it('works on when nobody reads its messages', async () => {
    const main = join(import.meta.dirname, 'main.ts')
    const args = ['--import', 'tsx', main, 'reconstruct', join(folder, 'none.npy'), '--out', join(folder, 'image.npy')]
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'ignore', 'pipe'] })
    child.stderr.destroy()
    const code = await new Promise(resolve => child.on('exit', resolve))
    expect(code).toBe(2) // the mistake's code: not 0, and no crash
  })
})

async function parse(line: string): Promise<void> {
  const printed = vi.spyOn(process.stdout, 'write').mockReturnValue(true)
  try {
    await buildParser(line.split(' ').filter(Boolean), '0').parseAsync()
  } finally {
    printed.mockRestore()
  }
}

import { spawn } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, expect, test } from 'vitest'
import { installation } from './installation.ts'

const folder = mkdtempSync(join(tmpdir(), 'sinobench-hygiene-'))
afterAll(() => rmSync(folder, { recursive: true }))
const method = fileURLToPath(new URL('./test-methods/engine-faults.ts', import.meta.url))

// The signal goes to the run alone, as `kill` and a scheduler send it; a terminal's Ctrl-C reaches the children as well.
test.each([
  ['SIGKILL', { code: null, signal: 'SIGKILL' }],
  ['SIGINT', { code: 130, signal: null }],
  ['SIGTERM', { code: 143, signal: null }],
] as const)('%s ends a run with all its processes, also one that never yields and has threads', { timeout: 120_000 }, async (signal, end) => {
  const [suite, out, pidFile] = ['suite.yaml', 'out', 'pid'].map(name => join(folder, `${signal}-${name}`)) as [string, string, string]
  const methods = [{ id: method, as: 'spins', parameters: { fault: 'spin', pidFile } }]
  writeFileSync(suite, JSON.stringify({ title: 'Spins', cases: 1, doses: [0.25], previews: 0, datasets: ['phantom-thorax'], presets: ['parallel-256'], methods }))
  const { execArgv, packageRoot } = installation()
  const command = [...execArgv, join(packageRoot, 'src', 'cli', 'main.ts'), 'run', suite, '--backend', 'wasm', '--out', out]
  const run = spawn(process.execPath, command, { stdio: 'ignore' })
  const ended = new Promise(resolve => run.on('exit', (code, by) => resolve({ code, signal: by })))
  await until(() => existsSync(pidFile) && readFileSync(pidFile, 'utf8') !== '')
  const pid = Number(readFileSync(pidFile, 'utf8'))
  expect(lives(pid)).toBe(true)
  run.kill(signal)
  expect(await ended).toEqual(end)
  await until(() => !lives(pid))
  expect(existsSync(join(out, 'run.lock'))).toBe(signal === 'SIGKILL') // the next run takes it over
})

async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise(resolve => setTimeout(resolve, 50))
}

/** A process that ended is listed until its parent takes note, which a container's first process may never do. */
function lives(pid: number): boolean {
  try {
    process.kill(pid, 0)
  } catch {
    return false
  }
  const status = `/proc/${pid}/stat`
  return !existsSync(status) || !/\) Z /.test(readFileSync(status, 'utf8'))
}

// Makes what reports/reference publishes: records, leaderboard and page of the suites quick
// and learned, with --data SLICES also of learned-real (no picture of a patient is kept), and
// the README's picture of the quick page where a Chromium is installed.
//   npm run build && npx tsx bench/reference.ts [--data SLICES]

import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { parseArgs } from 'node:util'

const root = resolve(dirname(fileURLToPath(import.meta.url)), '..')
const reference = join(root, 'reports', 'reference')
const folder = join(reference, 'quick')
const { values: flags } = parseArgs({ options: { data: { type: 'string' } } })

publish('quick', [])
publish('learned', [])
if (flags.data !== undefined) publish('learned-real', ['--data', flags.data])

function publish(suite: string, more: readonly string[]): void {
  const out = join(reference, suite)
  rmSync(out, { recursive: true, force: true })
  execFileSync(process.execPath, [join(root, 'dist', 'main.js'), 'run', suite, ...more, '--out', out], { stdio: 'inherit', cwd: root })
  // The page holds every picture; single files would double what the repository carries.
  for (const name of ['images', 'charts']) rmSync(join(out, name), { recursive: true, force: true })
}

const picture = join(reference, 'report.png')
const profile = mkdtempSync(join(tmpdir(), 'sinobench-picture-'))
const { error } = spawnSync(
  process.env['CHROMIUM'] ?? 'chromium',
  [
    ...['--headless', '--no-sandbox', '--disable-gpu', '--disable-background-networking', '--hide-scrollbars'],
    ...[`--user-data-dir=${profile}`, '--window-size=1180,1230', `--screenshot=${picture}`],
    pathToFileURL(join(folder, 'report.html')).href,
  ],
  { stdio: 'ignore', timeout: 60_000 },
)
rmSync(profile, { recursive: true, force: true })
console.log(error ? `No picture: ${error.message}. Install Chromium, or name it with CHROMIUM.` : `Picture: ${picture}`)

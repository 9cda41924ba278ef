// Makes what reports/reference publishes: the quick suite's records, leaderboard and
// page, and the README's picture of that page where a Chromium is installed.
//   npm run build && npx tsx bench/reference.ts

import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'

const root = resolve(dirname(fileURLToPath(import.meta.url)), '..')
const folder = join(root, 'reports', 'reference', 'quick')

rmSync(folder, { recursive: true, force: true })
execFileSync(process.execPath, [join(root, 'dist', 'main.js'), 'run', 'quick', '--out', folder], { stdio: 'inherit', cwd: root })
// The page holds every picture; single files would double what the repository carries.
for (const name of ['images', 'charts']) rmSync(join(folder, name), { recursive: true, force: true })

const picture = join(root, 'reports', 'reference', 'report.png')
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

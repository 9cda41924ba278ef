// Writes datasets/checksums.json: fingerprints of the phantoms' truths and line integrals.
// Run it (npx tsx bench/fixtures.ts) only after a change that was meant to alter them,
// and say so in the changelog: scores from before and after do not compare.
// With --check it writes nothing, compares all of them and exits 1 on a difference.

import { readFileSync, writeFileSync } from 'node:fs'
import { phantomFixtures } from './phantom-fixtures.ts'

const path = new URL('../datasets/checksums.json', import.meta.url)
const text = `${JSON.stringify(await phantomFixtures(6), null, 2)}\n`
if (!process.argv.includes('--check')) writeFileSync(path, text)
else if (readFileSync(path, 'utf8') !== text) {
  console.error(`Node ${process.version} on ${process.arch} makes other fixtures than datasets/checksums.json says.`)
  process.exitCode = 1
} else console.log(`Node ${process.version} on ${process.arch}: all fixtures are as in datasets/checksums.json.`)

// Real data for tests: not part of the project. Tests look for it and skip, saying so,
// where it is absent.

import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = process.env['SINOBENCH_TEST_DATA'] ?? fileURLToPath(new URL('../../../shared/data', import.meta.url))

/** Path below the folder of real data (SINOBENCH_TEST_DATA, or ../shared/data beside the project); null, with a word on it, where it is not there. */
export function realData(path: string): string | null {
  const found = join(root, path)
  if (existsSync(found)) return found
  process.stderr.write(`SKIPPED: real data ${path} is not below ${root}. Set SINOBENCH_TEST_DATA to its folder.\n`)
  return null
}

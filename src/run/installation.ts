// Where this copy of sinobench keeps its parts, run from source (tests, tsx) or
// from the built package (dist/ holds bundles, baselines/ and datasets/ below it).

import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

export interface Installation {
  readonly fromSource: boolean
  /** Folder that holds package.json. */
  readonly packageRoot: string
  readonly baselines: string
  readonly datasets: string
  readonly suites: string
  /** Module that a method's child process starts with. */
  readonly worker: string
  /** What a user's own method imports as "sinobench". */
  readonly api: string
  /** Flags that let Node run the worker. */
  readonly execArgv: readonly string[]
  readonly version: string
}

let known: Installation | null = null

export function installation(): Installation {
  if (known) return known
  const here = fileURLToPath(import.meta.url)
  const fromSource = here.endsWith('.ts')
  const packageRoot = fromSource ? join(dirname(here), '..', '..') : join(dirname(here), '..')
  const code = fromSource ? packageRoot : join(packageRoot, 'dist')
  const { version } = JSON.parse(readFileSync(join(packageRoot, 'package.json'), 'utf8')) as { version: string }
  known = {
    fromSource,
    packageRoot,
    baselines: join(code, 'baselines'),
    datasets: join(code, 'datasets'),
    suites: join(packageRoot, 'bench', 'suites'),
    worker: fromSource ? join(packageRoot, 'src', 'run', 'worker.ts') : join(code, 'worker.js'),
    api: fromSource ? join(packageRoot, 'src', 'api.ts') : join(code, 'api.js'),
    execArgv: fromSource ? ['--import', import.meta.resolve('tsx')] : [],
    version,
  }
  return known
}

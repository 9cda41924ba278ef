// Hashes of the sources that determine numbers. The built package carries them in
// dist/provenance.json, written at build time by the same function.

import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { basename, dirname, join, resolve } from 'node:path'

export interface SourceHashes {
  /** SHA-256 over the shared numeric code: ct, kernels, networks, phantoms, metrics, io. */
  readonly code: string
  /** SHA-256 per module: "baselines/fbp", "datasets/phantom-thorax" (with its weights when it is a folder). */
  readonly modules: Readonly<Record<string, string>>
}

const numericFolders = ['ct', 'kernels', 'networks', 'phantoms', 'metrics', 'io']

/** Hashes the sources below a checkout's root. Tests and documentation do not count. */
export function hashSources(root: string): SourceHashes {
  const modules: Record<string, string> = {}
  for (const folder of ['baselines', 'datasets']) {
    for (const entry of readdirSync(join(root, folder), { withFileTypes: true })) {
      const path = join(root, folder, entry.name)
      if (entry.isDirectory() && existsSync(join(path, 'method.ts'))) modules[`${folder}/${entry.name}`] = hashFiles(filesBelow(path).filter(determinesNumbers))
      else if (isSource(entry.name)) modules[`${folder}/${entry.name.replace(/\.ts$/, '')}`] = hashFiles([path])
    }
  }
  return { code: hashFiles(numericFolders.flatMap(folder => filesBelow(join(root, 'src', folder)).filter(isSource))), modules }
}

/** SHA-256 over the contents of files, in the order of their names; line ends do not matter. */
export function hashFiles(paths: readonly string[]): string {
  const hash = createHash('sha256')
  for (const path of [...paths].sort()) {
    const content = readFileSync(path)
    hash.update(/\.(ts|js|mjs|json|md|py)$/.test(path) ? content.toString('utf8').replaceAll('\r\n', '\n') : content)
    hash.update('\0')
  }
  return hash.digest('hex')
}

/**
 * SHA-256 of a module that is not sinobench's own: its file and every file that it imports, or
 * names with new URL, by a relative path; all of its folder when it is called method.ts (weights
 * lie beside it). A network's file stands for itself.
 */
export function hashModule(path: string): string {
  const files = new Set<string>()
  const visit = (file: string): void => {
    if (files.has(file)) return
    files.add(file)
    if (!/\.(ts|js|mjs)$/.test(file)) return
    for (const [, specifier] of readFileSync(file, 'utf8').matchAll(/(?:from|import|require|new URL)\s*\(?\s*['"](\.{1,2}\/[^'"]+)['"]/g)) {
      const target = resolve(dirname(file), specifier!)
      const found = [target, target.replace(/\.js$/, '.ts'), ...['.ts', '.js', '.mjs', '.json', '/index.ts', '/index.js'].map(end => target + end)].find(
        candidate => existsSync(candidate) && statSync(candidate).isFile(),
      )
      if (found) visit(found)
    }
  }
  visit(path)
  if (/^method\.\w+$/.test(basename(path))) for (const file of filesBelow(dirname(path)).filter(determinesNumbers)) files.add(file)
  return hashFiles([...files])
}

function filesBelow(folder: string): string[] {
  return readdirSync(folder)
    .map(name => join(folder, name))
    .flatMap(path => (statSync(path).isDirectory() ? filesBelow(path) : [path]))
}

/** Of a method's folder: sources, weights and whatever they read; not what is told about them. */
function determinesNumbers(path: string): boolean {
  return !/\.(md|png|test\.ts|d\.ts)$/.test(path) && basename(path) !== 'training.json'
}

function isSource(path: string): boolean {
  return /\.ts$/.test(path) && !/\.(test|d)\.ts$/.test(path)
}

// Which code made a number: package version, commit, and hashes of sources.

import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { join, relative, sep } from 'node:path'
import { installation } from './installation.ts'
import { hashModule, hashSources, type SourceHashes } from './source-hashes.ts'

export interface Provenance extends SourceHashes {
  readonly packageVersion: string
  readonly commit: string | null
}

let known: Provenance | null = null

export function provenance(): Provenance {
  if (known) return known
  const { fromSource, packageRoot, version } = installation()
  const built = join(packageRoot, 'dist', 'provenance.json')
  if (!fromSource && existsSync(built)) known = JSON.parse(readFileSync(built, 'utf8')) as Provenance
  else known = { ...hashSources(packageRoot), packageVersion: version, commit: currentCommit(packageRoot) }
  return known
}

/** SHA-256 of a module's own source and weights, hex: built-in or a user's file. */
export function moduleHash(path: string): string {
  const { baselines, datasets } = installation()
  for (const [kind, folder] of [
    ['baselines', baselines],
    ['datasets', datasets],
  ] as const) {
    const below = relative(folder, path)
    if (below.startsWith('..')) continue
    const id = below.split(sep)[0]!.replace(/\.(ts|js)$/, '')
    const hash = provenance().modules[`${kind}/${id}`]
    if (hash) return hash
  }
  return hashModule(path)
}

/** The commit that HEAD names, "+dirty" with uncommitted changes; null outside a repository. */
export function currentCommit(root: string): string | null {
  const git = (...args: string[]): string =>
    execFileSync('git', args, { cwd: root, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim()
  try {
    if (!existsSync(join(root, '.git'))) return null
    return git('rev-parse', 'HEAD') + (git('status', '--porcelain', '--untracked-files=no') === '' ? '' : '+dirty')
  } catch {
    return null // git itself is not installed, or this is not a repository: stated as null in the record
  }
}

/** SHA-256, hex, of bytes or text. */
export function sha256(data: Uint8Array | string): string {
  return createHash('sha256').update(data).digest('hex')
}

/** SHA-256, hex, of float32 values in little-endian order. */
export function sha256OfFloats(data: Float32Array): string {
  return sha256(new Uint8Array(data.buffer, data.byteOffset, data.byteLength))
}


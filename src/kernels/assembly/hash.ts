// What the compiled kernels were made of.

import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

export const assemblyFolder = import.meta.dirname

/** SHA-256 over the AssemblyScript sources and the build script, in the order of their names; line ends do not matter. */
export function assemblyHash(): string {
  const hash = createHash('sha256')
  for (const name of readdirSync(assemblyFolder).sort())
    if (name.endsWith('.ts')) hash.update(`${name}\n${readFileSync(join(assemblyFolder, name), 'utf8').replaceAll('\r\n', '\n')}`)
  return hash.digest('hex')
}

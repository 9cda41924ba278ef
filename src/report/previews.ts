// Previews (PNG) that records name, read from the run's folder and checked against
// their hashes. What is missing or changed is said, never shown.

import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { isAbsolute, join, normalize, sep } from 'node:path'
import type { Artefact } from '../run/record.ts'

export type Preview = { readonly kind: 'shown'; readonly dataUri: string } | { readonly kind: 'lost'; readonly why: string }
/** How a page gets at a preview. */
export type PreviewReader = (artefact: Artefact) => Preview

const pngSignature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a])

/** Reads from a run's folder, and only below it. */
export function previewReader(directory: string): PreviewReader {
  return ({ path, sha256 }) => {
    const inside = normalize(path)
    if (isAbsolute(inside) || inside === '..' || inside.startsWith(`..${sep}`)) return lost(`${path} lies outside the run's folder`)
    let bytes: Buffer
    try {
      bytes = readFileSync(join(directory, inside))
    } catch {
      return lost(`${path} is missing: run the suite again to draw it`)
    }
    if (createHash('sha256').update(bytes).digest('hex') !== sha256) return lost(`${path} was changed since it was recorded`)
    if (!bytes.subarray(0, 8).equals(pngSignature)) return lost(`${path} is not a PNG`)
    return { kind: 'shown', dataUri: `data:image/png;base64,${bytes.toString('base64')}` }
  }
}

function lost(why: string): Preview {
  return { kind: 'lost', why }
}

// geometry.json as `sinobench simulate` writes it: the geometry's own fields, with the
// image grid and the attenuation scale beside them. People write it by hand, too, so
// grid and scale may be absent.

import { z } from 'zod'
import { imageGrid, parseGeometry, type Geometry, type ImageGrid } from '../ct/geometry.ts'
import { pathOf, readableIssue } from '../ct/readable-issue.ts'
import type { AttenuationScale } from '../ct/units.ts'
import { UserError } from '../ct/user-error.ts'
import { readWholeFile } from './read-bytes.ts'

export interface GeometryFile {
  readonly geometry: Geometry
  /** Null when the file names none. */
  readonly grid: ImageGrid | null
  /** Null when the file names none: images stay in 1/mm. */
  readonly scale: AttenuationScale | null
}

const besides = z.object({
  grid: z.object({ rows: z.number(), columns: z.number(), pixelMm: z.number() }).nullish(),
  scale: z
    .object({ muWater: z.number().positive(), muAir: z.number().nonnegative() })
    .refine(({ muWater, muAir }) => muWater > muAir, 'muWater must be above muAir')
    .nullish(),
})

/** @throws UserError when the file is missing, not JSON, or a field is missing or wrong. */
export async function readGeometryFile(path: string): Promise<GeometryFile> {
  const text = (await readWholeFile(path)).toString('utf8')
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch (error) {
    throw new UserError(`${path} is not JSON (${(error as Error).message}). Give the geometry.json that \`sinobench simulate\` writes.`)
  }
  try {
    const geometry = parseGeometry(json)
    const { grid, scale } = besides.parse(json)
    return { geometry, grid: grid ? imageGrid(grid.rows, grid.columns, grid.pixelMm) : null, scale: scale ?? null }
  } catch (error) {
    if (error instanceof UserError) throw new UserError(`${path}: ${error.message}`)
    if (error instanceof z.ZodError) throw new UserError(`${path}: ${pathOf(error.issues[0]!)}: ${readableIssue(error.issues[0]!, json, besides)}.`)
    throw error
  }
}

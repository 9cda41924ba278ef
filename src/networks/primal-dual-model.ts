// The two networks of learned primal-dual as they are read from their files: one for
// images, one for sinograms, each with the weights of every unrolled step in it.

import { resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { z } from 'zod'
import { filterNames } from '../ct/projector.ts'
import { UserError } from '../ct/user-error.ts'
import { parseMetadata, text } from './model-metadata.ts'
import { parseOnnxModel, readModelFile } from './onnx-model.ts'

export const primalDualMetadataSchema = z.strictObject({
  format: z.literal('sinobench-network@1'),
  /** One half of an unrolled primal-dual iteration. */
  kind: z.literal('primal-dual'),
  title: text,
  citation: text,
  licence: text.optional(),
  credit: text.optional(),
  /** primal: inputs step, state, adjoint. dual: inputs step, state, projection, data. */
  role: z.enum(['primal', 'dual']),
  /** Unrolled steps. */
  steps: z.int().min(1).max(64),
  /** Channels of the state that is carried from step to step; the first image is the result. */
  state: z.int().min(2).max(64),
  /** The FBP that the images start from. */
  input: z.strictObject({ filter: z.enum(filterNames), cutoff: z.number().gt(0).lte(1) }),
})

export type PrimalDualMetadata = z.infer<typeof primalDualMetadataSchema>

export interface PrimalDualPart {
  /** Absolute. */
  readonly path: string
  readonly bytes: Uint8Array
  readonly metadata: PrimalDualMetadata
}

const inputsOf = { primal: ['step', 'state', 'adjoint'], dual: ['step', 'state', 'projection', 'data'] } as const

/** @throws UserError that names the file: missing, not ONNX, without metadata, the other role, or with other inputs. */
export function readPrimalDualPart(file: URL | string, role: PrimalDualMetadata['role']): PrimalDualPart {
  const path = file instanceof URL ? fileURLToPath(file) : resolve(file)
  const bytes = readModelFile(path)
  const graph = parseOnnxModel(bytes, path)
  const metadata = parseMetadata(graph, path, primalDualMetadataSchema)
  if (metadata.role !== role)
    throw new UserError(`${path} is the ${metadata.role} network of learned primal-dual, expected the ${role} one. Exchange the two files.`)
  const found = graph.inputs.map(({ name }) => name)
  const wanted: readonly string[] = inputsOf[role]
  if (found.join() !== wanted.join())
    throw new UserError(`${path}: its inputs are ${found.join(', ') || 'none'}, expected ${wanted.join(', ')}. Export it with primal_dual.py.`)
  return { path, bytes, metadata }
}

/** @throws UserError when the two halves were not trained together. */
export function requireOnePair(primal: PrimalDualPart, dual: PrimalDualPart): void {
  for (const field of ['steps', 'state'] as const)
    if (primal.metadata[field] !== dual.metadata[field])
      throw new UserError(
        `${primal.path} has ${field} ${primal.metadata[field]}, ${dual.path} has ${dual.metadata[field]}: they are not of one training. Export both again.`,
      )
}

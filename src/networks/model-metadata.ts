// What stands in an ONNX file's metadata_props under the key "sinobench": all that is
// needed to use the network, so that the file alone makes a method.

import { z } from 'zod'
import { filterNames } from '../ct/projector.ts'
import { pathOf, readableIssue } from '../ct/readable-issue.ts'
import { UserError } from '../ct/user-error.ts'
import type { OnnxModel } from './onnx-model.ts'

/** Key of the metadata in the file. */
export const metadataKey = 'sinobench'

export const text = z.string().trim().min(1)

export const modelMetadataSchema = z.strictObject({
  format: z.literal('sinobench-network@1'),
  /** An FBP image becomes a better one. */
  kind: z.literal('image-to-image'),
  title: text,
  citation: text,
  /** Terms of the weights. */
  licence: text.optional(),
  /** Credit that the training data ask for. */
  credit: text.optional(),
  input: z.strictObject({
    /** The FBP that the network was trained on. */
    filter: z.enum(filterNames),
    cutoff: z.number().gt(0).lte(1),
    /** Network values are (HU − offsetHu) / scaleHu, on the way in and out. */
    offsetHu: z.number(),
    scaleHu: z.number().gt(0),
    /** The network has a second input, the noise level of the FBP, HU / scaleHu, in every pixel. */
    noise: z.boolean(),
  }),
  tile: z.strictObject({
    /** Rows and columns must be multiples of this. */
    multiple: z.int().min(1).max(1024),
    /** How far an output pixel sees, pixels: tiles that overlap by it give what the whole image gives. */
    radius: z.int().min(0).max(4096),
    /** Largest side of an image that goes through at once, pixels. */
    size: z.int().min(1).max(16384).optional(),
  }),
  /**
   * Noise2Inverse: view v belongs to split v mod `splits`; the network is applied to the FBP
   * of all other splits, one split after the other, and the results are averaged.
   */
  splits: z.int().min(2).max(64).optional(),
})

export type ModelMetadata = z.infer<typeof modelMetadataSchema>

/** @param path how errors call the file. @throws UserError that names what is missing or wrong. */
export function modelMetadata(model: Pick<OnnxModel, 'metadata'>, path: string): ModelMetadata {
  return parseMetadata(model, path, modelMetadataSchema)
}

/** The same for another kind of network. */
export function parseMetadata<T>(model: Pick<OnnxModel, 'metadata'>, path: string, schema: z.ZodType<T>): T {
  const json = model.metadata.get(metadataKey)
  if (json === undefined)
    throw new UserError(
      `${path} has no metadata "${metadataKey}", so its FBP, units and tiles are not known. Add a JSON text with format, kind, title, citation, input and tile: see "A network" in CONTRIBUTING.md.`,
    )
  let value: unknown
  try {
    value = JSON.parse(json)
  } catch (error) {
    throw new UserError(`${path}: its metadata "${metadataKey}" are not JSON: ${(error as Error).message}`)
  }
  const parsed = schema.safeParse(value)
  if (parsed.success) return parsed.data
  const issue = parsed.error.issues[0]!
  throw new UserError(`${path}: metadata ${[metadataKey, pathOf(issue)].filter(Boolean).join('.')}: ${readableIssue(issue, value, schema)}.`)
}

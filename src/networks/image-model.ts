// An image-to-image model read from its file: graph, metadata, and the check that the
// two agree. What would go wrong at the first image, or worse, quietly, is told here.

import { resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { UserError } from '../ct/user-error.ts'
import { modelMetadata, type ModelMetadata } from './model-metadata.ts'
import { parseOnnxModel, readModelFile, type OnnxModel, type OnnxValue } from './onnx-model.ts'
import { receptiveField } from './receptive-field.ts'

export interface ImageModel {
  /** Absolute. */
  readonly path: string
  readonly bytes: Uint8Array
  readonly graph: OnnxModel
  readonly metadata: ModelMetadata
}

/** @throws UserError that names the file: missing, cut off, not ONNX, without metadata, or contradicting them. */
export function readImageModel(file: URL | string): ImageModel {
  const path = file instanceof URL || file.startsWith('file:') ? fileURLToPath(file) : resolve(file)
  const bytes = readModelFile(path)
  const graph = parseOnnxModel(bytes, path)
  const metadata = modelMetadata(graph, path)
  const problem = contradiction(graph, metadata)
  if (problem !== null) throw new UserError(`${path}: ${problem}`)
  return { path, bytes, graph, metadata }
}

/** What in the graph is not as the metadata say, with what to do; null when nothing is. */
function contradiction(graph: OnnxModel, { input, tile }: ModelMetadata): string | null {
  const wanted = input.noise ? ['image', 'noise'] : ['image']
  const found = graph.inputs.map(({ name }) => name)
  if (input.noise && !found.includes('noise'))
    return 'its metadata say "noise": true, but it has no input "noise". Set input.noise to false, or export it with that input.'
  if (!input.noise && found.includes('noise'))
    return 'it has an input "noise", but its metadata say "noise": false. Set input.noise to true, or export it without that input.'
  if (found.length !== wanted.length || wanted.some(name => !found.includes(name)))
    return `its inputs are ${quoted(found)}, expected ${quoted(wanted)}. Export it with input_names=${JSON.stringify(wanted)}.`
  if (graph.outputs.length !== 1 || graph.outputs[0]!.name !== 'output')
    return `its outputs are ${quoted(graph.outputs.map(({ name }) => name))}, expected "output" alone. Export it with output_names=["output"].`
  for (const value of graph.inputs) {
    const problem = shapeProblem(value, 'input', true)
    if (problem !== null) return problem
  }
  return shapeProblem(graph.outputs[0]!, 'output', false) ?? tileProblem(graph, tile)
}

function shapeProblem({ name, type, dims }: OnnxValue, kind: 'input' | 'output', mustBeSymbolic: boolean): string | null {
  if (type !== 'float32') return `its ${kind} "${name}" is of type ${type}, expected float32. Export it in single precision.`
  const shape = dims === null ? 'of unknown shape' : `[${dims.join(', ')}]`
  const expected = `its ${kind} "${name}" is ${shape}, expected [batch, 1, rows, columns]`
  if (dims === null) return mustBeSymbolic ? `${expected}. Export it again.` : null
  if (dims.length !== 4 || (typeof dims[1] === 'number' && dims[1] !== 1)) return `${expected}: one channel. Export it again.`
  if (mustBeSymbolic && (dims[1] !== 1 || [0, 2, 3].some(axis => typeof dims[axis] === 'number')))
    return `${expected} of any size. Export it with dynamic_axes={"${name}": {0: "batch", 2: "rows", 3: "columns"}, …}.`
  return null
}

/** Tiles that overlap too little would leave seams, which no error tells of later. */
function tileProblem(graph: OnnxModel, tile: ModelMetadata['tile']): string | null {
  const field = receptiveField(graph)
  if (field === null) return null
  if (tile.multiple % field.multiple !== 0)
    return `its metadata say that sizes are multiples of ${tile.multiple}, its poolings need ${field.multiple}. Set tile.multiple to ${field.multiple}.`
  if (tile.radius < field.radius)
    return `its metadata say that a pixel sees ${tile.radius} pixels far, its graph says ${field.radius}: tiles would leave seams. Set tile.radius to ${field.radius}.`
  return null
}

function quoted(names: readonly string[]): string {
  return names.length === 0 ? 'none' : names.map(name => `"${name}"`).join(', ')
}

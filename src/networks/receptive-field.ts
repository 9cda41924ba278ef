// How far one output pixel sees, worked out from the graph: what tiles must overlap by,
// and what their corners must be multiples of. Every value carries a scale s (input
// pixels per pixel) and a reach: its pixel q sees input pixels s·q − before … s·q + s − 1 + after.

import type { OnnxModel, OnnxNode } from './onnx-model.ts'

interface Reach {
  readonly scale: number
  readonly before: number
  readonly after: number
}

export interface ReceptiveField {
  /** Input pixels per pixel of the coarsest level: sizes and tile corners must be multiples of it. */
  readonly multiple: number
  /** Pixels to either side, at most, for an output pixel of any alignment. */
  readonly radius: number
}

/** Operators that see no further than the pixel itself. */
const pointwise = new Set([
  ...['Add', 'Sub', 'Mul', 'Div', 'Concat', 'Relu', 'LeakyRelu', 'PRelu', 'Sigmoid', 'Tanh', 'Clip', 'Elu', 'Softplus'],
  ...['Identity', 'BatchNormalization', 'Dropout', 'Neg', 'Abs', 'Exp', 'Sqrt', 'Pow', 'Min', 'Max', 'Where', 'Greater'],
])

/** Null when the graph has an operator whose reach is not known here. */
export function receptiveField(model: OnnxModel): ReceptiveField | null {
  const reaches = new Map<string, Reach>(model.inputs.map(({ name }) => [name, { scale: 1, before: 0, after: 0 }]))
  const constants = new Map(model.initialisers)
  let multiple = 1
  for (const node of model.nodes) {
    if (node.opType === 'Constant' && node.domain === '') {
      const value = node.attributes.get('value')
      if (value !== null && typeof value === 'object' && 'dims' in value) constants.set(node.outputs[0]!, value)
      continue
    }
    const seen = node.inputs.flatMap(input => reaches.get(input) ?? [])
    if (seen.length === 0) continue // made of constants alone
    const input = seen.reduce((a, b) => ({ scale: a.scale, before: Math.max(a.before, b.before), after: Math.max(a.after, b.after) }))
    if (seen.some(({ scale }) => scale !== input.scale)) return null
    const output = reachOf(node, input, model, constants.get(node.inputs[2] ?? '')?.data ?? null)
    if (output === null) return null
    multiple = Math.max(multiple, output.scale)
    for (const name of node.outputs) reaches.set(name, output)
  }
  const output = reaches.get(model.outputs[0]?.name ?? '')
  if (output === undefined || output.scale !== 1) return null
  return { multiple, radius: Math.max(output.before, output.after, 0) }
}

/** @param third the third input, when it is a constant: the scales of Resize. */
function reachOf(node: OnnxNode, { scale, before, after }: Reach, model: OnnxModel, third: ArrayLike<number> | null): Reach | null {
  if (node.domain !== '') return null
  const pair = (name: string, otherwise: number): number[] => (node.attributes.get(name) as number[] | undefined) ?? [otherwise, otherwise]
  if (pointwise.has(node.opType)) return { scale, before, after }
  switch (node.opType) {
    case 'Conv': {
      const [, , ...fromWeights] = model.initialisers.get(node.inputs[1]!)?.dims ?? []
      const sizes = (node.attributes.get('kernel_shape') as number[] | undefined) ?? fromWeights
      if (sizes.length !== 2 || pair('strides', 1).some(stride => stride !== 1) || (node.attributes.get('auto_pad') ?? 'NOTSET') !== 'NOTSET') return null
      const dilations = pair('dilations', 1)
      const pads = (node.attributes.get('pads') as number[] | undefined) ?? [0, 0, 0, 0]
      const extents = sizes.map((size, axis) => (size - 1) * dilations[axis]!)
      return {
        scale,
        before: before + scale * Math.max(pads[0]!, pads[1]!),
        after: after + scale * Math.max(extents[0]! - pads[0]!, extents[1]! - pads[1]!),
      }
    }
    case 'MaxPool':
    case 'AveragePool': {
      const [size, stride] = [pair('kernel_shape', 0), pair('strides', 1)]
      const padded = ((node.attributes.get('pads') as number[] | undefined) ?? []).some(pad => pad !== 0)
      if (padded || size[0] !== size[1] || size.some((value, axis) => value !== stride[axis])) return null
      return { scale: scale * size[0]!, before, after }
    }
    case 'Resize': {
      const factor = third?.[2] ?? NaN
      const nearest = node.attributes.get('mode') === 'nearest' && Number.isInteger(factor) && third?.[3] === factor
      const asymmetric = node.attributes.get('coordinate_transformation_mode') === 'asymmetric' && node.attributes.get('nearest_mode') === 'floor'
      if (!nearest || !asymmetric || scale % factor !== 0) return null
      // A fine pixel sees its whole coarse one: at either end of it, all the others.
      const more = scale - scale / factor
      return { scale: scale / factor, before: before + more, after: after + more }
    }
    default:
      return null
  }
}

// ONNX files for tests: a graph of a few nodes, written with pbf.

import { PbfWriter } from 'pbf'
import type { OnnxTensor } from '../networks/onnx-model.ts'

/** Whole numbers become integers, others float32. */
export type AttributeSource = number | string | readonly number[] | OnnxTensor

export interface OnnxNodeSource {
  readonly op: string
  readonly inputs: readonly string[]
  readonly attributes?: Readonly<Record<string, AttributeSource>>
  readonly output: string
  readonly domain?: string
}

export interface OnnxSource {
  readonly nodes: readonly OnnxNodeSource[]
  readonly initialisers?: Readonly<Record<string, OnnxTensor>>
  /** Shapes by name; float32 unless `types` says otherwise. */
  readonly inputs: Readonly<Record<string, readonly (number | string)[]>>
  readonly outputs: Readonly<Record<string, readonly (number | string)[]>>
  /** ONNX element types (TensorProto.DataType) of inputs and outputs that are not float32. */
  readonly types?: Readonly<Record<string, number>>
  readonly metadata?: Readonly<Record<string, string>>
  readonly opset?: number
}

/** float32 weights. */
export function floats(dims: readonly number[], data: ArrayLike<number>): OnnxTensor {
  return { type: 'float32', dims, data: Float32Array.from(data) }
}

/** int64 constants: axes, shapes, starts. */
export function integers(dims: readonly number[], data: readonly number[]): OnnxTensor {
  return { type: 'int64', dims, data }
}

/** The bytes of a model, IR version 8. */
export function onnxBytes(source: OnnxSource): Uint8Array {
  const pbf = new PbfWriter()
  pbf.writeVarintField(1, 8)
  pbf.writeStringField(2, 'sinobench-test')
  pbf.writeMessage(7, writeGraph, source)
  pbf.writeMessage(8, (version, to) => to.writeVarintField(2, version), source.opset ?? 17)
  for (const [key, value] of Object.entries(source.metadata ?? {}))
    pbf.writeMessage(
      14,
      (_, to) => {
        to.writeStringField(1, key)
        to.writeStringField(2, value)
      },
      null,
    )
  return pbf.finish()
}

function writeGraph(source: OnnxSource, pbf: PbfWriter): void {
  for (const node of source.nodes) pbf.writeMessage(1, writeNode, node)
  pbf.writeStringField(2, 'test')
  for (const [name, tensor] of Object.entries(source.initialisers ?? {})) pbf.writeMessage(5, writeTensor, { name, tensor })
  for (const [name, dims] of Object.entries(source.inputs)) pbf.writeMessage(11, writeValue, { name, dims, type: source.types?.[name] ?? 1 })
  for (const [name, dims] of Object.entries(source.outputs)) pbf.writeMessage(12, writeValue, { name, dims, type: source.types?.[name] ?? 1 })
}

function writeNode({ op, inputs, output, attributes = {}, domain }: OnnxNodeSource, pbf: PbfWriter): void {
  for (const input of inputs) pbf.writeStringField(1, input)
  pbf.writeStringField(2, output)
  pbf.writeStringField(4, op)
  for (const [name, value] of Object.entries(attributes)) pbf.writeMessage(5, writeAttribute, { name, value })
  if (domain !== undefined) pbf.writeStringField(7, domain)
}

function writeAttribute({ name, value }: { name: string; value: AttributeSource }, pbf: PbfWriter): void {
  pbf.writeStringField(1, name)
  // The type's number (AttributeProto.AttributeType) stands in field 20. Lists are not packed, as Python writes them.
  if (typeof value === 'string') {
    pbf.writeStringField(4, value)
    pbf.writeVarintField(20, 3)
  } else if (typeof value === 'number') {
    if (Number.isInteger(value)) pbf.writeVarintField(3, value)
    else pbf.writeFloatField(2, value)
    pbf.writeVarintField(20, Number.isInteger(value) ? 2 : 1)
  } else if ('dims' in value) {
    pbf.writeMessage(5, writeTensor, { name: '', tensor: value })
    pbf.writeVarintField(20, 4)
  } else {
    const whole = value.every(Number.isInteger)
    for (const item of value) {
      if (whole) pbf.writeVarintField(8, item)
      else pbf.writeFloatField(7, item)
    }
    pbf.writeVarintField(20, whole ? 7 : 6)
  }
}

function writeTensor({ name, tensor }: { name: string; tensor: OnnxTensor }, pbf: PbfWriter): void {
  for (const dim of tensor.dims) pbf.writeVarintField(1, dim)
  pbf.writeVarintField(2, tensor.type === 'int64' ? 7 : 1)
  pbf.writeStringField(8, name)
  const values = tensor.type === 'int64' ? BigInt64Array.from(tensor.data, BigInt) : Float32Array.from(tensor.data ?? [])
  pbf.writeBytesField(9, new Uint8Array(values.buffer))
}

function writeValue({ name, dims, type }: { name: string; dims: readonly (number | string)[]; type: number }, pbf: PbfWriter): void {
  const writeDim = (dim: number | string, to: PbfWriter): void =>
    typeof dim === 'number' ? to.writeVarintField(1, dim) : to.writeStringField(2, dim)
  const writeShape = (_: null, to: PbfWriter): void => {
    for (const dim of dims) to.writeMessage(1, writeDim, dim)
  }
  const writeTensorType = (_: null, to: PbfWriter): void => {
    to.writeVarintField(1, type)
    to.writeMessage(2, writeShape, null)
  }
  pbf.writeStringField(1, name)
  pbf.writeMessage(2, (_, to) => to.writeMessage(1, writeTensorType, null), null)
}

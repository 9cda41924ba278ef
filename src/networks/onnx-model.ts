// An ONNX file as plain data: its graph, weights and metadata, read with pbf. Field
// numbers are those of onnx.proto (github.com/onnx/onnx, IR version 14).
// Trap: pbf does not mind a field that ends beyond its message or file, so every
// length is checked here; a file that was cut off must not pass for a smaller one.

import { readFileSync } from 'node:fs'
import { PbfReader } from 'pbf'
import { UserError } from '../ct/user-error.ts'

/** Names of TensorProto.DataType, by number. */
const elementTypes = [
  ...['undefined', 'float32', 'uint8', 'int8', 'uint16', 'int16', 'int32', 'int64', 'string', 'bool', 'float16', 'float64'],
  ...['uint32', 'uint64', 'complex64', 'complex128', 'bfloat16'],
] as const

/** "float32", "int64" …; "type 23" for one that has no name here. */
export type OnnxElementType = (typeof elementTypes)[number] | `type ${number}`

/** A constant. Row-major; data of types other than float32 and int64 are not read. int64 beyond 2⁵³ are rounded. */
export type OnnxTensor =
  | { readonly type: 'float32'; readonly dims: readonly number[]; readonly data: Float32Array }
  | { readonly type: 'int64'; readonly dims: readonly number[]; readonly data: readonly number[] }
  | { readonly type: Exclude<OnnxElementType, 'float32' | 'int64'>; readonly dims: readonly number[]; readonly data: null }

/** Null for what is not read: subgraphs and the like. */
export type OnnxAttribute = number | string | readonly number[] | readonly string[] | OnnxTensor | null

export interface OnnxNode {
  readonly opType: string
  /** Operator set; empty for ONNX's own. */
  readonly domain: string
  readonly name: string
  /** Names of values; empty where an optional one is left out. */
  readonly inputs: readonly string[]
  readonly outputs: readonly string[]
  readonly attributes: ReadonlyMap<string, OnnxAttribute>
}

export interface OnnxValue {
  readonly name: string
  readonly type: OnnxElementType
  /** Symbolic dimensions by their names, "?" for one without a name; null when the shape is not stated. */
  readonly dims: readonly (number | string)[] | null
}

export interface OnnxModel {
  readonly irVersion: number
  /** "pytorch 2.13.0"; empty when the file does not say. */
  readonly producer: string
  /** Version of ONNX's own operator set. */
  readonly opset: number
  /** What a caller feeds; initialisers are not among them. */
  readonly inputs: readonly OnnxValue[]
  readonly outputs: readonly OnnxValue[]
  /** In an order in which they can be computed. */
  readonly nodes: readonly OnnxNode[]
  readonly initialisers: ReadonlyMap<string, OnnxTensor>
  readonly metadata: ReadonlyMap<string, string>
}

/** The bytes of a model's file. @throws UserError that names the file when it cannot be read. */
export function readModelFile(path: string): Uint8Array {
  try {
    return readFileSync(path)
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'ENOENT' || code === 'ENOTDIR') throw new UserError(`No model at ${path}. Check the path; a learned method needs its .onnx file.`)
    if (code === 'EISDIR') throw new UserError(`${path} is a folder, expected an .onnx file.`)
    throw new UserError(`${path} cannot be read: ${(error as Error).message}`)
  }
}

/** @param path how errors call the file. @throws UserError when the bytes are cut off, damaged, or of no ONNX model. */
export function parseOnnxModel(bytes: Uint8Array, path: string): OnnxModel {
  const model = { irVersion: 0, producer: '', producerVersion: '', opset: 0, metadata: new Map<string, string>() }
  let graph: Graph | null = null
  try {
    const pbf = new PbfReader(bytes)
    eachField(pbf, bytes.length, field => {
      if (field === 1) model.irVersion = pbf.readVarint(true)
      else if (field === 2) model.producer = pbf.readString()
      else if (field === 3) model.producerVersion = pbf.readString()
      else if (field === 7) graph = readGraph(pbf)
      else if (field === 8) model.opset = readOpset(pbf) ?? model.opset
      else if (field === 14) model.metadata.set(...readEntry(pbf))
    })
  } catch (error) {
    if (error instanceof UserError) throw new UserError(`${path}: ${error.message}`)
    // A model begins with its IR version, field 1; what does not was never one.
    if (bytes[0] === 0x08) throw new UserError(`${path} is cut off or damaged: it has ${bytes.length} bytes, its fields need others. Fetch or export it again.`)
    throw notOnnx(path)
  }
  // The compiler does not see what the callback assigned.
  const found = graph as Graph | null
  if (model.irVersion < 1) throw notOnnx(path)
  if (found === null || found.nodes.length === 0 || model.opset < 1)
    throw new UserError(`${path} is cut off or empty: it has no ${model.opset < 1 ? 'operator set' : 'graph'}. Fetch or export it again.`)
  const { irVersion, opset, metadata } = model
  const inputs = found.inputs.filter(({ name }) => !found.initialisers.has(name))
  return { irVersion, producer: `${model.producer} ${model.producerVersion}`.trim(), opset, metadata, ...found, inputs }
}

function notOnnx(path: string): UserError {
  return new UserError(`${path} is not an ONNX model. Name a file that torch.onnx.export or onnx.save wrote.`)
}

interface Graph {
  readonly inputs: OnnxValue[]
  readonly outputs: OnnxValue[]
  readonly nodes: OnnxNode[]
  readonly initialisers: Map<string, OnnxTensor>
}

function readGraph(pbf: PbfReader): Graph {
  const graph: Graph = { inputs: [], outputs: [], nodes: [], initialisers: new Map() }
  eachField(pbf, endOf(pbf), field => {
    if (field === 1) graph.nodes.push(readNode(pbf))
    else if (field === 5) graph.initialisers.set(...readTensor(pbf))
    else if (field === 11) graph.inputs.push(readValue(pbf))
    else if (field === 12) graph.outputs.push(readValue(pbf))
  })
  return graph
}

function readNode(pbf: PbfReader): OnnxNode {
  const node = { opType: '', domain: '', name: '', inputs: [] as string[], outputs: [] as string[], attributes: new Map<string, OnnxAttribute>() }
  eachField(pbf, endOf(pbf), field => {
    if (field === 1) node.inputs.push(pbf.readString())
    else if (field === 2) node.outputs.push(pbf.readString())
    else if (field === 3) node.name = pbf.readString()
    else if (field === 4) node.opType = pbf.readString()
    else if (field === 5) node.attributes.set(...readAttribute(pbf))
    else if (field === 7) node.domain = pbf.readString()
  })
  return node
}

function readAttribute(pbf: PbfReader): [name: string, value: OnnxAttribute] {
  let name = ''
  let type = 0
  let single: OnnxAttribute = null
  const [floats, ints, strings]: [number[], number[], string[]] = [[], [], []]
  eachField(pbf, endOf(pbf), field => {
    if (field === 1) name = pbf.readString()
    else if (field === 2) single = pbf.readFloat()
    else if (field === 3) single = pbf.readVarint(true)
    else if (field === 4) single = pbf.readString()
    else if (field === 5) single = readTensor(pbf)[1]
    else if (field === 7) pbf.readPackedFloat(floats)
    else if (field === 8) pbf.readPackedVarint(ints, true)
    else if (field === 9) strings.push(pbf.readString())
    else if (field === 20) type = pbf.readVarint()
  })
  // AttributeProto.AttributeType: lists may be empty, so the type decides.
  return [name, type === 6 ? floats : type === 7 ? ints : type === 8 ? strings : single]
}

function readValue(pbf: PbfReader): OnnxValue {
  const value = { name: '', type: elementTypes[0] as OnnxElementType, dims: null as (number | string)[] | null }
  eachField(pbf, endOf(pbf), field => {
    if (field === 1) value.name = pbf.readString()
    else if (field === 2)
      eachField(pbf, endOf(pbf), kind => {
        if (kind !== 1) return // not a tensor
        eachField(pbf, endOf(pbf), part => {
          if (part === 1) value.type = elementType(pbf.readVarint())
          else if (part === 2) value.dims = readShape(pbf)
        })
      })
  })
  return value
}

function readShape(pbf: PbfReader): (number | string)[] {
  const dims: (number | string)[] = []
  eachField(pbf, endOf(pbf), field => {
    if (field !== 1) return
    let dim: number | string = '?'
    eachField(pbf, endOf(pbf), kind => {
      if (kind === 1) dim = pbf.readVarint(true)
      else if (kind === 2) dim = pbf.readString() || '?'
    })
    dims.push(dim)
  })
  return dims
}

function readTensor(pbf: PbfReader): [name: string, tensor: OnnxTensor] {
  let name = ''
  let type: OnnxElementType = 'undefined'
  let raw: Uint8Array | null = null
  let external = false
  const [dims, floats, ints]: [number[], number[], number[]] = [[], [], []]
  eachField(pbf, endOf(pbf), field => {
    if (field === 1) pbf.readPackedVarint(dims, true)
    else if (field === 2) type = elementType(pbf.readVarint())
    else if (field === 4) pbf.readPackedFloat(floats)
    else if (field === 7) pbf.readPackedVarint(ints, true)
    else if (field === 8) name = pbf.readString()
    else if (field === 9) raw = pbf.readBytes()
    else if (field === 14) external = pbf.readVarint() === 1
  })
  if (external)
    throw new UserError(`it keeps the weights "${name}" in another file. Save it as one: onnx.save(onnx.load(path), path), or torch.onnx.export(…, external_data=False).`)
  const found = type as OnnxElementType
  const bytes = raw as Uint8Array | null
  if (found !== 'float32' && found !== 'int64') return [name, { type: found, dims, data: null }]
  const count = dims.reduce((product, dim) => product * dim, 1)
  const data = found === 'float32' ? floatsOf(bytes, floats) : intsOf(bytes, ints)
  if (data.length !== count) throw new UserError(`the weights "${name}" are ${data.length} values, their shape ${dims.join(' × ')} needs ${count}. Export the model again.`)
  return [name, { type: found, dims, data } as OnnxTensor]
}

/** Raw data are little-endian, as every machine is that Node runs on; a copy, since they lie anywhere in the file. */
function floatsOf(raw: Uint8Array | null, floats: readonly number[]): Float32Array {
  if (raw === null) return Float32Array.from(floats)
  return new Float32Array(new Uint8Array(raw).buffer, 0, raw.length >> 2)
}

function intsOf(raw: Uint8Array | null, ints: readonly number[]): readonly number[] {
  if (raw === null) return ints
  return Array.from(new BigInt64Array(new Uint8Array(raw).buffer, 0, raw.length >> 3), Number)
}

function elementType(type: number): OnnxElementType {
  return elementTypes[type] ?? `type ${type}`
}

/** The version, when it is that of ONNX's own operators. */
function readOpset(pbf: PbfReader): number | null {
  let domain = ''
  let version = 0
  eachField(pbf, endOf(pbf), field => {
    if (field === 1) domain = pbf.readString()
    else if (field === 2) version = pbf.readVarint(true)
  })
  return domain === '' || domain === 'ai.onnx' ? version : null
}

function readEntry(pbf: PbfReader): [key: string, value: string] {
  let key = ''
  let value = ''
  eachField(pbf, endOf(pbf), field => {
    if (field === 1) key = pbf.readString()
    else if (field === 2) value = pbf.readString()
  })
  return [key, value]
}

/** Reads the length of a message and gives its end. */
function endOf(pbf: PbfReader): number {
  const length = pbf.readVarint()
  return pbf.pos + length
}

/** Calls `read` for every field up to `end`; what it leaves alone is passed over. @throws RangeError when a field does not end in time. */
function eachField(pbf: PbfReader, end: number, read: (field: number) => void): void {
  if (end > pbf.length) throw new RangeError('A message ends beyond the file.')
  for (let field = pbf.nextField(end); field !== 0; field = pbf.nextField(end)) {
    const start = pbf.pos
    if (pbf.type === 2 && endOf(pbf) > end) throw new RangeError('A field ends beyond its message.')
    pbf.pos = start
    read(field)
  }
  if (pbf.pos !== end) throw new RangeError('A message does not end where it should.')
}

// The part of ONNX that gpu.js kernels can do, read from a model: Conv (any size, stride
// 1, one group), Relu, Add, Concat of channels, MaxPool 2 × 2, Resize to nearest by two.
// A ReLU is done by the convolution or sum in front of it where nothing else reads that.

import { UserError } from '../ct/user-error.ts'
import type { OnnxAttribute, OnnxModel, OnnxNode, OnnxTensor } from './onnx-model.ts'

/** A model needs what the gpu.js kernels cannot do; another runtime may. */
export class UnsupportedOperatorError extends UserError {
  override readonly name = 'UnsupportedOperatorError'
  readonly operator: string
  readonly node: string
  /** 'gpu.js kernels cannot run Sigmoid "gate": there is no kernel for it' */
  readonly reason: string

  constructor(operator: string, node: string, problem: string) {
    const reason = `gpu.js kernels cannot run ${operator} "${node}": ${problem}`
    super(`The ${reason}. Run this network on ONNX Runtime.`)
    this.operator = operator
    this.node = node
    this.reason = reason
  }
}

interface StepBase {
  /** Operator and node of the model, for messages. */
  readonly operator: string
  readonly node: string
  /** Names of values: [channel][row][column]. */
  readonly inputs: readonly string[]
  readonly output: string
  readonly outputChannels: number
}

export interface ConvolutionStep extends StepBase {
  readonly kind: 'convolution'
  readonly inputChannels: number
  readonly tapRows: number
  readonly tapColumns: number
  /** Zeros around the input. */
  readonly pads: { readonly top: number; readonly left: number; readonly bottom: number; readonly right: number }
  /** [output channel][input channel, tap row, tap column; then the bias]. */
  readonly weights: Float32Array
  readonly rectify: boolean
}

export type NetworkStep =
  | ConvolutionStep
  | (StepBase & { readonly kind: 'sum'; readonly rectify: boolean })
  | (StepBase & { readonly kind: 'rectification' | 'max-pool' | 'upsampling' })
  | (StepBase & { readonly kind: 'join'; readonly inputChannels: readonly number[] })

export interface NetworkSteps {
  /** Channels of the inputs, by name. */
  readonly inputs: ReadonlyMap<string, number>
  readonly steps: readonly NetworkStep[]
  /** Name of the value that is the result. */
  readonly output: string
  readonly outputChannels: number
}

/** @throws UnsupportedOperatorError for what the kernels cannot do, with operator and node. */
export function networkSteps(model: OnnxModel): NetworkSteps {
  const graph = new Reader(model)
  const steps = fuse(model.nodes.flatMap(node => graph.read(node)), graph.result())
  const output = graph.result()
  const outputChannels = steps.find(step => step.output === output)?.outputChannels
  if (outputChannels === undefined)
    throw new UnsupportedOperatorError('Identity', output, 'the output is an input or a constant')
  return { inputs: graph.inputs, steps, output, outputChannels }
}

class Reader {
  readonly inputs = new Map<string, number>()
  readonly #model: OnnxModel
  /** Channels of every value so far. */
  readonly #channels = new Map<string, number>()
  readonly #constants: Map<string, OnnxTensor>
  /** What Identity calls by another name. */
  readonly #aliases = new Map<string, string>()

  constructor(model: OnnxModel) {
    this.#model = model
    this.#constants = new Map(model.initialisers)
    for (const { name, type, dims } of model.inputs) {
      const channels = dims?.length === 4 ? dims[1] : undefined
      if (type !== 'float32' || typeof channels !== 'number')
        throw new UnsupportedOperatorError('input', name, 'it is not float32 [batch, channels, rows, columns] with a fixed number of channels')
      this.inputs.set(name, channels)
      this.#channels.set(name, channels)
    }
  }

  /** The value that is the model's result. */
  result(): string {
    const [output, ...others] = this.#model.outputs
    if (!output || others.length > 0)
      throw new UnsupportedOperatorError('output', output?.name ?? '', `the model has ${this.#model.outputs.length} outputs, expected one`)
    return this.#aliases.get(output.name) ?? output.name
  }

  /** The steps of a node; none for a constant or a change of name. */
  read(node: OnnxNode): NetworkStep[] {
    const supported = new NodeReader(node, name => this.#aliases.get(name) ?? name, this.#constants, this.#channels)
    if (node.domain !== '' && node.domain !== 'ai.onnx') supported.refuse(`it is of the operator set ${node.domain}`)
    switch (node.opType) {
      case 'Constant':
        this.#constants.set(node.outputs[0]!, supported.constantAttribute())
        return []
      case 'Identity':
        this.#rename(node)
        return []
      default: {
        const step = supported.step()
        this.#channels.set(step.output, step.outputChannels)
        return [step]
      }
    }
  }

  #rename({ inputs, outputs }: OnnxNode): void {
    const from = this.#aliases.get(inputs[0]!) ?? inputs[0]!
    const constant = this.#constants.get(from)
    if (constant) this.#constants.set(outputs[0]!, constant)
    else this.#aliases.set(outputs[0]!, from)
  }
}

/** Reads one node, and refuses what is not in the subset. */
class NodeReader {
  readonly #node: OnnxNode
  readonly #original: (name: string) => string
  readonly #constants: ReadonlyMap<string, OnnxTensor>
  readonly #channels: ReadonlyMap<string, number>

  constructor(
    node: OnnxNode,
    original: (name: string) => string,
    constants: ReadonlyMap<string, OnnxTensor>,
    channels: ReadonlyMap<string, number>,
  ) {
    this.#node = node
    this.#original = original
    this.#constants = constants
    this.#channels = channels
  }

  refuse(problem: string): never {
    throw new UnsupportedOperatorError(this.#node.opType, this.#node.name || this.#node.outputs[0]!, problem)
  }

  step(): NetworkStep {
    switch (this.#node.opType) {
      case 'Conv':
        return this.#convolution()
      case 'Relu':
        return { kind: 'rectification', ...this.#base(1), outputChannels: this.#inputChannels(0) }
      case 'Add':
        return { kind: 'sum', rectify: false, ...this.#base(2), outputChannels: this.#alike() }
      case 'Concat':
        return this.#join()
      case 'MaxPool':
        return this.#maxPool()
      case 'Resize':
        return this.#upsampling()
      default:
        return this.refuse('there is no kernel for it')
    }
  }

  constantAttribute(): OnnxTensor {
    const value = this.#node.attributes.get('value')
    if (value === null || typeof value !== 'object' || !('dims' in value)) return this.refuse('its value is not a tensor')
    return value
  }

  #convolution(): NetworkStep {
    const weights = this.#constants.get(this.#original(this.#node.inputs[1] ?? ''))
    if (weights?.type !== 'float32' || weights.dims.length !== 4) return this.refuse('its weights are not a float32 constant of four dimensions')
    const [outputChannels, inputChannels, tapRows, tapColumns] = weights.dims as [number, number, number, number]
    const biasName = this.#node.inputs[2] ?? ''
    const bias = biasName === '' ? null : this.#constants.get(this.#original(biasName))
    if (bias !== null && (bias?.type !== 'float32' || bias.data.length !== outputChannels)) return this.refuse('its bias is not a float32 constant with a value per channel')
    this.#require('auto_pad', 'NOTSET', 'VALID')
    this.#require('group', 1)
    this.#requireAll('strides', 1)
    this.#requireAll('dilations', 1)
    if (this.#inputChannels(0) !== inputChannels) return this.refuse(`its weights are for ${inputChannels} channels, it gets ${this.#inputChannels(0)}`)
    const given = this.#node.attributes.get('auto_pad') === 'VALID' ? undefined : this.#node.attributes.get('pads')
    const [top, left, bottom, right] = (given ?? [0, 0, 0, 0]) as [number, number, number, number]
    if (Math.min(top, left, bottom, right) < 0) return this.refuse('its pads are negative')
    const taps = inputChannels * tapRows * tapColumns
    const rows = new Float32Array(outputChannels * (taps + 1))
    for (let channel = 0; channel < outputChannels; channel++) {
      rows.set(weights.data.subarray(channel * taps, (channel + 1) * taps), channel * (taps + 1))
      rows[channel * (taps + 1) + taps] = bias?.data[channel] ?? 0
    }
    const pads = { top, left, bottom, right }
    return { kind: 'convolution', ...this.#base(1), inputChannels, outputChannels, tapRows, tapColumns, pads, weights: rows, rectify: false }
  }

  #join(): NetworkStep {
    this.#require('axis', 1, -3)
    if (this.#node.attributes.get('axis') === undefined) return this.refuse('it has no axis')
    const inputChannels = this.#node.inputs.map((_, i) => this.#inputChannels(i))
    const outputChannels = inputChannels.reduce((sum, channels) => sum + channels, 0)
    return { kind: 'join', ...this.#base(inputChannels.length), inputChannels, outputChannels }
  }

  #maxPool(): NetworkStep {
    this.#require('auto_pad', 'NOTSET', 'VALID')
    this.#require('ceil_mode', 0)
    this.#requireAll('kernel_shape', 2)
    this.#requireAll('strides', 2)
    if (!this.#node.attributes.has('strides')) return this.refuse('its strides are 1, expected 2')
    this.#requireAll('pads', 0)
    this.#requireAll('dilations', 1)
    if (this.#node.outputs.length > 1) return this.refuse('its indices are asked for')
    return { kind: 'max-pool', ...this.#base(1), outputChannels: this.#inputChannels(0) }
  }

  #upsampling(): NetworkStep {
    const scales = this.#constants.get(this.#original(this.#node.inputs[2] ?? ''))
    if (scales?.type !== 'float32' || String([...scales.data]) !== '1,1,2,2' || this.#node.attributes.has('axes'))
      return this.refuse('its scales are not the constants 1, 1, 2, 2')
    this.#require('mode', 'nearest')
    const { attributes } = this.#node
    const coordinates = attributes.get('coordinate_transformation_mode') ?? 'half_pixel'
    const rounding = attributes.get('nearest_mode') ?? 'round_prefer_floor'
    // Those by which output pixels 2k and 2k + 1 are both input pixel k.
    const repeats = coordinates === 'asymmetric' ? ['floor', 'round_prefer_floor'] : ['round_prefer_floor', 'round_prefer_ceil']
    if (!['asymmetric', 'half_pixel', 'pytorch_half_pixel'].includes(String(coordinates)) || !repeats.includes(String(rounding)))
      return this.refuse(`it is ${String(coordinates)} with ${String(rounding)}, which does not repeat every pixel`)
    return { kind: 'upsampling', ...this.#base(1), outputChannels: this.#inputChannels(0) }
  }

  #base(count: number): StepBase & { outputChannels: number } {
    const { opType, name, inputs, outputs } = this.#node
    const output = outputs[0]!
    return { operator: opType, node: name || output, inputs: inputs.slice(0, count).map(this.#original), output, outputChannels: 0 }
  }

  #inputChannels(index: number): number {
    const name = this.#node.inputs[index] ?? ''
    return this.#channels.get(this.#original(name)) ?? this.refuse(`its input "${name}" is a constant, expected an image`)
  }

  /** Channels of two inputs that must be the same. */
  #alike(): number {
    const channels = this.#inputChannels(0)
    if (this.#inputChannels(1) !== channels) this.refuse(`it adds ${channels} and ${this.#inputChannels(1)} channels`)
    return channels
  }

  #require(attribute: string, ...allowed: readonly OnnxAttribute[]): void {
    const value = this.#node.attributes.get(attribute)
    if (value !== undefined && !allowed.includes(value)) this.refuse(`its ${attribute} is ${String(value)}, expected ${String(allowed[0])}`)
  }

  #requireAll(attribute: string, expected: number): void {
    const value = this.#node.attributes.get(attribute)
    if (value === undefined) return
    if (!Array.isArray(value) || value.some(one => one !== expected)) this.refuse(`its ${attribute} are ${String(value)}, expected ${expected}`)
  }
}

/** Lets a convolution or sum do the ReLU that follows it, where nothing else reads its result. */
function fuse(steps: readonly NetworkStep[], output: string): NetworkStep[] {
  const readers = new Map<string, number>([[output, 1]])
  for (const { inputs } of steps) for (const name of inputs) readers.set(name, (readers.get(name) ?? 0) + 1)
  const fused: NetworkStep[] = []
  for (const step of steps) {
    const at = step.kind === 'rectification' && readers.get(step.inputs[0]!) === 1 ? fused.findIndex(other => other.output === step.inputs[0]) : -1
    const before = fused[at]
    if (before?.kind === 'convolution' || before?.kind === 'sum') fused[at] = { ...before, rectify: true, output: step.output }
    else fused.push(step)
  }
  return fused
}

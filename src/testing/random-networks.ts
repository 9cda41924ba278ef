// The architectures of red-cnn and unet at any width, with random weights that keep
// activations near 1, as ONNX files: for tests and benchmarks.

import { normalVector } from './dot-test.ts'
import { floats, onnxBytes, type OnnxNodeSource } from './onnx-bytes.ts'
import type { OnnxTensor } from '../networks/onnx-model.ts'

/** Puts a graph together, a node at a time; every method returns the name of its result. */
export class GraphBuilder {
  readonly nodes: OnnxNodeSource[] = []
  readonly initialisers: Record<string, OnnxTensor> = {}

  node(op: string, inputs: readonly string[], attributes: OnnxNodeSource['attributes'] = {}): string {
    const output = `${op.toLowerCase()}${this.nodes.length}`
    this.nodes.push({ op, inputs, attributes, output })
    return output
  }

  constant(name: string, tensor: OnnxTensor): string {
    this.initialisers[name] = tensor
    return name
  }

  /** A convolution of size × size taps with random weights and bias. */
  convolution(input: string, inputChannels: number, outputChannels: number, size: number, padding: number): string {
    const name = `conv${this.nodes.length}`
    const taps = inputChannels * size * size
    const weights = normalVector(outputChannels * taps, name).map(value => value * Math.sqrt(2 / taps))
    return this.node(
      'Conv',
      [
        input,
        this.constant(`${name}.weight`, floats([outputChannels, inputChannels, size, size], weights)),
        this.constant(`${name}.bias`, floats([outputChannels], normalVector(outputChannels, `${name} bias`).map(value => value / 4))),
      ],
      { pads: [padding, padding, padding, padding], kernel_shape: [size, size], strides: [1, 1], dilations: [1, 1], group: 1 },
    )
  }

  rectified(input: string): string {
    return this.node('Relu', [input])
  }

  /** The file: image (and noise) in, `result` out. */
  bytes(result: string, inputs: readonly string[]): Uint8Array {
    const shape = ['batch', 1, 'rows', 'columns']
    this.nodes.push({ op: 'Identity', inputs: [result], output: 'output' })
    return onnxBytes({
      nodes: this.nodes,
      initialisers: this.initialisers,
      inputs: Object.fromEntries(inputs.map(name => [name, shape])),
      outputs: { output: shape },
    })
  }
}

/**
 * As many 5 × 5 convolutions without padding as with all there is, and every second of these adds what the image was
 * at its size (Chen et al. 2017: 32 to 96 channels, depth 5).
 */
export function randomRedCnn({ channels = 6, depth = 3 } = {}): Uint8Array {
  const graph = new GraphBuilder()
  const sizes = ['image']
  for (let layer = 0; layer < depth; layer++)
    sizes.push(graph.rectified(graph.convolution(sizes[layer]!, layer === 0 ? 1 : channels, channels, 5, 0)))
  let value = sizes.pop()!
  for (let layer = depth - 1; layer >= 0; layer--) {
    value = graph.convolution(value, channels, layer === 0 ? 1 : channels, 5, 4)
    const same = sizes.pop()!
    if ((depth - 1 - layer) % 2 === 0) value = graph.node('Add', [value, same])
    if (layer > 0) value = graph.rectified(value)
  }
  return graph.bytes(value, ['image'])
}

/** 3 × 3 convolutions, three poolings and as many ways back, with a noise level (Jin et al. 2017: 64 channels at first). */
export function randomUnet({ base = 4 } = {}): Uint8Array {
  const graph = new GraphBuilder()
  const block = (input: string, from: number, to: number): string => {
    const half = graph.rectified(graph.convolution(input, from, to, 3, 1))
    return graph.rectified(graph.convolution(half, to, to, 3, 1))
  }
  const twice = graph.constant('twice', floats([4], [1, 1, 2, 2]))
  const levels = [block(graph.node('Concat', ['image', 'noise'], { axis: 1 }), 2, base)]
  for (let level = 1; level <= 3; level++) {
    const pooled = graph.node('MaxPool', [levels[level - 1]!], { kernel_shape: [2, 2], strides: [2, 2] })
    levels.push(block(pooled, base << (level - 1), base << level))
  }
  let up = levels[3]!
  for (let level = 2; level >= 0; level--) {
    const larger = graph.node('Resize', [up, '', twice], {
      mode: 'nearest',
      coordinate_transformation_mode: 'asymmetric',
      nearest_mode: 'floor',
    })
    const narrower = graph.rectified(graph.convolution(larger, base << (level + 1), base << level, 3, 1))
    up = block(graph.node('Concat', [levels[level]!, narrower], { axis: 1 }), base << (level + 1), base << level)
  }
  return graph.bytes(graph.node('Add', ['image', graph.convolution(up, base, 1, 1, 0)]), ['image', 'noise'])
}

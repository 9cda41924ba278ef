import { describe, expect, it } from 'vitest'
import { floats, onnxBytes, type OnnxNodeSource, type OnnxSource } from '../testing/onnx-bytes.ts'
import { globalMean, networkSource, tinyUNet } from '../testing/tiny-networks.ts'
import { parseOnnxModel } from './onnx-model.ts'
import { receptiveField } from './receptive-field.ts'

const field = (source: OnnxSource) => receptiveField(parseOnnxModel(onnxBytes(source), 'model.onnx'))
const conv = (input: string, output: string, size: number, attributes: OnnxNodeSource['attributes']): OnnxNodeSource => ({
  op: 'Conv',
  inputs: [input, `w${size}`],
  output,
  attributes: { ...attributes },
})
const weights = Object.fromEntries([1, 3, 5].map(size => [`w${size}`, floats([1, 1, size, size], new Float32Array(size * size))]))

describe('how far an output pixel sees', () => {
  it('is the sum of half the kernels, dilated ones wider', () => {
    const nodes = [conv('image', 'a', 5, { pads: [2, 2, 2, 2] }), conv('a', 'b', 3, { pads: [2, 2, 2, 2], dilations: [2, 2] }), conv('b', 'output', 1, {})]
    expect(field(networkSource(nodes, weights))).toEqual({ multiple: 1, radius: 4 })
  })

  it('counts a convolution without padding and one with full padding as a pair', () => {
    const nodes = [conv('image', 'a', 5, {}), conv('a', 'output', 5, { pads: [4, 4, 4, 4] })]
    expect(field(networkSource(nodes, weights))).toEqual({ multiple: 1, radius: 4 })
  })

  // Fine 1, pooling, coarse 1 (2 pixels), nearest ×2 (1 more), fine 1: 5 pixels of the image.
  it('goes through poolings, up-sampling and shortcuts', () => {
    expect(field(tinyUNet())).toEqual({ multiple: 2, radius: 5 })
  })

  it('is zero for pointwise operators', () => {
    expect(field(networkSource([{ op: 'Relu', inputs: ['image'], output: 'output' }]))).toEqual({ multiple: 1, radius: 0 })
  })

  it.each<[string, OnnxSource]>([
    ['a mean over the image', globalMean()],
    ['an operator of another set', networkSource([{ op: 'Relu', domain: 'com.example', inputs: ['image'], output: 'output' }])],
    ['a strided convolution', networkSource([conv('image', 'output', 3, { strides: [2, 2] })], weights)],
    ['automatic padding', networkSource([conv('image', 'output', 3, { auto_pad: 'SAME_UPPER' })], weights)],
    ['a pooled output', networkSource([{ op: 'MaxPool', inputs: ['image'], output: 'output', attributes: { kernel_shape: [2, 2], strides: [2, 2] } }])],
    ['linear up-sampling', networkSource([{ op: 'Resize', inputs: ['image', '', 's'], output: 'output', attributes: { mode: 'linear' } }], { s: floats([4], [1, 1, 2, 2]) })],
  ])('is not judged for %s', (_, source) => {
    expect(field(source)).toBeNull()
  })
})

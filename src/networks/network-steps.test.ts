import { describe, expect, it } from 'vitest'
import { floats, integers, onnxBytes, type OnnxNodeSource, type OnnxSource } from '../testing/onnx-bytes.ts'
import { randomRedCnn, randomUnet } from '../testing/random-networks.ts'
import { networkSteps, UnsupportedOperatorError } from './network-steps.ts'
import { parseOnnxModel } from './onnx-model.ts'

const image = ['batch', 1, 'rows', 'columns']
const steps = (source: Omit<OnnxSource, 'inputs' | 'outputs'> & Partial<OnnxSource>) =>
  networkSteps(parseOnnxModel(onnxBytes({ inputs: { x: image }, outputs: { y: image }, ...source }), 'model.onnx'))

const weights = floats([2, 1, 1, 2], [1, 2, 3, 4])
const conv: OnnxNodeSource = { op: 'Conv', inputs: ['x', 'w', 'b'], output: 'c', attributes: { kernel_shape: [1, 2], pads: [0, 1, 0, 0] } }
const relu: OnnxNodeSource = { op: 'Relu', inputs: ['c'], output: 'y' }

describe('steps of a network', () => {
  it('have the bias behind the weights of each channel, and the ReLU in the convolution', () => {
    const initialisers = { w: weights, b: floats([2], [5, 6]) }
    expect(steps({ nodes: [conv, relu], initialisers })).toEqual({
      inputs: new Map([['x', 1]]),
      output: 'y',
      outputChannels: 2,
      steps: [
        {
          kind: 'convolution',
          operator: 'Conv',
          node: 'c',
          inputs: ['x'],
          output: 'y',
          inputChannels: 1,
          outputChannels: 2,
          tapRows: 1,
          tapColumns: 2,
          pads: { top: 0, left: 1, bottom: 0, right: 0 },
          weights: Float32Array.of(1, 2, 5, 3, 4, 6),
          rectify: true,
        },
      ],
    })
  })

  it('keep a ReLU of their own where another node reads what it reads, or it is the result', () => {
    const sum: OnnxNodeSource = { op: 'Add', inputs: ['c', 'r'], output: 'y' }
    const initialisers = { w: weights, b: floats([2], [5, 6]) }
    expect(steps({ nodes: [conv, { ...relu, output: 'r' }, sum], initialisers }).steps.map(({ kind }) => kind)).toEqual(['convolution', 'rectification', 'sum'])
    const before = steps({ nodes: [conv, { ...relu, output: 'r' }], initialisers, outputs: { c: image } })
    expect(before.steps).toMatchObject([{ kind: 'convolution', rectify: false, output: 'c' }, { kind: 'rectification' }])
  })

  it('see through Identity and Constant', () => {
    const nodes: OnnxNodeSource[] = [
      { op: 'Constant', inputs: [], output: 'k', attributes: { value: weights } },
      { op: 'Identity', inputs: ['k'], output: 'w' },
      { op: 'Identity', inputs: ['x'], output: 'same' },
      { ...conv, inputs: ['same', 'w'] },
      { op: 'Identity', inputs: ['c'], output: 'y' },
    ]
    expect(steps({ nodes })).toMatchObject({ output: 'c', steps: [{ inputs: ['x'], weights: Float32Array.of(1, 2, 0, 3, 4, 0) }] })
  })

  it('are all that red-cnn and unet need', () => {
    const kinds = (bytes: Uint8Array): string[] => [...new Set(networkSteps(parseOnnxModel(bytes, 'model.onnx')).steps.map(({ kind }) => kind))].sort()
    expect(kinds(randomRedCnn())).toEqual(['convolution', 'sum'])
    expect(kinds(randomUnet())).toEqual(['convolution', 'join', 'max-pool', 'sum', 'upsampling'])
  })

  const asymmetric = { mode: 'nearest', coordinate_transformation_mode: 'asymmetric', nearest_mode: 'floor' }
  const resize = (attributes: NonNullable<OnnxNodeSource['attributes']>, scales = [1, 1, 2, 2]) => ({
    nodes: [{ op: 'Resize', inputs: ['x', '', 's'], output: 'y', attributes }],
    initialisers: { s: floats([4], scales) },
  })

  it.each([
    ['asymmetric', 'floor'],
    ['asymmetric', 'round_prefer_floor'],
    ['half_pixel', 'round_prefer_floor'],
    ['pytorch_half_pixel', 'round_prefer_ceil'],
  ])('repeat pixels where Resize is %s with %s', (coordinate_transformation_mode, nearest_mode) => {
    expect(steps(resize({ mode: 'nearest', coordinate_transformation_mode, nearest_mode })).steps[0]).toMatchObject({ kind: 'upsampling', inputs: ['x'] })
  })

  const one = (node: OnnxNodeSource, initialisers: OnnxSource['initialisers'] = { w: weights, b: floats([2], [5, 6]) }) => ({ nodes: [node], initialisers })
  const pool: OnnxNodeSource = { op: 'MaxPool', inputs: ['x'], output: 'y', attributes: { kernel_shape: [2, 2], strides: [2, 2] } }

  it.each([
    ['an operator without a kernel', one({ op: 'Sigmoid', inputs: ['x'], output: 'y' }), 'Sigmoid "y": there is no kernel for it'],
    ['an operator set of somebody else', one({ op: 'Conv', inputs: ['x'], output: 'y', domain: 'com.microsoft' }), 'Conv "y": it is of the operator set com.microsoft'],
    ['a stride', one({ ...conv, attributes: { strides: [2, 2] } }), 'Conv "c": its strides are 2,2, expected 1'],
    ['a dilation', one({ ...conv, attributes: { dilations: [1, 2] } }), 'Conv "c": its dilations are 1,2, expected 1'],
    ['groups', one({ ...conv, attributes: { group: 2 } }), 'Conv "c": its group is 2, expected 1'],
    ['automatic padding', one({ ...conv, attributes: { auto_pad: 'SAME_UPPER' } }), 'Conv "c": its auto_pad is SAME_UPPER, expected NOTSET'],
    ['negative padding', one({ ...conv, attributes: { pads: [0, -1, 0, 0] } }), 'Conv "c": its pads are negative'],
    ['computed weights', one({ ...conv, inputs: ['x', 'x'] }), 'Conv "c": its weights are not a float32 constant'],
    ['a computed bias', one({ ...conv, inputs: ['x', 'w', 'x'] }), 'Conv "c": its bias is not a float32 constant'],
    ['weights for other channels', one(conv, { w: floats([1, 2, 1, 1], [1, 2]), b: floats([1], [0]) }), 'its weights are for 2 channels, it gets 1'],
    ['a constant in a sum', one({ op: 'Add', inputs: ['x', 'b'], output: 'y' }), 'Add "y": its input "b" is a constant'],
    ['rows side by side', one({ op: 'Concat', inputs: ['x', 'x'], output: 'y', attributes: { axis: 2 } }), 'Concat "y": its axis is 2, expected 1'],
    ['pooling of three', one({ ...pool, attributes: { kernel_shape: [3, 3], strides: [2, 2] } }), 'MaxPool "y": its kernel_shape are 3,3, expected 2'],
    ['pooling that overlaps', one({ ...pool, attributes: { kernel_shape: [2, 2] } }), 'MaxPool "y": its strides are 1, expected 2'],
    ['pooling that rounds up', one({ ...pool, attributes: { ...pool.attributes, ceil_mode: 1 } }), 'MaxPool "y": its ceil_mode is 1, expected 0'],
    ['up-sampling by three', resize(asymmetric, [1, 1, 3, 3]), 'Resize "y": its scales are not the constants 1, 1, 2, 2'],
    ['linear up-sampling', resize({ ...asymmetric, mode: 'linear' }), 'Resize "y": its mode is linear, expected nearest'],
    ['up-sampling that shifts', resize({ ...asymmetric, nearest_mode: 'ceil' }), 'Resize "y": it is asymmetric with ceil'],
    ['other up-sampling that shifts', resize({ mode: 'nearest', nearest_mode: 'floor' }), 'Resize "y": it is half_pixel with floor'],
    ['a constant that is no tensor', one({ op: 'Constant', inputs: [], output: 'y', attributes: { value_float: 0.5 } }), 'Constant "y": its value is not a tensor'],
    ['an integer input', { ...one(relu), types: { x: 7 } }, 'input "x": it is not float32'],
    ['any number of channels', { ...one(relu), inputs: { x: ['n', 'c', 'h', 'w'] } }, 'input "x": it is not float32 [batch, channels, rows, columns]'],
    ['two results', { ...one({ ...relu, inputs: ['x'] }), outputs: { y: image, z: image } }, 'output "y": the model has 2 outputs, expected one'],
    ['nothing to do', { nodes: [{ op: 'Identity', inputs: ['x'], output: 'y' }] }, 'Identity "x": the output is an input or a constant'],
  ])('refuse %s, with operator and node', (_, source, message) => {
    const attempt = (): unknown => steps(source)
    expect(attempt).toThrow(UnsupportedOperatorError)
    expect(attempt).toThrow(message)
  })

  it('name the node as the model does', () => {
    try {
      steps({ nodes: [{ op: 'Gemm', inputs: ['x'], output: 'y' }], initialisers: { i: integers([1], [0]) } })
      expect.unreachable()
    } catch (error) {
      expect(error).toMatchObject({ name: 'UnsupportedOperatorError', operator: 'Gemm', node: 'y' })
    }
  })
})

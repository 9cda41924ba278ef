import { describe, expect, it } from 'vitest'
import { floats, integers, onnxBytes } from '../testing/onnx-bytes.ts'
import { parseOnnxModel, readModelFile } from './onnx-model.ts'

/**
 * Written by Python's onnx 1.23: a Conv with its weight as float_data and its bias as raw
 * data, a LeakyRelu, an int64 and a float64 constant, an unnamed dimension, two operator sets.
 */
const fromPython = Buffer.from(
  'CAgSB2J5LWhhbmQaATE6uAIKXgoFaW1hZ2UKAXcKAWISAXkaBWZpcnN0IgRDb252KhUKCGF1dG9fcGFkIgZOT1RTRVSgAQMqFQoMa2VybmVsX3NoYXBlQAFA' +
    'AaABByoRCgRwYWRzQABAAEAAQACgAQcKJwoBeRIGb3V0cHV0IglMZWFreVJlbHUqDwoFYWxwaGEVAACAPqABARIBZyoTCAEIAQgBCAEQASIEAAAgQEIBdyoN' +
    'CAEQAUIBYkoEAACgvyoZCAIQBzoQ////////////AYCAgICAIEIBaSoRCAEQC0IBZEoIAAAAAAAA8D9aJgoFaW1hZ2USHQobCAESFwoHEgViYXRjaAoCCAEK' +
    'BhIEcm93cwoAYjAKBm91dHB1dBImCiQIARIgCgcSBWJhdGNoCgIIAQoGEgRyb3dzCgkSB2NvbHVtbnNCBAoAEBFCDwoLY29tLmV4YW1wbGUQA3IcCglzaW5v' +
    'YmVuY2gSD3sidGl0bGUiOiAiwrUifXIKCgVvdGhlchIBeA==',
  'base64',
)

describe('an ONNX file', () => {
  it('that Python wrote is read field by field', () => {
    const model = parseOnnxModel(fromPython, 'model.onnx')
    expect(model).toMatchObject({
      irVersion: 8,
      producer: 'by-hand 1',
      opset: 17,
      inputs: [{ name: 'image', type: 'float32', dims: ['batch', 1, 'rows', '?'] }],
      outputs: [{ name: 'output', type: 'float32', dims: ['batch', 1, 'rows', 'columns'] }],
    })
    const [conv, relu] = model.nodes
    expect(conv).toMatchObject({ opType: 'Conv', domain: '', name: 'first', inputs: ['image', 'w', 'b'], outputs: ['y'] })
    expect([...conv!.attributes]).toEqual([
      ['auto_pad', 'NOTSET'],
      ['kernel_shape', [1, 1]],
      ['pads', [0, 0, 0, 0]],
    ])
    expect(relu!.attributes).toEqual(new Map([['alpha', 0.25]]))
    expect([...model.initialisers]).toEqual([
      ['w', { type: 'float32', dims: [1, 1, 1, 1], data: Float32Array.of(2.5) }],
      ['b', { type: 'float32', dims: [1], data: Float32Array.of(-1.25) }],
      ['i', { type: 'int64', dims: [2], data: [-1, 2 ** 40] }],
      ['d', { type: 'float64', dims: [1], data: null }],
    ])
    expect([...model.metadata]).toEqual([
      ['sinobench', '{"title": "µ"}'],
      ['other', 'x'],
    ])
  })

  it('that a test wrote comes back as it was', () => {
    const weights = floats([2, 1, 1, 1], [0.5, -3])
    const model = parseOnnxModel(
      onnxBytes({
        nodes: [{ op: 'Conv', inputs: ['x', 'w'], output: 'y', attributes: { pads: [1, 1, 1, 1], group: 1, auto_pad: 'NOTSET', scale: 0.5, value: weights } }],
        initialisers: { w: weights, shape: integers([2], [-1, 7]) },
        inputs: { x: ['n', 1, 8, 'm'] },
        outputs: { y: ['n', 2, 8, 'm'] },
        types: { y: 11 },
        metadata: { a: 'b' },
      }),
      'model.onnx',
    )
    expect(model.nodes[0]!.attributes).toEqual(new Map<string, unknown>([['pads', [1, 1, 1, 1]], ['group', 1], ['auto_pad', 'NOTSET'], ['scale', 0.5], ['value', weights]]))
    expect(model.initialisers).toEqual(new Map<string, unknown>([['w', weights], ['shape', integers([2], [-1, 7])]]))
    expect(model.inputs).toEqual([{ name: 'x', type: 'float32', dims: ['n', 1, 8, 'm'] }])
    expect(model.outputs[0]!.type).toBe('float64')
    expect(model.metadata).toEqual(new Map([['a', 'b']]))
    expect(model.opset).toBe(17)
  })

  it('lists no initialiser among its inputs', () => {
    const source = { nodes: [{ op: 'Mul', inputs: ['x', 'w'], output: 'y' }], initialisers: { w: floats([1], [2]) }, outputs: { y: ['n'] } }
    const model = parseOnnxModel(onnxBytes({ ...source, inputs: { x: ['n'], w: [1] } }), 'model.onnx')
    expect(model.inputs.map(input => input.name)).toEqual(['x'])
  })
})

describe('a file that is no whole model', () => {
  const cutOff = /^model\.onnx is cut off or (damaged|empty).*(Fetch or export it again\.)$/

  it('is refused wherever it was cut off in front of its operator set', () => {
    const operatorSet = Buffer.from([0x42, 4, 0x0a, 0, 0x10, 17])
    for (let length = 2; length < fromPython.indexOf(operatorSet) + operatorSet.length; length++)
      expect(() => parseOnnxModel(fromPython.subarray(0, length), 'model.onnx'), `${length} bytes`).toThrow(cutOff)
    // Behind it, a cut between two fields leaves a whole model with less metadata.
    expect(() => parseOnnxModel(fromPython.subarray(0, -1), 'model.onnx')).toThrow(cutOff)
  })

  it('is refused when a length inside points beyond its message', () => {
    const damaged = Buffer.from(fromPython)
    damaged[damaged.indexOf('first') - 1] = 120
    expect(() => parseOnnxModel(damaged, 'model.onnx')).toThrow(cutOff)
  })

  it.each([
    ['a picture', Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0, 0, 0, 13])],
    ['text', Buffer.from('version https://git-lfs.github.com/spec/v1')],
    ['a zip archive', Buffer.from('504b0304140000000800', 'hex')],
    ['zeros', Buffer.alloc(64)],
    ['an empty file', Buffer.alloc(0)],
  ])('is refused: %s', (_, bytes) => {
    expect(() => parseOnnxModel(bytes, 'model.onnx')).toThrow('model.onnx is not an ONNX model. Name a file that torch.onnx.export or onnx.save wrote.')
  })

  it('is refused when weights do not fill their shape', () => {
    const source = { nodes: [{ op: 'Mul', inputs: ['x', 'w'], output: 'y' }], inputs: { x: ['n'] }, outputs: { y: ['n'] } }
    const bytes = onnxBytes({ ...source, initialisers: { w: { type: 'float32', dims: [3], data: Float32Array.of(1, 2) } } })
    expect(() => parseOnnxModel(bytes, 'model.onnx')).toThrow('model.onnx: the weights "w" are 2 values, their shape 3 needs 3.')
  })

  it('is refused when it keeps weights in another file', () => {
    const bytes = Buffer.from(onnxBytes({ nodes: [{ op: 'Mul', inputs: ['x', 'w'], output: 'y' }], initialisers: { w: floats([1], [2]) }, inputs: { x: ['n'] }, outputs: { y: ['n'] } }))
    // Field 9 (raw data of 4 bytes) becomes field 14 (location: external) and fields to pass over.
    const raw = bytes.indexOf(Buffer.from([0x4a, 4, 0, 0, 0, 0x40]))
    bytes.set([0x70, 1, 0x70, 1, 0x70, 1], raw)
    expect(() => parseOnnxModel(bytes, 'model.onnx')).toThrow('model.onnx: it keeps the weights "w" in another file. Save it as one')
  })
})

it('a model that cannot be read is named', () => {
  expect(() => readModelFile('no/such/model.onnx')).toThrow('No model at no/such/model.onnx.')
  expect(() => readModelFile('src')).toThrow('src is a folder, expected an .onnx file.')
})

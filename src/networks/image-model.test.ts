import { pathToFileURL } from 'node:url'
import { afterAll, describe, expect, it } from 'vitest'
import { floats, type OnnxSource } from '../testing/onnx-bytes.ts'
import { identity, modelFolder, networkSource, tinyMetadata, tinyUNet } from '../testing/tiny-networks.ts'
import { readImageModel } from './image-model.ts'
import type { ModelMetadata } from './model-metadata.ts'

const folder = modelFolder()
afterAll(() => folder.remove())

const good = networkSource(identity)
const dims = ['batch', 1, 'rows', 'columns']
const withMetadata = (source: OnnxSource, change: (metadata: ModelMetadata) => unknown): OnnxSource => {
  const metadata = JSON.parse(source.metadata!.sinobench!) as ModelMetadata
  return { ...source, metadata: { sinobench: JSON.stringify(change(metadata)) } }
}
const read = (source: OnnxSource) => readImageModel(folder.write('my.onnx', source))

it('a model is read with its metadata, by path or URL', () => {
  const path = folder.write('unet.onnx', tinyUNet())
  expect(readImageModel(path)).toMatchObject({ path, metadata: { title: 'Tiny', tile: { multiple: 2, radius: 6 } } })
  expect(readImageModel(pathToFileURL(path)).path).toBe(path)
})

describe('a model that contradicts its metadata is refused, with what to do:', () => {
  it.each<[string, OnnxSource, string]>([
    ['no noise input', withMetadata(good, m => ({ ...m, input: { ...m.input, noise: true } })), 'say "noise": true, but it has no input "noise". Set input.noise to false'],
    ['a noise input', withMetadata(tinyUNet(), m => ({ ...m, input: { ...m.input, noise: false } })), 'has an input "noise", but its metadata say "noise": false. Set input.noise to true'],
    ['another name', { ...good, inputs: { x: dims } }, 'its inputs are "x", expected "image". Export it with input_names=["image"].'],
    ['an input too many', { ...good, inputs: { image: dims, age: ['batch'] } }, 'its inputs are "image", "age", expected "image".'],
    ['no input', { ...good, inputs: {} }, 'its inputs are none, expected "image".'],
    ['another output', { ...good, outputs: { y: dims } }, 'its outputs are "y", expected "output" alone. Export it with output_names=["output"].'],
    ['a fixed batch', { ...good, inputs: { image: [1, 1, 'rows', 'columns'] } }, 'its input "image" is [1, 1, rows, columns], expected [batch, 1, rows, columns] of any size. Export it with dynamic_axes={"image": {0: "batch"'],
    ['a fixed size', { ...good, inputs: { image: ['batch', 1, 512, 512] } }, 'its input "image" is [batch, 1, 512, 512], expected [batch, 1, rows, columns] of any size.'],
    ['three channels', { ...good, inputs: { image: ['batch', 3, 'rows', 'columns'] } }, 'its input "image" is [batch, 3, rows, columns], expected [batch, 1, rows, columns]: one channel.'],
    ['two dimensions', { ...good, inputs: { image: ['rows', 'columns'] } }, 'its input "image" is [rows, columns], expected [batch, 1, rows, columns]: one channel.'],
    ['an output of two channels', { ...good, outputs: { output: ['batch', 2, 'rows', 'columns'] } }, 'its output "output" is [batch, 2, rows, columns]'],
    ['double precision', { ...good, types: { image: 11 } }, 'its input "image" is of type float64, expected float32. Export it in single precision.'],
    ['half precision out', { ...good, types: { output: 10 } }, 'its output "output" is of type float16, expected float32.'],
    ['too small a radius', withMetadata(tinyUNet(), m => ({ ...m, tile: { multiple: 2, radius: 4 } })), 'a pixel sees 4 pixels far, its graph says 5: tiles would leave seams. Set tile.radius to 5.'],
    ['a multiple that its pooling does not divide', withMetadata(tinyUNet(), m => ({ ...m, tile: { multiple: 3, radius: 6 } })), 'multiples of 3, its poolings need 2. Set tile.multiple to 2.'],
    ['a wrong type', withMetadata(good, m => ({ ...m, input: { ...m.input, cutoff: '1' } })), 'metadata sinobench.input.cutoff: expected a number, got "1".'],
    ['no metadata', { ...good, metadata: {} }, 'has no metadata "sinobench"'],
  ])('%s', (_, source, message) => {
    expect(() => read(source)).toThrow(message)
    expect(() => read(source)).toThrow(/my\.onnx/)
  })

  it('but an output of unknown sizes is left to the first image', () => {
    expect(read({ ...good, outputs: { output: ['?', '?', '?', '?'] } }).metadata).toEqual(tinyMetadata)
  })

  it('and so is a reach that cannot be told', () => {
    const nodes = [{ op: 'ConvTranspose', inputs: ['image', 'w'], output: 'output', attributes: { pads: [1, 1, 1, 1] } }]
    expect(read(networkSource(nodes, { w: floats([1, 1, 3, 3], new Float32Array(9)) })).metadata).toEqual(tinyMetadata)
  })
})

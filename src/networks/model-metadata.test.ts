import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { modelMetadata } from './model-metadata.ts'

const whole = {
  format: 'sinobench-network@1',
  kind: 'image-to-image',
  title: 'U-Net',
  citation: 'Jin et al. 2017',
  licence: 'CC BY 4.0',
  credit: 'somebody',
  input: { filter: 'ram-lak', cutoff: 1, offsetHu: 0, scaleHu: 1000, noise: true },
  tile: { multiple: 8, radius: 48 },
}
const read = (value: unknown) => modelMetadata({ metadata: new Map([['sinobench', JSON.stringify(value)]]) }, 'my.onnx')

it('metadata say all that a network needs, and splits where it has them', () => {
  expect(read(whole)).toEqual(whole)
  expect(read({ ...whole, splits: 4 }).splits).toBe(4)
  expect(read({ ...whole, licence: undefined, credit: undefined })).not.toHaveProperty('licence')
})

it('the example in CONTRIBUTING.md is one', () => {
  const [, example] = /## A network\n[^]*?```json\n([^]*?)```/.exec(readFileSync('CONTRIBUTING.md', 'utf8'))!
  expect(read(JSON.parse(example!))).toMatchObject({ title: 'My network', input: { noise: true } })
})

it('a file without metadata is told what to add', () => {
  const none = /^my\.onnx has no metadata "sinobench".*format, kind, title, citation, input and tile.*CONTRIBUTING\.md\.$/
  expect(() => modelMetadata({ metadata: new Map([['other', '{}']]) }, 'my.onnx')).toThrow(none)
})

it.each([
  ['a missing field', { ...whole, title: undefined }, 'my.onnx: metadata sinobench.title: expected a string, got nothing.'],
  ['a mistyped field', { ...whole, tille: 1 }, 'my.onnx: metadata sinobench: unknown key "tille"; did you mean "title"?'],
  ['another kind', { ...whole, kind: 'video' }, 'my.onnx: metadata sinobench.kind: expected "image-to-image", got "video".'],
  ['a later format', { ...whole, format: 'sinobench-network@2' }, 'my.onnx: metadata sinobench.format: expected "sinobench-network@1"'],
  ['a scale of zero', { ...whole, input: { ...whole.input, scaleHu: 0 } }, 'my.onnx: metadata sinobench.input.scaleHu: expected a number of more than 0, got 0.'],
  ['one split', { ...whole, splits: 1 }, 'my.onnx: metadata sinobench.splits: expected a number of at least 2, got 1.'],
  ['a list', [], 'my.onnx: metadata sinobench: expected an object, got [].'],
])('%s is named', (_, value, message) => {
  expect(() => read(value)).toThrow(message)
})

it('metadata that are not JSON are refused', () => {
  expect(() => modelMetadata({ metadata: new Map([['sinobench', '{']]) }, 'my.onnx')).toThrow(/^my\.onnx: its metadata "sinobench" are not JSON: /)
})

import { describe, expect, it } from 'vitest'
import { floats, onnxBytes, type OnnxSource } from '../testing/onnx-bytes.ts'
import { randomRedCnn, randomUnet } from '../testing/random-networks.ts'
import { networkLaunches, type Launch } from './network-launches.ts'
import { networkSteps } from './network-steps.ts'
import { parseOnnxModel } from './onnx-model.ts'

const launches = (bytes: Uint8Array, rows: number, columns: number) => networkLaunches(networkSteps(parseOnnxModel(bytes, 'model.onnx')), { rows, columns })
const floatsOf = ({ settings: { width, height, planes = 1 } }: Launch): number => width * height * planes

describe.each([
  ['red-cnn', randomRedCnn(), ['image']],
  ['unet', randomUnet(), ['image', 'noise']],
])('launches of %s', (_, bytes, inputs) => {
  const { launches: all, outputSize } = launches(bytes, 64, 48)

  it('read only what is there, and free it once, as soon as nothing will read it', () => {
    const alive = new Set(inputs)
    all.forEach(({ arguments: names, output, frees }, i) => {
      for (const name of names) if (typeof name === 'string') expect(alive).toContain(name)
      alive.add(output)
      for (const name of frees) expect(alive.delete(name)).toBe(true)
      // Every value that is left will be read, but the result.
      const later = new Set(all.slice(i + 1).flatMap(launch => launch.arguments))
      for (const name of alive) if (!inputs.includes(name) && i < all.length - 1) expect(later).toContain(name)
    })
    expect([...alive]).toEqual([...inputs, all.at(-1)!.output])
    expect(outputSize).toEqual({ rows: 64, columns: 48 })
  })
})

it('of a unet never hold more than one skipped level, what comes up to it and its frame', () => {
  const [rows, columns, base] = [64, 64, 4]
  const alive = new Map<string, number>()
  let most = 0
  for (const launch of launches(randomUnet(), rows, columns).launches) {
    alive.set(launch.output, floatsOf(launch))
    most = Math.max(most, [...alive.values()].reduce((sum, floats) => sum + floats, 0))
    for (const name of launch.frees) alive.delete(name)
  }
  // base channels that skip, 2·base that come up, and these once more in a frame of one pixel.
  expect(most).toBe(rows * columns * base + 2 * base * (rows * columns + (rows + 2) * (columns + 2)))
})

describe('sizes that do not fit', () => {
  const image = ['batch', 1, 'rows', 'columns']
  const pool = { op: 'MaxPool', inputs: ['x'], output: 'p', attributes: { kernel_shape: [2, 2], strides: [2, 2] } }
  const up = { op: 'Resize', inputs: ['p', '', 's'], output: 'u', attributes: { mode: 'nearest' } }
  const bytes = (nodes: OnnxSource['nodes']): Uint8Array =>
    onnxBytes({ nodes, initialisers: { s: floats([4], [1, 1, 2, 2]), w: floats([1, 1, 5, 5], new Float32Array(25)) }, inputs: { x: image }, outputs: { y: image } })

  it('are refused with operator and node where a value is larger than the device can hold', () => {
    const network = networkSteps(parseOnnxModel(randomRedCnn(), 'model.onnx'))
    const size = { rows: 512, columns: 512 }
    // The widest: 6 channels of 512² less 4 in a row and a column, 504² more 4 on every side.
    expect(() => networkLaunches(network, size, 5 * 2 ** 20)).toThrow('Conv "conv0": it takes 6 MiB at once, and the device has at most 5 MiB')
    expect(networkLaunches(network, size, 6.1 * 2 ** 20).launches.length).toBeGreaterThan(0)
  })

  it('are refused with operator and node', () => {
    const sum = bytes([pool, up, { op: 'Add', inputs: ['x', 'u'], output: 'y' }])
    expect(() => launches(sum, 8, 7)).toThrow('Add "y": its inputs are 8 × 7 and 8 × 6')
    const joined = bytes([pool, up, { op: 'Concat', inputs: ['x', 'u'], output: 'y', attributes: { axis: 1 } }])
    expect(() => launches(joined, 9, 8)).toThrow('Concat "y": its inputs are 9 × 8 and 8 × 8')
    expect(() => launches(bytes([{ ...pool, output: 'y' }]), 8, 1)).toThrow('MaxPool "y": its input is 8 × 1')
    const convolved = bytes([{ op: 'Conv', inputs: ['x', 'w'], output: 'y' }])
    expect(() => launches(convolved, 4, 8)).toThrow('Conv "y": its input of 4 × 8 is smaller than its filter')
  })
})

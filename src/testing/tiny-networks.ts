// Image networks for tests: known weights, a few nodes, as files of their own.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ModelMetadata } from '../networks/model-metadata.ts'
import { floats, onnxBytes, type OnnxNodeSource, type OnnxSource } from './onnx-bytes.ts'

/** Metadata of a network that needs nothing: offset and scale are odd on purpose. */
export const tinyMetadata: ModelMetadata = {
  format: 'sinobench-network@1',
  kind: 'image-to-image',
  title: 'Tiny',
  citation: 'a test',
  input: { filter: 'ram-lak', cutoff: 1, offsetHu: -1024, scaleHu: 700, noise: false },
  tile: { multiple: 1, radius: 0 },
}

const dims = ['batch', 1, 'rows', 'columns']

/** `image` (and `noise`) → `output`, through `nodes`. */
export function networkSource(
  nodes: readonly OnnxNodeSource[],
  initialisers: NonNullable<OnnxSource['initialisers']> = {},
  metadata: ModelMetadata = tinyMetadata,
): OnnxSource {
  return {
    nodes,
    initialisers,
    inputs: metadata.input.noise ? { image: dims, noise: dims } : { image: dims },
    outputs: { output: dims },
    metadata: { sinobench: JSON.stringify(metadata) },
  }
}

export const identity: readonly OnnxNodeSource[] = [{ op: 'Identity', inputs: ['image'], output: 'output' }]

/** `output` = factor·image + shift. */
export function affine(factor: number, shift: number, metadata: ModelMetadata = tinyMetadata): OnnxSource {
  const nodes = [
    { op: 'Mul', inputs: ['image', 'factor'], output: 'product' },
    { op: 'Add', inputs: ['product', 'shift'], output: 'output' },
  ]
  return networkSource(nodes, { factor: floats([1], [factor]), shift: floats([1], [shift]) }, metadata)
}

/** A residual U-Net of one level with noise input and weights that differ: reach 6, sizes multiples of 2. */
export function tinyUNet(metadata: ModelMetadata = { ...tinyMetadata, input: { ...tinyMetadata.input, noise: true }, tile: { multiple: 2, radius: 6 } }): OnnxSource {
  const weights = (seed: number, ...shape: number[]) =>
    floats(shape, Array.from({ length: shape.reduce((a, b) => a * b) }, (_, i) => 0.4 * Math.sin(seed + 1.7 * i)))
  const conv = (input: string, name: string, output: string): OnnxNodeSource => ({
    op: 'Conv',
    inputs: [input, name, `${name} bias`],
    output,
    attributes: { kernel_shape: [3, 3], pads: [1, 1, 1, 1] },
  })
  const nodes: OnnxNodeSource[] = [
    { op: 'Concat', inputs: ['image', 'noise'], output: 'both', attributes: { axis: 1 } },
    conv('both', 'first', 'fine'),
    { op: 'Relu', inputs: ['fine'], output: 'skip' },
    { op: 'MaxPool', inputs: ['skip'], output: 'pooled', attributes: { kernel_shape: [2, 2], strides: [2, 2] } },
    conv('pooled', 'second', 'coarse'),
    { op: 'Relu', inputs: ['coarse'], output: 'bent' },
    {
      op: 'Resize',
      inputs: ['bent', '', 'scales'],
      output: 'raised',
      attributes: { mode: 'nearest', coordinate_transformation_mode: 'asymmetric', nearest_mode: 'floor' },
    },
    { op: 'Concat', inputs: ['skip', 'raised'], output: 'joined', attributes: { axis: 1 } },
    conv('joined', 'third', 'residual'),
    { op: 'Add', inputs: ['image', 'residual'], output: 'output' },
  ]
  const initialisers = {
    ...{ first: weights(1, 3, 2, 3, 3), 'first bias': weights(2, 3), second: weights(3, 4, 3, 3, 3), 'second bias': weights(4, 4) },
    ...{ third: weights(5, 1, 7, 3, 3), 'third bias': weights(6, 1), scales: floats([4], [1, 1, 2, 2]) },
  }
  return networkSource(nodes, initialisers, metadata)
}

/** `output` = image − its mean: what no tile can reproduce, with an operator whose reach is not known. */
export function globalMean(): OnnxSource {
  const nodes = [
    { op: 'ReduceMean', inputs: ['image'], output: 'mean', attributes: { axes: [2, 3], keepdims: 1 } },
    { op: 'Sub', inputs: ['image', 'mean'], output: 'output' },
  ]
  return networkSource(nodes)
}

/** A folder that is gone when the test ends; `write` puts a model there and gives its path. */
export function modelFolder(): { write(name: string, source: OnnxSource | Uint8Array): string; remove(): void } {
  const folder = mkdtempSync(join(tmpdir(), 'sinobench-model-'))
  return {
    write(name, source) {
      const path = join(folder, name)
      writeFileSync(path, source instanceof Uint8Array ? source : onnxBytes(source))
      return path
    },
    remove: () => rmSync(folder, { recursive: true }),
  }
}

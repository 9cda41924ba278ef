// Learned primal-dual (Adler & Öktem 2018, doi:10.1109/TMI.2018.2799231): a few unrolled
// steps, in each of which one small network updates a state of sinograms from A f and the
// data, another one a state of images from Aᵀh. The projector is the problem's own.
// Units: images are attenuation over that of water, A is divided by its norm, so that
// the networks see numbers near one whatever the scan.

import { z } from 'zod'
import { filteredBackProjection } from '../ct/filtered-back-projection.ts'
import { viewCount } from '../ct/geometry.ts'
import type { Method, Problem } from '../ct/method.ts'
import type { Projector, ProjectorArray } from '../ct/projector.ts'
import type { Network, Tensor } from './network.ts'
import { openOnnxRuntime } from './onnx-runtime.ts'
import { readPrimalDualPart, requireOnePair } from './primal-dual-model.ts'

export interface PrimalDualDefinition {
  /** The ONNX files, beside the module: new URL('./primal.onnx', import.meta.url). */
  readonly primal: URL | string
  readonly dual: URL | string
}

/** Pairs of forward and adjoint by which the operator's norm is found; its largest singular vector is smooth and found soon. */
const powerIterations = 15

/** @throws UserError that names the file and what to do when one cannot be used. */
export function defineLearnedPrimalDual(definition: PrimalDualDefinition): Method<Record<string, never>> {
  const primalPart = readPrimalDualPart(definition.primal, 'primal')
  const dualPart = readPrimalDualPart(definition.dual, 'dual')
  requireOnePair(primalPart, dualPart)
  const { title, citation, steps, state, input } = primalPart.metadata
  return {
    title,
    family: 'learned',
    citation,
    parameters: z.strictObject({}),
    async prepare(problem) {
      const threads = problem.threads ?? 1
      const primal = await openOnnxRuntime({ ...primalPart, threads, provider: 'cpu' })
      const dual = await openOnnxRuntime({ ...dualPart, threads, provider: 'cpu' })
      const norm = await operatorNorm(problem.projector)
      return {
        network: { runtime: primal.runtime, note: null },
        async reconstruct(sinogram, { signal }) {
          const { grid, scale, projector } = problem
          const unit = scale.muWater * norm
          const data = sinogram.data.map(value => value / unit)
          const fbp = await filteredBackProjection(projector, sinogram, { name: input.filter, cutoff: input.cutoff })
          const start = fbp.map(value => value / scale.muWater)
          const image = await unrolled({ problem, primal, dual, steps, state, norm, data, start, signal })
          return { grid, data: image.map(value => value * scale.muWater) }
        },
        async dispose() {
          await primal.dispose()
          await dual.dispose()
        },
      }
    },
  }
}

interface Unrolled {
  readonly problem: Problem
  readonly primal: Network
  readonly dual: Network
  readonly steps: number
  readonly state: number
  /** Of the operator, mm. */
  readonly norm: number
  /** [view][bin], line integrals over µ of water and the norm. */
  readonly data: Float32Array
  /** [row][column], attenuation over that of water. */
  readonly start: Float32Array
  readonly signal: AbortSignal
}

/** The first image of the state after the last step. */
async function unrolled({ problem, primal, dual, steps, state, norm, data, start, signal }: Unrolled): Promise<Float32Array> {
  const { geometry, grid, projector } = problem
  const imageDims = [1, state, grid.rows, grid.columns]
  const sinogramDims = [1, state, viewCount(geometry), geometry.bins]
  const single = (values: Float32Array, dims: readonly number[]): Tensor => ({ data: values, dims: [1, 1, dims[2]!, dims[3]!] })
  let images: Tensor = { data: repeated(start, state), dims: imageDims }
  let sinograms: Tensor = { data: new Float32Array(state * data.length), dims: sinogramDims }
  const image = projector.allocate('image')
  const lines = projector.allocate('sinogram')
  try {
    for (let i = 0; i < steps; i++) {
      signal.throwIfAborted()
      const step: Tensor = { data: Float32Array.of(i), dims: [1] }
      await projector.upload(images.data.slice(start.length, 2 * start.length), image)
      await projector.forward(image, lines)
      const projection = single(await scaledBy(1 / norm, projector, lines), sinogramDims)
      sinograms = await dual.run({ step, state: sinograms, projection, data: single(data, sinogramDims) })
      await projector.upload(sinograms.data.slice(0, data.length), lines)
      await projector.adjoint(lines, image)
      const adjoint = single(await scaledBy(1 / norm, projector, image), imageDims)
      images = await primal.run({ step, state: images, adjoint })
    }
    return images.data.slice(0, start.length)
  } finally {
    projector.release(image)
    projector.release(lines)
  }
}

async function scaledBy(factor: number, projector: Projector, array: ProjectorArray): Promise<Float32Array> {
  return (await projector.download(array)).map(value => value * factor)
}

function repeated(values: Float32Array, times: number): Float32Array {
  const all = new Float32Array(times * values.length)
  for (let i = 0; i < times; i++) all.set(values, i * values.length)
  return all
}

/** Largest singular value of `forward`, mm, by power iteration on AᵀA from a constant image. */
async function operatorNorm(projector: Projector): Promise<number> {
  const image = projector.allocate('image')
  const lines = projector.allocate('sinogram')
  try {
    await projector.upload(new Float32Array(image.length).fill(1), image)
    let norm = 0
    for (let i = 0; i < powerIterations; i++) {
      await projector.axpby(0, image, 1 / Math.sqrt(await projector.dot(image, image)), image)
      await projector.forward(image, lines)
      norm = Math.sqrt(await projector.dot(lines, lines))
      await projector.adjoint(lines, image)
    }
    return norm
  } finally {
    projector.release(image)
    projector.release(lines)
  }
}

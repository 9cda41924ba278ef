// A learned denoiser: a method of which everything but the weights' training stands in
// one ONNX file. Like every denoiser it is an FBP and a function on CT numbers.

import { z } from 'zod'
import { throughFbp, type Denoiser, type DenoiserInput } from '../ct/image-denoiser.ts'
import { filterNames } from '../ct/projector.ts'
import { UserError } from '../ct/user-error.ts'
import { throughDevice } from './device-image.ts'
import { readImageModel, type ImageModel } from './image-model.ts'
import { applyToImage, defaultTile, smallestTile, tileSize } from './image-network.ts'
import type { ModelMetadata } from './model-metadata.ts'
import type { Network } from './network.ts'
import { openNetwork, runtimeChoices } from './open-network.ts'

export interface LearnedDefinition {
  /** The ONNX file, for one beside the module: new URL('./model.onnx', import.meta.url). */
  readonly model: URL | string
}

/** Parameters of every learned method; the model's metadata give the defaults. */
export function learnedParameters({ input, tile }: ModelMetadata) {
  return z.strictObject({
    /** Window of the FBP's ramp filter. */
    filter: z.enum(filterNames).default(input.filter),
    /** The window ends at this fraction of Nyquist. */
    cutoff: z.number().gt(0).lte(1).default(input.cutoff),
    /** Larger images go through the network in tiles of this side, pixels; changes memory and time, not the image. */
    tile: z.int().min(smallestTile(tile)).max(16384).default(defaultTile(tile)),
    /** What runs the network. */
    runtime: z.enum(runtimeChoices).default('auto'),
  })
}

export type LearnedParameters = z.output<ReturnType<typeof learnedParameters>>

/** @throws UserError that names the file and what to do when the model cannot be used. */
export function defineLearnedDenoiser({ model }: LearnedDefinition): Denoiser<LearnedParameters> {
  return learnedDenoiser(readImageModel(model))
}

/** @throws UserError when the model is one for split views. */
export function learnedDenoiser(model: ImageModel): Denoiser<LearnedParameters> {
  const { title, citation, splits } = model.metadata
  if (splits !== undefined)
    throw new UserError(`${model.path} is made for ${splits} splits of a scan's views ("splits" in its metadata). Use defineNoise2Inverse for it.`)
  const apply = (network: Network, { hu, rows, columns, signal }: DenoiserInput, { tile }: LearnedParameters): Promise<Float32Array> =>
    applyToImage(network, model, { hu, rows, columns }, tile, signal)
  return {
    title,
    family: 'learned',
    citation,
    parameters: learnedParameters(model.metadata),
    async denoise(input, parameters) {
      const { network } = await openNetwork(model, { runtime: parameters.runtime, threads: 1 })
      try {
        return await apply(network, input, parameters)
      } finally {
        await network.dispose()
      }
    },
    async prepare(problem, parameters) {
      const { filter: name, cutoff, tile, runtime } = parameters
      const { backend, matrices } = problem.projector
      const size = tileSize(model.metadata.tile, problem.grid.rows, problem.grid.columns, tile)
      const { network, onDevice, ...ran } = await openNetwork(model, { runtime, threads: problem.threads ?? 1, backend, size })
      return {
        network: ran,
        reconstruct:
          onDevice && matrices
            ? throughDevice(problem, { name, cutoff }, onDevice, model, tile)
            : throughFbp(problem, { name, cutoff }, input => apply(network, input, parameters)),
        dispose: () => network.dispose(),
      }
    },
  }
}

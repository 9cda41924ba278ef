// Noise2Inverse (Hendriksen, Pelt & Batenburg 2020, doi:10.1109/TCI.2020.3019647), strategy
// X:1: the views are split in K, a network f learned to predict the FBP of one split from
// the mean of the others', whose noise is independent; no clean image was ever seen. The
// reconstruction is the mean over k of f(FBP of all views but split k).

import type { Method, PreparedMethod, Problem } from '../ct/method.ts'
import type { Sinogram } from '../ct/image.ts'
import { leftOutFactors } from '../ct/left-out-views.ts'
import type { Projector, RampFilter } from '../ct/projector.ts'
import { attenuationFromHu, huImage } from '../ct/units.ts'
import { UserError } from '../ct/user-error.ts'
import { readImageModel, type ImageModel } from './image-model.ts'
import { applyToImage, tileSize } from './image-network.ts'
import { learnedParameters, type LearnedDefinition, type LearnedParameters } from './learned-denoiser.ts'
import { openNetwork } from './open-network.ts'

/** @throws UserError that names the file and what to do when the model cannot be used. */
export function defineNoise2Inverse({ model }: LearnedDefinition): Method<LearnedParameters> {
  return noise2Inverse(readImageModel(model))
}

/** @throws UserError when the metadata do not say into how many splits the views go. */
export function noise2Inverse(model: ImageModel): Method<LearnedParameters> {
  const { title, citation, splits } = model.metadata
  if (splits === undefined)
    throw new UserError(`${model.path} has no "splits" in its metadata, the number K of splits that Noise2Inverse trained it for. Add it, or use defineLearnedDenoiser.`)
  return {
    title,
    family: 'learned',
    citation,
    parameters: learnedParameters(model.metadata),
    async prepare(problem, { filter: name, cutoff, tile, runtime }): Promise<PreparedMethod> {
      const { grid, scale, projector } = problem
      const factors = leftOutFactors(problem.geometry, splits)
      const size = tileSize(model.metadata.tile, grid.rows, grid.columns, tile)
      const opened = await openNetwork(model, { runtime, threads: problem.threads ?? 1, backend: projector.backend, size })
      const { network, runtime: runs, note } = opened
      return {
        network: { runtime: runs, note },
        async reconstruct(sinogram, { signal }) {
          const sum = new Float64Array(grid.rows * grid.columns)
          for await (const mu of leftOutFbps(projector, sinogram, { name, cutoff }, factors)) {
            const hu = await applyToImage(network, model, { hu: huImage(mu, scale), rows: grid.rows, columns: grid.columns }, tile, signal)
            for (let i = 0; i < sum.length; i++) sum[i]! += hu[i]!
          }
          return { grid, data: Float32Array.from(sum, value => attenuationFromHu(value / splits, scale)) }
        },
        dispose: () => network.dispose(),
      }
    },
  }
}

/** For each k the FBP of all views but split k: row-major [row][column], float32, 1/mm. Filters once. */
async function* leftOutFbps(
  projector: Problem['projector'],
  { geometry, data }: Sinogram,
  filter: RampFilter,
  factors: readonly Float64Array[],
): AsyncGenerator<Float32Array> {
  const { bins } = geometry
  const filtered = await filteredRows(projector, data, filter)
  const rows = new Float32Array(filtered.length)
  for (const ofView of factors) {
    for (let i = 0; i < rows.length; i++) rows[i] = filtered[i]! * ofView[Math.floor(i / bins)]!
    yield await backprojected(projector, rows)
  }
}

async function filteredRows(projector: Projector, data: Float32Array, filter: RampFilter): Promise<Float32Array> {
  const lines = projector.allocate('sinogram')
  try {
    await projector.upload(data, lines)
    await projector.filter(lines, filter, lines)
    return await projector.download(lines)
  } finally {
    projector.release(lines)
  }
}

async function backprojected(projector: Projector, rows: Float32Array): Promise<Float32Array> {
  const lines = projector.allocate('sinogram')
  const image = projector.allocate('image')
  try {
    await projector.upload(rows, lines)
    await projector.backproject(lines, image)
    return await projector.download(image)
  } finally {
    projector.release(lines)
    projector.release(image)
  }
}

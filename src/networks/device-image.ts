// From a sinogram to a CT image through FBP and a network of gpu.js kernels, the image
// staying where the projector made it: its tiles are cut, converted to CT numbers and
// normalised by one kernel, and only what the network gives comes to the host. A network
// that is told the noise level needs the FBP there once more, to estimate it: the image
// is downloaded for that, and never uploaded.

import { withFilteredBackProjection } from '../ct/filtered-back-projection.ts'
import type { PreparedMethod, Problem } from '../ct/method.ts'
import { estimateNoiseHu } from '../ct/noise-level.ts'
import type { ProjectorArray, RampFilter } from '../ct/projector.ts'
import { attenuationFromHu, huFromAttenuation, huImage } from '../ct/units.ts'
import type { CompiledKernel, Matrix } from '../kernels/backend.ts'
import { cutTile } from '../kernels/cut-tile.ts'
import type { GpujsNetwork } from './gpujs-network.ts'
import type { ImageModel } from './image-model.ts'
import { throughTiles } from './image-network.ts'
import { matrixWidth } from './network-launches.ts'
import type { Tile } from './tiles.ts'

/** The way of throughFbp and applyToImage, without leaving the device of the projector, which must have `matrices`. */
export function throughDevice(
  { grid, scale, projector }: Problem,
  filter: RampFilter,
  network: GpujsNetwork,
  model: ImageModel,
  tileSide: number,
): PreparedMethod['reconstruct'] {
  const { rows, columns } = grid
  const { offsetHu, scaleHu, noise } = model.metadata.input
  // (HU − offsetHu) / scaleHu = gain · attenuation + offset.
  const offset = (huFromAttenuation(0, scale) - offsetHu) / scaleHu
  const gain = (huFromAttenuation(1, scale) - huFromAttenuation(0, scale)) / scaleHu
  const cutters = new Map<string, CompiledKernel>()

  const cut = (image: Matrix, down: Tile, across: Tile, factor: number, shift: number): Promise<Matrix> => {
    const key = `${down.length} × ${across.length}`
    const size = { width: matrixWidth(across.length), height: down.length }
    const cutter = cutters.get(key) ?? network.kernels.compile(cutTile, { name: 'cut tile', ...size })
    cutters.set(key, cutter)
    return cutter(image, rows, columns, down.start, across.start, factor, shift)
  }

  const apply = async (image: ProjectorArray, signal: AbortSignal): Promise<Float32Array> => {
    const matrix = projector.matrices!(image)[0]!
    const level = noise ? estimateNoiseHu(huImage(await projector.download(image), scale), rows, columns) / scaleHu : null
    return throughTiles(model, grid, tileSide, signal, async (down, across) => {
      const size = { rows: down.length, columns: across.length }
      const inputs: Record<string, Matrix> = { image: await cut(matrix, down, across, gain, offset) }
      try {
        // The noise level in every pixel: the tile times zero, plus it.
        if (level !== null) inputs['noise'] = await cut(matrix, down, across, 0, level)
        const result = await network.runMatrices(inputs, size)
        const data = await network.download(result, size)
        network.kernels.free(result)
        return { data, dims: [1, ...network.outputDims(size)] }
      } finally {
        for (const input of Object.values(inputs)) network.kernels.free(input)
      }
    })
  }

  return async (sinogram, { signal }) => {
    const hu = await withFilteredBackProjection(projector, sinogram, filter, image => apply(image, signal))
    return { grid, data: hu.map(value => attenuationFromHu(value, scale)) }
  }
}

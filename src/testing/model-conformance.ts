// What every image network must do, whatever it learned, checked on a noisy image on
// ONNX Runtime: tests run it on every model of baselines/.

import { PhiloxRandom, seedKey } from '../ct/random.ts'
import { readImageModel, type ImageModel } from '../networks/image-model.ts'
import { applyToImage, smallestTile, type HuImage } from '../networks/image-network.ts'
import type { Network, Tensor } from '../networks/network.ts'
import { openNetwork } from '../networks/open-network.ts'
import type { MethodCheck } from './method-conformance.ts'

/** Largest difference (HU) between two ways to the same image: the rounding of float32 sums. */
export const sameImageHu = 1e-3

/** Runs every check, in a fixed order. @throws UserError when the model cannot be used at all. */
export async function checkImageModel(file: URL | string): Promise<MethodCheck[]> {
  const model = readImageModel(file)
  const opened = await Promise.all([1, 2].map(threads => openNetwork(model, { runtime: 'auto', threads })))
  const [network, onTwo] = opened.map(({ network }) => network) as [Network, Network]
  try {
    const smallest = smallestTile(model.metadata.tile)
    // Sides that no multiple but 1 divides, and that need several of the smallest tiles.
    const image = noisyDisc(smallest + 61, smallest + 37)
    const apply = (on: Network, tile: number): Promise<Float32Array> => applyToImage(on, model, image, tile, new AbortController().signal)
    const whole = await apply(network, 1 << 14)
    const within = (limit: number, name: string, found: number): MethodCheck => ({ name, passed: found <= limit, detail: `differs by ${found.toPrecision(3)} HU` })
    const tiles = [smallest, smallest + 2 * model.metadata.tile.multiple]
    return [
      { name: 'gives finite values', passed: whole.every(Number.isFinite), detail: 'not finite' },
      within(0, 'repeated runs give the same bits', farthest(await apply(network, 1 << 14), whole)),
      within(sameImageHu, 'more threads give the same image', farthest(await apply(onTwo, 1 << 14), whole)),
      ...(await Promise.all(tiles.map(async tile => within(sameImageHu, `tiles of ${tile} pixels give the same image`, farthest(await apply(network, tile), whole))))),
      within(sameImageHu, 'a batch gives what each image gives alone', await batchDifferenceHu(network, model)),
    ]
  } finally {
    for (const { network } of opened) await network.dispose()
  }
}

/** Three images at once against one after the other. */
async function batchDifferenceHu(network: Network, { metadata }: ImageModel): Promise<number> {
  const { multiple } = metadata.tile
  const [rows, columns] = [Math.ceil(40 / multiple) * multiple, Math.ceil(56 / multiple) * multiple]
  const random = new PhiloxRandom(seedKey('batch'))
  const length = rows * columns
  const image = Float32Array.from({ length: 3 * length }, () => 1 + 0.2 * random.normal())
  const noise = Float32Array.from({ length: 3 * length }, (_, i) => 0.02 * (1 + Math.floor(i / length)))
  const tensor = (data: Float32Array, batch: number): Tensor => ({ data, dims: [batch, 1, rows, columns] })
  const run = async (from: number, batch: number): Promise<Float32Array> => {
    const of = (data: Float32Array): Tensor => tensor(data.slice(from * length, (from + batch) * length), batch)
    return (await network.run(metadata.input.noise ? { image: of(image), noise: of(noise) } : { image: of(image) })).data
  }
  const together = await run(0, 3)
  let most = 0
  for (let item = 0; item < 3; item++) most = Math.max(most, farthest(await run(item, 1), together.subarray(item * length, (item + 1) * length)))
  return most * metadata.input.scaleHu
}

/** A water disc with a denser core in air, and white noise of 30 HU. */
function noisyDisc(rows: number, columns: number): HuImage {
  const random = new PhiloxRandom(seedKey('noisy disc'))
  const radius = 0.42 * Math.min(rows, columns)
  const hu = Float32Array.from({ length: rows * columns }, (_, i) => {
    const distance = Math.hypot(Math.floor(i / columns) - rows / 2, (i % columns) - columns / 2)
    return (distance > radius ? -1000 : distance > radius / 3 ? 0 : 300) + 30 * random.normal()
  })
  return { hu, rows, columns }
}

function farthest(a: Float32Array, b: Float32Array): number {
  let most = 0
  for (let i = 0; i < a.length; i++) most = Math.max(most, Math.abs(a[i]! - b[i]!))
  return most
}

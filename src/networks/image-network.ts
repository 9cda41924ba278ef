// From a CT image to a CT image through a network: normalise, say how noisy it is, pad
// by reflection, cut into tiles, run, put together, undo the normalisation.
// Trap: the way back is x·scale + offset, the exact inverse of the way in; nothing that
// looks only at shapes notices x·scale + scale.

import { estimateNoiseHu } from '../ct/noise-level.ts'
import { reflectedIndex } from '../ct/reflected-index.ts'
import { UserError } from '../ct/user-error.ts'
import type { ImageModel } from './image-model.ts'
import type { ModelMetadata } from './model-metadata.ts'
import type { Network, Tensor } from './network.ts'
import { tilesAlong, type Tile } from './tiles.ts'

export interface HuImage {
  /** Row-major [row][column], float32, HU. */
  readonly hu: Float32Array
  readonly rows: number
  readonly columns: number
}

/** Pixels by which tiles overlap on either side: the receptive radius, as a multiple of what the network asks for. */
export function tileOverlap({ multiple, radius }: ModelMetadata['tile']): number {
  return Math.ceil(radius / multiple) * multiple
}

/** The smallest side of a tile that still gives pixels. */
export function smallestTile(tile: ModelMetadata['tile']): number {
  return 2 * tileOverlap(tile) + tile.multiple
}

/** The side that tiles have by default. */
export function defaultTile(tile: ModelMetadata['tile']): number {
  return tile.size ?? Math.max(512, 2 * smallestTile(tile))
}

/**
 * CT numbers (HU) → CT numbers (HU), same shape, row-major, float32. Leaves the image untouched.
 * @param tileSide images larger than this go through the network in tiles, pixels.
 * @throws UserError when the network gives another shape; what `signal` aborts with.
 */
export async function applyToImage(
  network: Network,
  model: Pick<ImageModel, 'metadata' | 'path'>,
  image: HuImage,
  tileSide: number,
  signal: AbortSignal,
): Promise<Float32Array> {
  const { hu, rows, columns } = image
  const { input, tile } = model.metadata
  const padded = normalised(image, input, tile.multiple)
  const noise = input.noise ? estimateNoiseHu(hu, rows, columns) / input.scaleHu : null
  return throughTiles(model, image, tileSide, signal, (down, across) => {
    const tensor = cut(padded, down, across)
    return network.run(noise === null ? { image: tensor } : { image: tensor, noise: { data: new Float32Array(tensor.data.length).fill(noise), dims: tensor.dims } })
  })
}

/**
 * CT numbers (HU) of an image of rows × columns, tile by tile.
 * @param run what the network makes of a tile, in its own units: [1][1][row][column].
 * @throws UserError when that has another shape than the tile; what `signal` aborts with.
 */
export async function throughTiles(
  { metadata: { input, tile }, path }: Pick<ImageModel, 'metadata' | 'path'>,
  { rows, columns }: Pick<HuImage, 'rows' | 'columns'>,
  tileSide: number,
  signal: AbortSignal,
  run: (down: Tile, across: Tile) => Promise<Tensor>,
): Promise<Float32Array> {
  const side = Math.floor(tileSide / tile.multiple) * tile.multiple
  const result = new Float32Array(rows * columns)
  for (const down of tilesAlong(upTo(tile.multiple, rows), side, tileOverlap(tile))) {
    for (const across of tilesAlong(upTo(tile.multiple, columns), side, tileOverlap(tile))) {
      signal.throwIfAborted()
      const output = await run(down, across)
      const expected = [1, 1, down.length, across.length]
      if (output.dims.join() !== expected.join())
        throw new UserError(
          `${path} makes ${output.dims.join(' × ')} of an image of ${expected.join(' × ')}; it must keep the shape. Pad inside the model, or correct tile.multiple in its metadata.`,
        )
      paste(output.data, down, across, result, rows, columns, input)
    }
  }
  return result
}

/** The size of every tile of an image of rows × columns. */
export function tileSize({ multiple }: ModelMetadata['tile'], rows: number, columns: number, tileSide: number): { rows: number; columns: number } {
  const side = Math.floor(tileSide / multiple) * multiple
  return { rows: Math.min(side, upTo(multiple, rows)), columns: Math.min(side, upTo(multiple, columns)) }
}

/** `length` rounded up to a multiple. */
function upTo(multiple: number, length: number): number {
  return Math.ceil(length / multiple) * multiple
}

interface Padded {
  readonly data: Float32Array
  readonly rows: number
  readonly columns: number
}

/** (HU − offset) / scale, with rows below and columns to the right reflected up to the next multiple. */
function normalised({ hu, rows, columns }: HuImage, { offsetHu, scaleHu }: ModelMetadata['input'], multiple: number): Padded {
  const size = { rows: upTo(multiple, rows), columns: upTo(multiple, columns) }
  const padded = { ...size, data: new Float32Array(size.rows * size.columns) }
  const source = Int32Array.from({ length: padded.columns }, (_, column) => reflectedIndex(column, columns))
  for (let row = 0, i = 0; row < padded.rows; row++) {
    const start = reflectedIndex(row, rows) * columns
    for (let column = 0; column < padded.columns; column++, i++) padded.data[i] = (hu[start + source[column]!]! - offsetHu) / scaleHu
  }
  return padded
}

function cut({ data, columns }: Padded, down: Tile, across: Tile): Tensor {
  const tile = new Float32Array(down.length * across.length)
  for (let row = 0; row < down.length; row++) {
    const start = (down.start + row) * columns + across.start
    tile.set(data.subarray(start, start + across.length), row * across.length)
  }
  return { data: tile, dims: [1, 1, down.length, across.length] }
}

/** Writes what counts of a tile's output into the image, in HU. */
function paste(
  output: Float32Array,
  down: Tile,
  across: Tile,
  image: Float32Array,
  rows: number,
  columns: number,
  { offsetHu, scaleHu }: ModelMetadata['input'],
): void {
  const endColumn = Math.min(across.end, columns)
  for (let row = down.from; row < Math.min(down.end, rows); row++) {
    let i = (row - down.start) * across.length + across.from - across.start
    for (let column = across.from; column < endColumn; column++, i++) image[row * columns + column] = output[i]! * scaleHu + offsetHu
  }
}

import { afterAll, describe, expect, it } from 'vitest'
import { estimateNoiseHu } from '../ct/noise-level.ts'
import { PhiloxRandom, seedKey } from '../ct/random.ts'
import { floats } from '../testing/onnx-bytes.ts'
import { affine, globalMean, modelFolder, networkSource, tinyMetadata, tinyUNet } from '../testing/tiny-networks.ts'
import type { OnnxSource } from '../testing/onnx-bytes.ts'
import { readImageModel } from './image-model.ts'
import { applyToImage, defaultTile, smallestTile, type HuImage } from './image-network.ts'
import type { Network, Tensor } from './network.ts'
import { openNetwork } from './open-network.ts'

const folder = modelFolder()
afterAll(() => folder.remove())
const { signal } = new AbortController()

async function apply(source: OnnxSource, image: HuImage, tile = 512): Promise<Float32Array> {
  const model = readImageModel(folder.write('model.onnx', source))
  const { network } = await openNetwork(model, { runtime: 'auto', threads: 1 })
  try {
    return await applyToImage(network, model, image, tile, signal)
  } finally {
    await network.dispose()
  }
}

const random = new PhiloxRandom(seedKey('image network'))
const noisy = (rows: number, columns: number): HuImage => ({ rows, columns, hu: Float32Array.from({ length: rows * columns }, () => 40 + 25 * random.normal()) })

function farthest(a: Float32Array, b: Float32Array): number {
  expect(a.length).toBe(b.length)
  return a.reduce((most, value, i) => Math.max(most, Math.abs(value - b[i]!)), 0)
}

describe('an image through a network', () => {
  // (0 + 1024) / 700 is water to the network, which leaves it and halves every other value's distance from it.
  const water = 1024 / 700
  const towardsWater = affine(0.5, 0.5 * water)

  it('keeps water and moves the rest as the weights say, in HU', async () => {
    const hu = Float32Array.of(-1000, 0, 0, 60, 1500, 3000)
    const result = await apply(towardsWater, { hu, rows: 2, columns: 3 })
    expect(hu).toEqual(Float32Array.of(-1000, 0, 0, 60, 1500, 3000))
    const expected = Float32Array.of(-500, 0, 0, 30, 750, 1500)
    expect(farthest(result, expected)).toBeLessThan(1e-3) // float32 of numbers near 5, times 700
  })

  it('is told how noisy it is, in its own unit', async () => {
    const metadata = { ...tinyMetadata, input: { ...tinyMetadata.input, noise: true } }
    const image = noisy(40, 50)
    const result = await apply(networkSource([{ op: 'Identity', inputs: ['noise'], output: 'output' }], {}, metadata), image)
    const level = estimateNoiseHu(image.hu, 40, 50)
    expect(level).toBeGreaterThan(15)
    for (const value of result) expect(value + 1024).toBeCloseTo(level, 3)
  })

  it('is padded by reflection up to the multiple, and cropped', async () => {
    // Each pixel becomes its right neighbour; beyond the last one stands its reflection.
    const kernel = floats([1, 1, 1, 2], [0, 1])
    const shift = networkSource([{ op: 'Conv', inputs: ['image', 'w'], output: 'output', attributes: { pads: [0, 0, 0, 1] } }], { w: kernel }, { ...tinyMetadata, tile: { multiple: 4, radius: 1 } })
    const result = await apply(shift, { hu: Float32Array.of(1, 2, 3, 4, 5, 6), rows: 2, columns: 3 })
    expect(farthest(result, Float32Array.of(2, 3, 3, 5, 6, 6))).toBeLessThan(1e-3)
  })

  it('has the same values in tiles as in one piece', async () => {
    const image = noisy(70, 53)
    const whole = await apply(tinyUNet(), image)
    expect(farthest(whole, image.hu)).toBeGreaterThan(10)
    for (const tile of [14, 15, 20, 36, 64]) expect(farthest(await apply(tinyUNet(), image, tile), whole), `tile ${tile}`).toBeLessThan(1e-3)
  })

  it('shows the seams of a network that tiles cannot serve', async () => {
    const image = { ...noisy(40, 40), hu: Float32Array.from({ length: 1600 }, (_, i) => i) }
    expect(farthest(await apply(globalMean(), image, 16), await apply(globalMean(), image))).toBeGreaterThan(100)
  })

  it('must keep its shape', async () => {
    const shrinking = networkSource([{ op: 'Conv', inputs: ['image', 'w'], output: 'output' }], { w: floats([1, 1, 3, 3], new Float32Array(9)) }, { ...tinyMetadata, tile: { multiple: 1, radius: 2 } })
    await expect(apply(shrinking, noisy(10, 12))).rejects.toThrow(/model\.onnx makes 1 × 1 × 8 × 10 of an image of 1 × 1 × 10 × 12; it must keep the shape\. Pad inside the model/)
  })

  it('stops between tiles when its time is up', async () => {
    const model = readImageModel(folder.write('model.onnx', tinyUNet()))
    const abort = new AbortController()
    let runs = 0
    const network: Network = {
      runtime: 'test',
      dispose: async () => {},
      async run({ image }): Promise<Tensor> {
        if (++runs === 2) abort.abort(new Error('time is up'))
        return image!
      },
    }
    await expect(applyToImage(network, model, noisy(64, 64), 32, abort.signal)).rejects.toThrow('time is up')
    expect(runs).toBe(2)
  })
})

it('tiles are 512 pixels, or what the metadata say, or more for a network that sees far', () => {
  expect(defaultTile({ multiple: 8, radius: 58 })).toBe(512)
  expect(defaultTile({ multiple: 8, radius: 58, size: 256 })).toBe(256)
  expect(defaultTile({ multiple: 16, radius: 130 })).toBe(608)
  expect(smallestTile({ multiple: 8, radius: 58 })).toBe(136)
})

import { afterAll, describe, expect, it } from 'vitest'
import { filteredBackProjection } from '../ct/filtered-back-projection.ts'
import { evenAngles, fanBeam, imageGrid, parallelBeam, sinogramLength, type Geometry } from '../ct/geometry.ts'
import type { Sinogram } from '../ct/image.ts'
import type { Method } from '../ct/method.ts'
import { PhiloxRandom, seedKey } from '../ct/random.ts'
import { ReferenceProjector } from '../ct/reference-projector.ts'
import { splitGeometry, splitSinogram } from '../ct/split-views.ts'
import { defaultScale, huImage } from '../ct/units.ts'
import { checkMethod } from '../testing/method-conformance.ts'
import { identity, modelFolder, networkSource, tinyMetadata } from '../testing/tiny-networks.ts'
import { defineNoise2Inverse } from './noise2inverse.ts'

const folder = modelFolder()
afterAll(() => folder.remove())
const metadata = { ...tinyMetadata, splits: 4 }
const keeping = (): Method => defineNoise2Inverse({ model: folder.write('identity.onnx', networkSource(identity, {}, metadata)) }) as unknown as Method

const grid = imageGrid(24, 20, 2)
const filter = { name: 'ram-lak', cutoff: 1 } as const
const parallel = (views: number): Geometry => parallelBeam({ anglesRad: evenAngles(views, Math.PI), bins: 37, pitchMm: 1.6 })
const fan = (views: number): Geometry =>
  fanBeam({ detector: 'curved', anglesRad: evenAngles(views, 2 * Math.PI), bins: 37, pitchMm: 2.8, sourceToIsocentreMm: 150, sourceToDetectorMm: 260 })

function noisy(geometry: Geometry): Sinogram {
  const random = new PhiloxRandom(seedKey('noise2inverse'))
  return { geometry, data: Float32Array.from({ length: sinogramLength(geometry) }, () => 0.5 + 0.05 * random.normal()) }
}

/** HU. */
async function reconstructed(method: Method, sinogram: Sinogram): Promise<Float32Array> {
  const { geometry } = sinogram
  const problem = { geometry, grid, noise: null, scale: defaultScale, projector: new ReferenceProjector(geometry, grid) }
  const prepared = await method.prepare(problem, method.parameters.parse({}))
  const context = { signal: new AbortController().signal, random: new PhiloxRandom(seedKey('test')), report: () => {} }
  const image = await prepared.reconstruct(sinogram, context)
  await prepared.dispose?.()
  return huImage(image.data, defaultScale)
}

async function fbpHu(sinogram: Sinogram): Promise<Float32Array> {
  return huImage(await filteredBackProjection(new ReferenceProjector(sinogram.geometry, grid), sinogram, filter), defaultScale)
}

function farthest(a: Float32Array, b: Float32Array): number {
  return a.reduce((most, value, i) => Math.max(most, Math.abs(value - b[i]!)), 0)
}

describe('Noise2Inverse', () => {
  it.each([
    ['parallel', parallel(36)],
    ['fan', fan(48)],
  ])('with a network that changes nothing is FBP: %s', async (_, geometry) => {
    const sinogram = noisy(geometry)
    const fbp = await fbpHu(sinogram)
    expect(Math.max(...fbp) - Math.min(...fbp)).toBeGreaterThan(300)
    expect(farthest(await reconstructed(keeping(), sinogram), fbp)).toBeLessThan(0.05) // float32 of the filtered rows, four images
  })

  it('applies the network to each mean of the other splits, and averages afterwards', async () => {
    const square = networkSource([{ op: 'Mul', inputs: ['image', 'image'], output: 'output' }], {}, metadata)
    const method = defineNoise2Inverse({ model: folder.write('square.onnx', square) }) as unknown as Method
    const sinogram = noisy(parallel(36))
    const parts = await Promise.all(splitSinogram(sinogram, splitGeometry(sinogram.geometry, 4)).map(fbpHu))
    const { offsetHu, scaleHu } = metadata.input
    const expected = parts[0]!.map((_, i) => {
      const values = parts.map(part => part[i]!)
      const squares = values.map(left => ((values.reduce((sum, value) => sum + value, 0) - left) / 3 - offsetHu) / scaleHu).map(x => x * x)
      return (squares.reduce((sum, value) => sum + value, 0) / 4) * scaleHu + offsetHu
    })
    expect(farthest(await reconstructed(method, sinogram), expected)).toBeLessThan(0.1)
  })

  it('keeps the CT numbers where the splits are of unequal size', async () => {
    const sinogram = { geometry: parallel(38), data: noisy(parallel(38)).data.fill(0.4) }
    const mean = (hu: Float32Array): number => hu.reduce((sum, value) => sum + value, 0) / hu.length
    expect(Math.abs(mean(await reconstructed(keeping(), sinogram)) - mean(await fbpHu(sinogram)))).toBeLessThan(0.5)
  })

  it('conforms as every method does', async () => {
    expect((await checkMethod(keeping())).filter(({ passed }) => !passed)).toEqual([])
  })

  it('needs a model that says its number of splits, and that many views', async () => {
    const without = folder.write('without.onnx', networkSource(identity))
    expect(() => defineNoise2Inverse({ model: without })).toThrow('without.onnx has no "splits" in its metadata, the number K of splits')
    await expect(reconstructed(keeping(), noisy(parallel(3)))).rejects.toThrow('3 views cannot be shared out among 4 splits.')
  })
})

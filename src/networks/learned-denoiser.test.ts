import { afterAll, describe, expect, it } from 'vitest'
import { createProjector } from '../ct/create-projector.ts'
import { filteredBackProjection } from '../ct/filtered-back-projection.ts'
import { evenAngles, imageGrid, parallelBeam } from '../ct/geometry.ts'
import type { Problem } from '../ct/method.ts'
import { PhiloxRandom, seedKey } from '../ct/random.ts'
import { defaultScale, huImage, lodopabScale } from '../ct/units.ts'
import { checkMethod, waterToleranceHu } from '../testing/method-conformance.ts'
import { affine, identity, modelFolder, networkSource, tinyMetadata, tinyUNet } from '../testing/tiny-networks.ts'
import { defineLearnedDenoiser } from './learned-denoiser.ts'
import { methodOfModel } from './model-method.ts'

const folder = modelFolder()
afterAll(() => folder.remove())

const geometry = parallelBeam({ anglesRad: evenAngles(24, Math.PI), bins: 31, pitchMm: 2 })
const grid = imageGrid(20, 16, 2)
const sinogram = { geometry, data: Float32Array.from({ length: 24 * 31 }, (_, i) => (i % 31 > 8 && i % 31 < 22 ? 0.5 : 0)) }
const context = { signal: new AbortController().signal, random: new PhiloxRandom(seedKey('test')), report: () => {} }

async function problem(): Promise<Problem> {
  const projector = await createProjector({ geometry, grid, backend: 'reference', threads: 1 })
  return { geometry, grid, noise: null, scale: lodopabScale, projector, threads: 2 }
}

// Water is (0 + 1024) / 700 to this network, which doubles each value's distance from it.
const awayFromWater = (): string => folder.write('model.onnx', affine(2, -1024 / 700))

describe('a learned denoiser', () => {
  it('conforms, and leaves a water phantom water: its units and offsets are undone as they were done', async () => {
    const checks = await checkMethod(defineLearnedDenoiser({ model: awayFromWater() }))
    expect(checks.filter(({ passed }) => !passed)).toEqual([])
    expect(checks.map(({ name }) => name)).toContain(`fan: a noise-free water disc comes out within ${waterToleranceHu} HU of 0`)
  })

  it('is an FBP that its metadata name and a function in HU', async () => {
    const metadata = { ...tinyMetadata, input: { ...tinyMetadata.input, filter: 'cosine', cutoff: 0.9 } as const }
    const method = defineLearnedDenoiser({ model: folder.write('cosine.onnx', affine(2, -1024 / 700, metadata)) })
    const parameters = method.parameters.parse({})
    expect(parameters).toEqual({ filter: 'cosine', cutoff: 0.9, tile: 512, runtime: 'auto' })
    expect(method).toMatchObject({ title: 'Tiny', family: 'learned', citation: 'a test' })

    const given = await problem()
    const prepared = await method.prepare(given, parameters)
    const image = await prepared.reconstruct(sinogram, context)
    const fbp = huImage(await filteredBackProjection(given.projector, sinogram, { name: 'cosine', cutoff: 0.9 }), lodopabScale)
    huImage(image.data, lodopabScale).forEach((hu, i) => expect(Math.abs(hu - 2 * fbp[i]!)).toBeLessThan(2e-2)) // float32 of attenuation
    expect(prepared.network).toMatchObject({ runtime: expect.stringMatching(/^onnxruntime [\d.]+ cpu$/) as string, note: null })
    await prepared.dispose?.()

    // The same function alone, as of any denoiser.
    const alone = await method.denoise({ ...grid, hu: fbp.slice(), noise: null, ...context }, parameters)
    alone.forEach((hu, i) => expect(Math.abs(hu - 2 * fbp[i]!)).toBeLessThan(1e-3))
  })

  it('takes what its parameters say: another FBP, tiles', async () => {
    const method = defineLearnedDenoiser({ model: folder.write('unet.onnx', tinyUNet()) })
    const images: Float32Array[] = []
    for (const set of [{}, { tile: 14 }, { filter: 'hann' }]) {
      const prepared = await method.prepare(await problem(), method.parameters.parse(set))
      images.push(huImage((await prepared.reconstruct(sinogram, context)).data, defaultScale))
      await prepared.dispose?.()
    }
    const farthest = (i: number): number => images[0]!.reduce((most, value, j) => Math.max(most, Math.abs(value - images[i]![j]!)), 0)
    expect(farthest(1)).toBeLessThan(1e-3)
    expect(farthest(2)).toBeGreaterThan(1)
  })

  it('refuses tiles that give nothing, and runtimes that do not exist', () => {
    const { parameters } = defineLearnedDenoiser({ model: folder.write('unet.onnx', tinyUNet()) })
    expect(parameters.safeParse({ tile: 14 }).success).toBe(true)
    expect(parameters.safeParse({ tile: 13 }).success).toBe(false)
    expect(parameters.safeParse({ runtime: 'tpu' }).success).toBe(false)
  })

  it('is not for a model of split views, and a file alone becomes what its metadata say', () => {
    const splits = folder.write('splits.onnx', networkSource(identity, {}, { ...tinyMetadata, splits: 4 }))
    expect(() => defineLearnedDenoiser({ model: splits })).toThrow('splits.onnx is made for 4 splits of a scan\'s views ("splits" in its metadata). Use defineNoise2Inverse for it.')
    expect('denoise' in methodOfModel(splits)).toBe(false)
    expect('denoise' in methodOfModel(awayFromWater())).toBe(true)
  })
})

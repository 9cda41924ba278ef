import { afterAll, describe, expect, it } from 'vitest'
import { filteredBackProjection } from '../ct/filtered-back-projection.ts'
import { evenAngles, imageGrid, imageLength, parallelBeam, sinogramLength } from '../ct/geometry.ts'
import type { Sinogram } from '../ct/image.ts'
import type { Method } from '../ct/method.ts'
import { PhiloxRandom, seedKey } from '../ct/random.ts'
import { ReferenceProjector } from '../ct/reference-projector.ts'
import { defaultScale } from '../ct/units.ts'
import { floats, type OnnxSource } from '../testing/onnx-bytes.ts'
import { modelFolder } from '../testing/tiny-networks.ts'
import { defineLearnedPrimalDual } from './learned-primal-dual.ts'

const folder = modelFolder()
afterAll(() => folder.remove())

const metadata = {
  format: 'sinobench-network@1',
  kind: 'primal-dual',
  title: 'Tiny primal-dual',
  citation: 'a test',
  steps: 2,
  state: 2,
  input: { filter: 'hann', cutoff: 1 },
}
const dual = [0.7, 0.4]
const primal = [0.3, 0.9]

/** dual: state + w[step]·(data − projection); primal: state + w[step]·adjoint. */
function halfSource(role: 'primal' | 'dual', weights: readonly number[], changed: object = {}): OnnxSource {
  const state = ['batch', 2, 'rows', 'columns']
  const one = ['batch', 1, 'rows', 'columns']
  const isDual = role === 'dual'
  return {
    inputs: isDual ? { step: [1], state, projection: one, data: one } : { step: [1], state, adjoint: one },
    outputs: { output: state },
    initialisers: { weights: floats([weights.length], weights) },
    nodes: [
      { op: 'Cast', inputs: ['step'], output: 'index', attributes: { to: 7 } },
      { op: 'Gather', inputs: ['weights', 'index'], output: 'weight', attributes: { axis: 0 } },
      ...(isDual ? [{ op: 'Sub', inputs: ['data', 'projection'], output: 'change' }] : [{ op: 'Identity', inputs: ['adjoint'], output: 'change' }]),
      { op: 'Mul', inputs: ['change', 'weight'], output: 'weighted' },
      { op: 'Add', inputs: ['state', 'weighted'], output: 'output' },
    ],
    metadata: { sinobench: JSON.stringify({ ...metadata, role, ...changed }) },
  }
}

const geometry = parallelBeam({ anglesRad: evenAngles(12, Math.PI), bins: 27, pitchMm: 1.5 })
const grid = imageGrid(18, 18, 2)
const random = new PhiloxRandom(seedKey('primal-dual'))
const sinogram: Sinogram = { geometry, data: Float32Array.from({ length: sinogramLength(geometry) }, () => 0.4 + 0.1 * random.normal()) }

async function reconstructed(method: Method<Record<string, never>>): Promise<Float32Array> {
  const problem = { geometry, grid, noise: null, scale: defaultScale, projector: new ReferenceProjector(geometry, grid) }
  const prepared = await method.prepare(problem, {})
  const context = { signal: new AbortController().signal, random, report: () => {} }
  const image = await prepared.reconstruct(sinogram, context)
  await prepared.dispose?.()
  return image.data
}

/** The same two steps written out, one image and one sinogram. */
async function byHand(): Promise<Float64Array> {
  const projector = new ReferenceProjector(geometry, grid)
  const apply = async (from: 'image' | 'sinogram', values: ArrayLike<number>): Promise<Float32Array> => {
    const [image, lines] = [projector.allocate('image'), projector.allocate('sinogram')]
    await projector.upload(Float32Array.from(values), from === 'image' ? image : lines)
    await (from === 'image' ? projector.forward(image, lines) : projector.adjoint(lines, image))
    return projector.download(from === 'image' ? lines : image)
  }
  const size = (values: ArrayLike<number>): number => Math.sqrt(Array.from(values).reduce((sum, v) => sum + v * v, 0))
  let singular: ArrayLike<number> = new Float32Array(imageLength(grid)).fill(1)
  for (let i = 0; i < 200; i++) {
    const next = await apply('sinogram', await apply('image', singular))
    singular = next.map(v => v / size(next))
  }
  const norm = size(await apply('image', singular))
  const { muWater } = defaultScale
  const fbp = await filteredBackProjection(projector, sinogram, { name: 'hann', cutoff: 1 })
  let f = Float64Array.from(fbp, v => v / muWater)
  let h = new Float64Array(sinogram.data.length)
  for (let step = 0; step < 2; step++) {
    const projection = await apply('image', f)
    h = h.map((v, i) => v + dual[step]! * (sinogram.data[i]! / (muWater * norm) - projection[i]! / norm))
    const adjoint = await apply('sinogram', h)
    f = f.map((v, i) => v + (primal[step]! * adjoint[i]!) / norm)
  }
  return f.map(v => v * muWater)
}

describe('learned primal-dual', () => {
  it('unrolls: every step has its own weights; images start from FBP, sinograms from zero', async () => {
    const method = defineLearnedPrimalDual({
      primal: folder.write('primal.onnx', halfSource('primal', primal)),
      dual: folder.write('dual.onnx', halfSource('dual', dual)),
    })
    const expected = await byHand()
    const image = await reconstructed(method)
    const scale = Math.max(...expected.map(Math.abs))
    // The norm is found to about 1e-4 in 15 iterations.
    image.forEach((value, i) => expect(Math.abs(value - expected[i]!) / scale).toBeLessThan(1e-3))
    const fbp = await filteredBackProjection(new ReferenceProjector(geometry, grid), sinogram, { name: 'hann', cutoff: 1 })
    expect(Math.max(...image.map((value, i) => Math.abs(value - fbp[i]!))) / scale).toBeGreaterThan(0.02)
  })

  it('refuses halves that are exchanged, of two trainings, or not of this kind', () => {
    const files = {
      primal: folder.write('p.onnx', halfSource('primal', primal)),
      dual: folder.write('d.onnx', halfSource('dual', dual)),
      longer: folder.write('longer.onnx', halfSource('dual', dual, { steps: 3 })),
      denoiser: folder.write('other.onnx', halfSource('dual', dual, { kind: 'image-to-image' })),
    }
    expect(() => defineLearnedPrimalDual({ primal: files.dual, dual: files.primal })).toThrow(/is the dual network .* expected the primal one/)
    expect(() => defineLearnedPrimalDual({ primal: files.primal, dual: files.longer })).toThrow(/has steps 2, .*longer\.onnx has 3/)
    expect(() => defineLearnedPrimalDual({ primal: files.primal, dual: files.denoiser })).toThrow(/other\.onnx: metadata sinobench\.kind/)
    expect(() => defineLearnedPrimalDual({ primal: files.primal, dual: 'nowhere.onnx' })).toThrow(/nowhere\.onnx/)
  })
})

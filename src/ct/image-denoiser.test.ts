import { expect, it } from 'vitest'
import { z } from 'zod'
import { evenAngles, imageGrid, parallelBeam } from './geometry.ts'
import { filteredBackProjection } from './filtered-back-projection.ts'
import { defineDenoiser, type DenoiserInput } from './image-denoiser.ts'
import { PhiloxRandom, seedKey } from './random.ts'
import { ReferenceProjector } from './reference-projector.ts'
import { attenuationFromHu, lodopabScale } from './units.ts'

const geometry = parallelBeam({ anglesRad: evenAngles(20, Math.PI), bins: 31, pitchMm: 2 })
const grid = imageGrid(20, 16, 2)
const sinogram = { geometry, data: Float32Array.from({ length: 20 * 31 }, (_, i) => (i % 31 > 8 && i % 31 < 22 ? 0.5 : 0)) }
const definition = { title: 'Shift', citation: 'none', parameters: { shiftHu: z.number().default(10) } }

it('a denoiser works in HU on the FBP that its parameters name and gives attenuation back', async () => {
  const projector = new ReferenceProjector(geometry, grid)
  const seen: DenoiserInput[] = []
  const method = defineDenoiser({
    ...definition,
    denoise(input, { shiftHu }) {
      seen.push(input)
      return input.hu.map(value => value + shiftHu)
    },
  })
  const parameters = method.parameters.parse({ filter: 'ram-lak', cutoff: 0.9, shiftHu: 25 })
  const prepared = await method.prepare({ geometry, grid, noise: null, scale: lodopabScale, projector }, parameters)
  const random = new PhiloxRandom(seedKey('test'))
  const image = await prepared.reconstruct(sinogram, { signal: new AbortController().signal, random, report: () => {} })

  const fbp = await filteredBackProjection(projector, sinogram, { name: 'ram-lak', cutoff: 0.9 })
  const shift = attenuationFromHu(25, lodopabScale) - attenuationFromHu(0, lodopabScale)
  image.data.forEach((mu, i) => expect(mu - fbp[i]!).toBeCloseTo(shift, 7))
  expect(seen[0]).toMatchObject({ rows: 20, columns: 16, pixelMm: 2, noise: null, random })
})

it('a denoiser has the parameters of its FBP beside its own, and refuses others', () => {
  const method = defineDenoiser({ ...definition, denoise: input => input.hu })
  expect(method.family).toBe('denoiser')
  expect(method.parameters.parse({})).toEqual({ filter: 'hann', cutoff: 0.8, shiftHu: 10 })
  expect(method.parameters.safeParse({ cutof: 0.5 }).success).toBe(false)
})

it('a denoiser may not call a parameter as its FBP does', () => {
  expect(() => defineDenoiser({ ...definition, parameters: { cutoff: z.number().default(1) }, denoise: input => input.hu })).toThrow(
    'The denoiser "Shift" has a parameter "cutoff"',
  )
})

import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import fbp from '../../baselines/fbp.ts'
import type { Method } from '../ct/method.ts'
import { findMethod, methodIds } from '../run/find-modules.ts'
import { checkMethod } from './method-conformance.ts'

describe.each(methodIds())('method %s', id => {
  it('conforms', async () => {
    const { method } = await findMethod(id)
    const checks = await checkMethod(method)
    expect(checks.length).toBe(15)
    expect(checks.filter(check => !check.passed)).toEqual([])
  })
})

describe('the conformance checks', () => {
  const failures = async (method: Method): Promise<string[]> =>
    (await checkMethod(method)).filter(check => !check.passed).map(check => check.name)
  /** FBP, with its image changed in place. */
  const altered = (change: (data: Float32Array, scale: { muWater: number }) => Float32Array): Method => ({
    ...(fbp as unknown as Method),
    async prepare(problem, parameters) {
      const prepared = await (fbp as unknown as Method).prepare(problem, parameters)
      return {
        async reconstruct(sinogram, context) {
          return { grid: problem.grid, data: change((await prepared.reconstruct(sinogram, context)).data, problem.scale) }
        },
      }
    },
  })

  it('catch NaN', async () => {
    expect(await failures(altered(data => data.fill(NaN, 7, 8)))).toContain('fan: gives a finite image of the right shape')
  })

  it('catch an image of the wrong length', async () => {
    expect(await failures(altered(data => data.slice(1)))).toContain('parallel: gives a finite image of the right shape')
  })

  it('catch an attenuation that is 2 % off', async () => {
    expect(await failures(altered(data => data.map(mu => 1.02 * mu)))).toEqual([
      'parallel: a noise-free water disc comes out within 10 HU of 0',
      'fan: a noise-free water disc comes out within 10 HU of 0',
    ])
  })

  it('catch a method that takes its own random numbers', async () => {
    expect(await failures(altered(data => data.map(mu => mu + 1e-6 * Math.random())))).toEqual([
      'parallel: the same seed gives the same bits, whatever was reconstructed before',
      'fan: the same seed gives the same bits, whatever was reconstructed before',
    ])
  })

  it('catch a changed sinogram, an array that is kept, and a method that needs the noise model', async () => {
    const careless: Method = {
      ...(fbp as unknown as Method),
      async prepare(problem, parameters) {
        const prepared = await (fbp as unknown as Method).prepare(problem, parameters)
        return {
          async reconstruct(sinogram, context) {
            if (problem.noise!.photonsPerRay <= 0) throw new Error('never')
            problem.projector.allocate('image')
            const image = await prepared.reconstruct(sinogram, context)
            sinogram.data[3] = 0.5
            return image
          },
        }
      },
    }
    const found = await failures(careless)
    expect(found).toContain('parallel: leaves the sinogram untouched')
    expect(found).toContain('parallel: works without a noise model')
    expect(found).toContain('parallel: releases every array that it allocates')
  })

  it('catch parameters without defaults, of any type, or unknown, and an empty citation', async () => {
    expect(await failures({ ...(fbp as unknown as Method), parameters: z.object({ steps: z.number() }) })).toContain(
      'parse({}) gives every parameter its default',
    )
    const anything = z.object({ steps: z.any().default(3) })
    expect(await failures({ ...(fbp as unknown as Method), parameters: anything })).toContain(
      'refuses parameters of the wrong type and unknown ones',
    )
    expect(await failures({ ...(fbp as unknown as Method), citation: ' ' })).toEqual(['has a title and a citation'])
  })
})

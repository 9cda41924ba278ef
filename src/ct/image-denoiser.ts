// A denoiser is a method built from an FBP and an image-to-image function on CT numbers.

import { z } from 'zod'
import { filteredBackProjection, fbpParameters } from './filtered-back-projection.ts'
import type { Method, MethodFamily, NoiseModel, PreparedMethod, Problem } from './method.ts'
import type { RampFilter } from './projector.ts'
import type { Random } from './random.ts'
import { attenuationFromHu, huImage } from './units.ts'

export interface DenoiserInput {
  /** The FBP image. Row-major [row][column], float32, HU. The function may keep or change it: it is its own copy. */
  readonly hu: Float32Array
  readonly rows: number
  readonly columns: number
  readonly pixelMm: number
  /** Null for measured data whose noise is not known. */
  readonly noise: NoiseModel | null
  /** Seeded for this case and method. */
  readonly random: Random
  /** Aborts when the job's time is up. */
  readonly signal: AbortSignal
}

export interface DenoiserDefinition<S extends z.ZodRawShape> {
  readonly title: string
  /** `denoiser` when absent. */
  readonly family?: MethodFamily
  readonly citation: string
  /** The function's own parameters, each with a default; `filter` and `cutoff` of the FBP are added. */
  readonly parameters: S
  /** CT numbers (HU) → CT numbers (HU), same shape, finite. Same input and seed, same bits. */
  denoise(input: DenoiserInput, parameters: z.output<z.ZodObject<S>>): Float32Array | Promise<Float32Array>
}

type Parameters<S extends z.ZodRawShape> = z.output<z.ZodObject<S & typeof fbpParameters>>

/** A method that is an FBP and an image-to-image function, which can be had alone (tuning shares one FBP among many settings). */
export interface Denoiser<P> extends Method<P> {
  denoise(input: DenoiserInput, parameters: P): Float32Array | Promise<Float32Array>
}

/** @throws Error when a definition calls one of its parameters `filter` or `cutoff`. */
export function defineDenoiser<S extends z.ZodRawShape>(definition: DenoiserDefinition<S>): Denoiser<Parameters<S>> {
  const { title, family = 'denoiser', citation } = definition
  for (const name of Object.keys(fbpParameters))
    if (name in definition.parameters)
      throw new Error(`The denoiser "${title}" has a parameter "${name}", which the FBP below it owns. Give it another name.`)
  const denoise = (input: DenoiserInput, parameters: Parameters<S>): Float32Array | Promise<Float32Array> =>
    definition.denoise(input, parameters as z.output<z.ZodObject<S>>)
  return {
    title,
    family,
    citation,
    // The spread of a generic shape loses its type; the cast gives it back.
    parameters: z.strictObject({ ...fbpParameters, ...definition.parameters }) as unknown as z.ZodType<Parameters<S>>,
    denoise,
    async prepare(problem, parameters) {
      const { filter: name, cutoff } = parameters as z.output<z.ZodObject<typeof fbpParameters>>
      return { reconstruct: throughFbp(problem, { name, cutoff }, input => denoise(input, parameters)) }
    },
  }
}

/** Sinogram → FBP → `denoise` on its CT numbers → attenuation: what every denoiser does. */
export function throughFbp(
  problem: Problem,
  filter: RampFilter,
  denoise: (input: DenoiserInput) => Float32Array | Promise<Float32Array>,
): PreparedMethod['reconstruct'] {
  const { grid, noise, scale, projector } = problem
  return async (sinogram, { random, signal }) => {
    const hu = huImage(await filteredBackProjection(projector, sinogram, filter), scale)
    const denoised = await denoise({ hu, rows: grid.rows, columns: grid.columns, pixelMm: grid.pixelMm, noise, random, signal })
    return { grid, data: denoised.map(value => attenuationFromHu(value, scale)) }
  }
}

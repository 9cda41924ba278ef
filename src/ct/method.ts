// What a reconstruction method is: one file in baselines/ (or the user's own)
// whose default export is made by `defineMethod` or `defineDenoiser`.

import type { z } from 'zod'
import type { Geometry, ImageGrid } from './geometry.ts'
import type { CtImage, Sinogram } from './image.ts'
import type { Projector } from './projector.ts'
import type { Random } from './random.ts'
import type { AttenuationScale } from './units.ts'

/** What the scanner knows of its noise. Photon numbers are those of the dose at hand, not of the full dose. */
export interface NoiseModel {
  /** Photons per ray that reach the object, before the bowtie. */
  readonly photonsPerRay: number
  /** Relative photon number per bin (1 = no bowtie); null without a bowtie. */
  readonly bowtie: readonly number[] | null
  /** Standard deviation of the electronic noise, in photons. */
  readonly electronicNoise: number
  /** Counts below this were raised to it before the logarithm. */
  readonly floor: number
}

/** All that a method may know before it sees data. Never the truth, the case id or its seed. */
export interface Problem {
  readonly geometry: Geometry
  readonly grid: ImageGrid
  /** Null for measured data whose noise is not known. */
  readonly noise: NoiseModel | null
  /** Converts between the image's attenuation and HU. */
  readonly scale: AttenuationScale
  readonly projector: Projector
  /** Threads that a network may use; 1 when absent. Results do not depend on it beyond rounding. */
  readonly threads?: number
}

export interface ReconstructContext {
  /** Aborts when the job's time is up. */
  readonly signal: AbortSignal
  /** Seeded for this case and method. */
  readonly random: Random
  /** Optional convergence trace: one call per iteration. */
  report(iteration: number, values: Readonly<Record<string, number>>): void
}

/** What runs a learned method's network. */
export interface NetworkRuntime {
  /** "onnxruntime 1.30.0 cpu" */
  readonly runtime: string
  /** Why not another, where that needs saying; else null. */
  readonly note: string | null
}

export interface PreparedMethod {
  /** Of a learned method; records name it. */
  readonly network?: NetworkRuntime
  /** Sinogram (line integrals) → image on problem.grid, attenuation 1/mm. Must leave the sinogram untouched. */
  reconstruct(sinogram: Sinogram, context: ReconstructContext): Promise<CtImage>
  dispose?(): Promise<void>
}

export type MethodFamily = 'analytic' | 'iterative' | 'denoiser' | 'learned'

export interface Method<P = unknown> {
  readonly title: string
  readonly family: MethodFamily
  /** Where the method was published: authors, year, title or DOI. */
  readonly citation: string
  /** A zod object in which every field has a default, so that parse({}) gives the defaults. */
  readonly parameters: z.ZodType<P>
  /** Builds what does not depend on the data (timed apart). */
  prepare(problem: Problem, parameters: P): Promise<PreparedMethod>
}

/** Types a method; the runner infers its id from the file's name. */
export function defineMethod<P>(method: Method<P>): Method<P> {
  return method
}

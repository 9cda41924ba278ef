// What every method must do, checked on two tiny problems (a parallel and a fan beam,
// the second with a grid that is not square and LoDoPaB's attenuation scale) without
// knowing anything of the method. Vitest runs it on every file of baselines/; the
// command line runs it on a user's own.

import { acquire } from '../ct/acquisition.ts'
import { createProjector } from '../ct/create-projector.ts'
import { evenAngles, fanBeam, imageGrid, imageLength, parallelBeam, type Geometry, type ImageGrid } from '../ct/geometry.ts'
import { sinogram, type CtImage } from '../ct/image.ts'
import type { Method, NoiseModel, PreparedMethod, Problem } from '../ct/method.ts'
import type { BackendId, Projector, ProjectorArray } from '../ct/projector.ts'
import { PhiloxRandom, seedKey } from '../ct/random.ts'
import { defaultScale, huFromAttenuation, lodopabScale, type AttenuationScale } from '../ct/units.ts'

export interface MethodCheck {
  /** What was checked, as a sentence that should be true: "fan: the same seed gives the same bits". */
  readonly name: string
  readonly passed: boolean
  /** What was found, when it was not. */
  readonly detail: string
}

export interface CheckRequest {
  /** Engine; `reference` when absent. */
  readonly backend?: BackendId
  /** In place of the method's defaults. */
  readonly parameters?: Readonly<Record<string, unknown>>
}

/**
 * Largest |mean| (HU) allowed inside half the radius of a noise-free water disc: 1 %
 * of water, which 3 mm pixels and 90 views reach easily and a wrong scale, pixel size
 * or angular weight does not.
 */
export const waterToleranceHu = 10

const discRadiusMm = 66
const noise: NoiseModel = { photonsPerRay: 2e4, bowtie: null, electronicNoise: 3, floor: 1 }

interface TinyProblem {
  readonly name: string
  readonly geometry: Geometry
  readonly grid: ImageGrid
  readonly scale: AttenuationScale
}

const tinyProblems: readonly TinyProblem[] = [
  {
    name: 'parallel',
    geometry: parallelBeam({ anglesRad: evenAngles(90, Math.PI), bins: 95, pitchMm: 2.5 }),
    grid: imageGrid(64, 64, 3),
    scale: defaultScale,
  },
  {
    name: 'fan',
    geometry: fanBeam({
      detector: 'flat',
      anglesRad: evenAngles(120, 2 * Math.PI),
      bins: 95,
      pitchMm: 4.5,
      sourceToIsocentreMm: 500,
      sourceToDetectorMm: 900,
    }),
    grid: imageGrid(64, 56, 3),
    scale: lodopabScale,
  },
]

/** Runs every check, in a fixed order; a method that throws fails the check that it threw in. Throws nothing of the method's. */
export async function checkMethod(method: Method, request: CheckRequest = {}): Promise<MethodCheck[]> {
  const checks: MethodCheck[] = []
  const check = async (name: string, run: () => Promise<string | null> | string | null): Promise<void> => {
    try {
      const detail = await run()
      checks.push({ name, passed: detail === null, detail: detail ?? '' })
    } catch (error) {
      checks.push({ name, passed: false, detail: `threw: ${error instanceof Error ? error.message : String(error)}` })
    }
  }

  await check('has a title and a citation', () => missingText(method))
  await check('parse({}) gives every parameter its default', () => defaultsProblem(method))
  await check('refuses parameters of the wrong type and unknown ones', () => badParametersProblem(method))
  for (const problem of tinyProblems) {
    const projector = countingProjector(
      await createProjector({ geometry: problem.geometry, grid: problem.grid, backend: request.backend ?? 'reference', threads: 1 }),
    )
    try {
      const trial = new Trial(method, request.parameters ?? {}, problem, projector)
      const on = (name: string, run: () => Promise<string | null>): Promise<void> => check(`${problem.name}: ${name}`, run)
      await on('gives a finite image of the right shape', () => trial.shapeProblem())
      await on('the same seed gives the same bits, whatever was reconstructed before', () => trial.repeatProblem())
      await on('leaves the sinogram untouched', () => trial.inputProblem())
      await on(`a noise-free water disc comes out within ${waterToleranceHu} HU of 0`, () => trial.waterProblem())
      await on('works without a noise model', () => trial.unknownNoiseProblem())
      await on('releases every array that it allocates', async () => leakProblem(projector.live()))
    } finally {
      await projector.dispose()
    }
  }
  return checks
}

/** The checks of one method on one tiny problem: each returns what is wrong, or null. */
class Trial {
  readonly #method: Method
  readonly #parameters: Readonly<Record<string, unknown>>
  readonly #tiny: TinyProblem
  readonly #projector: Projector
  readonly #exact: Float64Array
  readonly #noisy: Float32Array
  #changedInput = false

  constructor(method: Method, parameters: Readonly<Record<string, unknown>>, tiny: TinyProblem, projector: Projector) {
    this.#method = method
    this.#parameters = parameters
    this.#tiny = tiny
    this.#projector = projector
    this.#exact = waterDiscIntegrals(tiny.geometry, tiny.scale.muWater)
    this.#noisy = this.#acquired('one')
  }

  async shapeProblem(): Promise<string | null> {
    const { grid } = this.#tiny
    const image = (await this.#run([this.#noisy]))[0]!
    if (!(image.data instanceof Float32Array)) return `its data are not a Float32Array`
    if (image.data.length !== imageLength(grid)) return `${image.data.length} values, expected ${grid.rows} × ${grid.columns}`
    if (image.grid.rows !== grid.rows || image.grid.columns !== grid.columns || image.grid.pixelMm !== grid.pixelMm)
      return `its grid is ${JSON.stringify(image.grid)}, expected ${JSON.stringify(grid)}`
    const wrong = image.data.findIndex(value => !Number.isFinite(value))
    return wrong < 0 ? null : `${image.data[wrong]} at index ${wrong}`
  }

  async repeatProblem(): Promise<string | null> {
    const [first, , again] = await this.#run([this.#noisy, this.#acquired('two'), this.#noisy])
    if (!sameBits(first!.data, again!.data)) return 'a second image of the same sinogram and seed differs from the first'
    const [fresh] = await this.#run([this.#noisy])
    return sameBits(first!.data, fresh!.data) ? null : 'preparing the method again changes the image'
  }

  async inputProblem(): Promise<string | null> {
    await this.#run([this.#noisy])
    return !this.#changedInput ? null : 'the sinogram was changed; copy it first (sinogram.data.slice())'
  }

  async waterProblem(): Promise<string | null> {
    const [image] = await this.#run([Float32Array.from(this.#exact)])
    const meanHu = meanInDisc(image!.data, this.#tiny, discRadiusMm / 2)
    return Math.abs(meanHu) <= waterToleranceHu ? null : `its mean is ${meanHu.toFixed(1)} HU`
  }

  async unknownNoiseProblem(): Promise<string | null> {
    const [image] = await this.#run([this.#noisy], null)
    return image!.data.every(value => Number.isFinite(value)) ? null : 'the image is not finite'
  }

  /** Prepares once, then reconstructs each sinogram with one and the same seed. */
  async #run(sinograms: readonly Float32Array[], model: NoiseModel | null = noise): Promise<CtImage[]> {
    const { geometry, grid, scale } = this.#tiny
    const problem: Problem = { geometry, grid, noise: model, scale, projector: this.#projector }
    const parameters = this.#method.parameters.parse(this.#parameters)
    const prepared: PreparedMethod = await this.#method.prepare(problem, parameters)
    const images: CtImage[] = []
    for (const values of sinograms) {
      const context = { signal: new AbortController().signal, random: new PhiloxRandom(seedKey('conformance')), report: () => {} }
      const given = values.slice()
      images.push(await prepared.reconstruct(sinogram(geometry, given), context))
      if (!sameBits(given, values)) this.#changedInput = true
    }
    await prepared.dispose?.()
    return images
  }

  #acquired(name: string): Float32Array {
    return acquire(this.#exact, this.#tiny.geometry, noise, seedKey('conformance', name))
  }
}

/** Exact line integrals of a centred disc: 2·mu·√(r² − d²) with d the ray's distance from the isocentre. */
function waterDiscIntegrals(geometry: Geometry, muWater: number): Float64Array {
  const { bins, pitchMm, offsetMm } = geometry
  const view = Float64Array.from({ length: bins }, (_, bin) => {
    const s = (bin - (bins - 1) / 2) * pitchMm + offsetMm
    const d = distanceFromIsocentre(geometry, s)
    return 2 * muWater * Math.sqrt(Math.max(0, discRadiusMm * discRadiusMm - d * d))
  })
  const integrals = new Float64Array(geometry.anglesRad.length * bins)
  for (let v = 0; v < geometry.anglesRad.length; v++) integrals.set(view, v * bins)
  return integrals
}

function distanceFromIsocentre(geometry: Geometry, s: number): number {
  if (geometry.kind === 'parallel') return s
  const { sourceToIsocentreMm, sourceToDetectorMm } = geometry
  if (geometry.detector === 'curved') return sourceToIsocentreMm * Math.sin(s / sourceToDetectorMm)
  return (sourceToIsocentreMm * s) / Math.sqrt(sourceToDetectorMm * sourceToDetectorMm + s * s)
}

function meanInDisc(mu: Float32Array, { grid, scale }: TinyProblem, radiusMm: number): number {
  let sum = 0
  let count = 0
  for (let row = 0; row < grid.rows; row++) {
    for (let column = 0; column < grid.columns; column++) {
      const x = (column - (grid.columns - 1) / 2) * grid.pixelMm
      const y = ((grid.rows - 1) / 2 - row) * grid.pixelMm
      if (x * x + y * y > radiusMm * radiusMm) continue
      sum += huFromAttenuation(mu[row * grid.columns + column]!, scale)
      count++
    }
  }
  return sum / count
}

function missingText({ title, citation }: Method): string | null {
  if (typeof title !== 'string' || title.trim() === '') return 'the title is empty'
  return typeof citation === 'string' && citation.trim() !== '' ? null : 'the citation is empty'
}

function defaultsProblem({ parameters }: Method): string | null {
  const parsed = parameters.safeParse({})
  if (!parsed.success) return `parse({}) fails: ${parsed.error.issues[0]!.path.join('.')}: ${parsed.error.issues[0]!.message}`
  if (typeof parsed.data !== 'object' || parsed.data === null) return `parse({}) gives ${String(parsed.data)}, expected an object`
  const missing = Object.entries(parsed.data).find(([, value]) => value === undefined)
  return missing ? `"${missing[0]}" has no default` : null
}

function badParametersProblem({ parameters }: Method): string | null {
  if (parameters.safeParse({ 'no-such-parameter': 1 }).success) return 'an unknown parameter is accepted; use z.strictObject'
  for (const [name, value] of Object.entries(parameters.parse({}) as object)) {
    const wrong = typeof value === 'number' ? [NaN, '1', {}] : [{}]
    for (const bad of wrong) if (parameters.safeParse({ [name]: bad }).success) return `${name}: ${JSON.stringify(bad)} is accepted`
  }
  return null
}

function leakProblem(live: number): string | null {
  return live === 0 ? null : `${live} arrays were never released`
}

function sameBits(a: Float32Array, b: Float32Array): boolean {
  const [x, y] = [a, b].map(values => new Uint32Array(values.buffer, values.byteOffset, values.length)) as [Uint32Array, Uint32Array]
  return x.length === y.length && x.every((word, i) => word === y[i])
}

/** The projector, with a count of the arrays that were allocated and not released. */
function countingProjector(projector: Projector): Projector & { live(): number } {
  const live = new Set<ProjectorArray>()
  const counting = {
    live: () => live.size,
    allocate(space: 'image' | 'sinogram', batch?: number): ProjectorArray {
      const array = projector.allocate(space, batch)
      live.add(array)
      return array
    },
    release(array: ProjectorArray): void {
      live.delete(array)
      projector.release(array)
    },
  }
  return new Proxy(projector, {
    get(target, name) {
      if (name in counting) return counting[name as keyof typeof counting]
      const value: unknown = Reflect.get(target, name, target)
      return typeof value === 'function' ? value.bind(target) : value
    },
  }) as Projector & { live(): number }
}

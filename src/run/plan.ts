// From a suite to the list of its jobs: every combination of dataset, case, preset,
// dose and method, each with the key that says whether it has been run already.

import type { Case, Exam, HuWindow, Split } from '../ct/case.ts'
import { noiseModelAt, requireDose } from '../ct/acquisition.ts'
import type { ResolvedBackend } from '../ct/create-projector.ts'
import type { BackendChoice, BackendId } from '../ct/projector.ts'
import { findPreset, type Preset } from '../ct/presets.ts'
import { UserError } from '../ct/user-error.ts'
import { protocolIds } from '../metrics/protocols.ts'
import { findDataset, findMethod, type FoundDataset, type FoundMethod } from './find-modules.ts'
import { parseParameters } from './parameters.ts'
import { moduleHash, provenance, sha256, sha256OfFloats } from './provenance.ts'
import { recordVersion } from './record.ts'
import type { Suite, SuiteDataset, SuiteMethod } from './suite.ts'
import { tunedParameters } from './tuned.ts'

export interface PlannedMethod {
  /** Name in the records. */
  readonly id: string
  readonly title: string
  readonly found: FoundMethod
  readonly sourceHash: string
  readonly entry: SuiteMethod
}

export interface Job {
  /** Hash of everything that determines the numbers. */
  readonly key: string
  /** The same but for the backend. */
  readonly settings: string
  readonly dataset: string
  readonly caseId: string
  readonly caseKind: Case['kind']
  readonly subject: string
  readonly split: Split
  readonly window: HuWindow
  readonly exam: Exam
  readonly credit: string | null
  /** Null for measured data, whose geometry is its own. */
  readonly preset: Preset | null
  /** Null for measured data. */
  readonly dose: number | null
  readonly method: PlannedMethod
  readonly parameters: Record<string, unknown>
  readonly parametersFrom: 'tuned' | 'default' | 'set'
  /** Images are kept for the report. */
  readonly preview: boolean
}

export interface Plan {
  readonly suite: Suite
  readonly backendAsked: BackendChoice
  readonly engine: ResolvedBackend
  readonly dataDirectory: string | null
  readonly datasets: readonly FoundDataset[]
  readonly jobs: readonly Job[]
  /** Files of --data that were passed over. */
  readonly passedOver: readonly { readonly file: string; readonly reason: string }[]
}

export interface PlanRequest {
  readonly suite: Suite
  readonly dataDirectory: string | null
  readonly backendAsked: BackendChoice
  readonly engine: ResolvedBackend
}

/** @throws UserError for anything that the suite or flags name and that is not there. */
export async function makePlan(request: PlanRequest): Promise<Plan> {
  const { suite, dataDirectory } = request
  const methods = await findMethods(suite)
  const datasets: FoundDataset[] = []
  const jobs: Job[] = []
  const passedOver: { file: string; reason: string }[] = []
  for (const entry of suite.datasets) {
    const found = await findDataset(entry.id)
    if (found.dataset.needsData && dataDirectory === null)
      throw new UserError(`Dataset "${found.id}" reads your own files: name them with --data DIR.`)
    datasets.push(found)
    const settings = datasetSettings(suite, entry, found)
    let count = 0
    for await (const one of found.dataset.cases({
      split: suite.split,
      dataDirectory,
      skipped: (file, reason) => void passedOver.push({ file, reason }),
    })) {
      jobs.push(...jobsOfCase(request, found, one, settings, methods, count < suite.previews))
      if (++count === entryCases(entry)) break
    }
    if (count === 0)
      throw new UserError(
        `Dataset "${found.id}" has no ${suite.split} case${dataDirectory ? ` in ${dataDirectory}` : ''}${passedOver.length > 0 ? `; ${passedOver.length} files were passed over, the first: ${passedOver[0]!.file}: ${passedOver[0]!.reason}` : ''}.`,
      )
  }
  return { ...request, datasets, jobs, passedOver }
}

interface DatasetSettings {
  readonly presets: readonly Preset[]
  readonly doses: readonly number[]
  readonly sourceHash: string
}

function datasetSettings(suite: Suite, entry: SuiteDataset, found: FoundDataset): DatasetSettings {
  const presets = ('presets' in entry ? entry.presets : undefined) ?? found.dataset.defaultPresets ?? suite.presets
  const doses = ('doses' in entry ? entry.doses : undefined) ?? suite.doses
  doses.forEach(requireDose)
  return { presets: presets.map(findPreset), doses, sourceHash: moduleHash(found.path) }
}

function entryCases(entry: SuiteDataset): number | undefined {
  return 'cases' in entry ? entry.cases : undefined
}

async function findMethods(suite: Suite): Promise<PlannedMethod[]> {
  const methods: PlannedMethod[] = []
  for (const entry of suite.methods) {
    const found = await findMethod(entry.id)
    const id = ('as' in entry ? entry.as : undefined) ?? found.id
    if (methods.some(other => other.id === id))
      throw new UserError(`Two methods of the suite are called "${id}". Give one another name with "as".`)
    const title = ('title' in entry ? entry.title : undefined) ?? found.method.title
    const set = 'parameters' in entry ? entry.parameters : undefined
    if (set) parseParameters(id, found.method.parameters, set)
    methods.push({ id, title, found, sourceHash: moduleHash(found.path), entry })
  }
  return methods
}

function jobsOfCase(
  request: PlanRequest,
  found: FoundDataset,
  one: Case,
  settings: DatasetSettings,
  methods: readonly PlannedMethod[],
  preview: boolean,
): Job[] {
  const { suite, engine } = request
  const scans: { preset: Preset | null; dose: number | null }[] =
    one.kind === 'measured'
      ? [{ preset: null, dose: null }]
      : settings.presets.flatMap(preset => settings.doses.map(dose => ({ preset, dose })))
  const { code } = provenance()
  const data = caseHash(one, settings.sourceHash)
  return scans.flatMap(({ preset, dose }) =>
    methods.map(method => {
      const { parameters, parametersFrom } = choose(method, found, preset, dose)
      const scan = preset && dose !== null ? { preset: presetHash(preset), noise: noiseModelAt(preset, dose) } : null
      const determines = [
        ...[recordVersion, suite.id, suite.seed, found.id, one.id, one.subject, one.split, data, one.window, one.exam],
        ...[scan, dose, method.id, method.sourceHash, parameters, code, protocolIds],
      ]
      const settings = sha256(JSON.stringify(determines))
      return {
        key: keyOf(settings, engine.backend),
        settings,
        dataset: found.id,
        caseId: one.id,
        caseKind: one.kind,
        subject: one.subject,
        split: one.split,
        window: one.window,
        exam: one.exam,
        credit: one.credit ?? found.dataset.credit,
        preset,
        dose,
        method,
        parameters,
        parametersFrom,
        preview,
      }
    }),
  )
}

/** The job as it is when it runs on `backend`: its key says so. */
export function jobOn(job: Job, backend: BackendId): Job {
  return { ...job, key: keyOf(job.settings, backend) }
}

function keyOf(settings: string, backend: BackendId): string {
  return sha256(JSON.stringify([settings, backend]))
}

/** Set values go before tuned ones, tuned ones before the method's defaults. */
function choose(
  method: PlannedMethod,
  found: FoundDataset,
  preset: Preset | null,
  dose: number | null,
): Pick<Job, 'parameters' | 'parametersFrom'> {
  const { entry } = method
  const set = ('parameters' in entry ? entry.parameters : undefined) ?? {}
  const mayTune = !('tuned' in entry && entry.tuned === false)
  const tuned =
    mayTune && method.found.builtIn && preset && dose !== null
      ? tunedParameters(method.found.id, found.dataset.tunedAs ?? found.id, preset.id, dose)
      : null
  const parameters = parseParameters(method.id, method.found.method.parameters, { ...tuned?.parameters, ...set })
  return { parameters, parametersFrom: Object.keys(set).length > 0 ? 'set' : tuned ? 'tuned' : 'default' }
}

/** Data that come from files count with their values; analytic objects are determined by code and id. */
function caseHash(one: Case, datasetHash: string): string {
  if (one.kind === 'measured')
    return sha256(JSON.stringify([datasetHash, one.sinogram.geometry, one.grid, one.scale, sha256OfFloats(one.sinogram.data)]))
  if (one.object.kind === 'analytic') return datasetHash
  const { rows, columns, pixelMm, hu } = one.object
  return sha256(JSON.stringify([datasetHash, rows, columns, pixelMm, sha256OfFloats(hu)]))
}

const presetHashes = new WeakMap<Preset, string>()

function presetHash(preset: Preset): string {
  const known = presetHashes.get(preset)
  if (known) return known
  const { geometry, grid, scale, fit } = preset
  const hash = sha256(JSON.stringify({ geometry, grid, scale, fit }))
  presetHashes.set(preset, hash)
  return hash
}

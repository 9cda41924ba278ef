// `sinobench export-pairs`: cases become pairs of noisy and true images to train networks on.

import { existsSync, statSync } from 'node:fs'
import { resolve } from 'node:path'
import { SingleBar } from 'cli-progress'
import type { Argv, CommandModule } from 'yargs'
import { resolveBackend } from '../ct/create-projector.ts'
import { findPreset, presetIds } from '../ct/presets.ts'
import { backendIds, filterNames, type RampFilter } from '../ct/projector.ts'
import { UserError } from '../ct/user-error.ts'
import { requireWritable } from '../io/atomic-write.ts'
import { exportPairs, type PairDoses, type PairsProgress } from '../run/export-pairs.ts'
import { findDataset, type FoundDataset } from '../run/find-modules.ts'
import type { TrainingPart } from '../run/training-cases.ts'
import { parseChoice, parseDoses, parseNames, parseWhole } from './flags.ts'

interface ExportPairsFlags {
  dataset: string
  data?: string
  preset: string
  split?: string
  patients?: string
  cases?: string
  doses?: string
  'dose-range'?: string
  'per-case'?: string
  realisations?: string
  filters: string
  'no-sinograms': boolean
  'view-splits'?: string
  seed?: string
  backend: string
  out: string
}

/** src/io/pairs-file.ts in short. */
const layout =
  'In the file, by case: truth [cases, rows, columns] in HU, pixel_mm, case_id, subject, window. By pair: case_index, dose, ' +
  'photons_per_ray, electronic_noise, realisation, noise_hu [pairs, filters], fbp [pairs, filters, rows, columns] in HU, ' +
  'sinogram [pairs, views, bins], split_fbp [pairs, K, rows, columns] in HU. Attributes: format, dataset, preset, geometry, filters, ' +
  'seed, package_version, view_splits, backend, licence, credits.'

const command: CommandModule<object, ExportPairsFlags> = {
  command: 'export-pairs',
  describe: 'Write pairs of low-dose FBP and truth to HDF5, to train networks on',
  builder: (yargs: Argv) =>
    yargs
      .options({
        dataset: { type: 'string', demandOption: true, describe: 'dataset: id or file' },
        data: { type: 'string', describe: 'folder or file of a dataset that reads your own data' },
        preset: { type: 'string', demandOption: true, describe: presetIds.join(' | ') },
        split: { type: 'string', describe: 'phantoms, by seed: train | tune [default: train]' },
        patients: { type: 'string', describe: 'your own data, by patient: fit | tune (four, by a hash of their ids) | all [default: fit]' },
        cases: { type: 'string', describe: 'at most so many cases (phantoms need it) [default: all]' },
        doses: { type: 'string', describe: 'dose fractions of every case, with commas: 1,0.25' },
        'dose-range': { type: 'string', describe: 'or drawn for each case, log-uniform: 0.05-1' },
        'per-case': { type: 'string', describe: 'doses that are drawn for a case [default: 1]' },
        realisations: { type: 'string', describe: 'independent noises at each dose [default: 1]' },
        filters: { type: 'string', default: 'ram-lak:1,hann:1', describe: 'FBPs of each pair, window:cutoff with commas' },
        'no-sinograms': { type: 'boolean', default: false, describe: 'leave the sinograms out' },
        'view-splits': { type: 'string', describe: 'add the FBPs of every K-th view (Noise2Inverse) [default: none]' },
        seed: { type: 'string', describe: 'seed of noise and drawn doses [default: 1]' },
        backend: { type: 'string', default: 'auto', describe: `auto, ${backendIds.join(', ')}` },
        out: { type: 'string', demandOption: true, describe: 'HDF5 file' },
      })
      .example('$0 export-pairs --dataset phantom-thorax --cases 60 --preset parallel-256 --doses 1,0.25 --out pairs.h5', 'phantoms')
      .example('$0 export-pairs --dataset dicom --data my-slices --preset mayo-siemens --dose-range 0.05-1 --per-case 5 --out pairs.h5', 'your CT slices')
      .epilogue(layout) as Argv<ExportPairsFlags>,
  handler: runExport,
}

export default command

async function runExport(flags: ExportPairsFlags): Promise<void> {
  const preset = findPreset(flags.preset)
  const mostCases = parseWhole('cases', flags.cases, 1) ?? null
  const doses = parsePairDoses(flags)
  const filters = parseFilters(flags.filters)
  const realisations = parseWhole('realisations', flags.realisations, 1) ?? 1
  const viewSplits = parseWhole('view-splits', flags['view-splits'], 0) ?? 0
  const seed = parseWhole('seed', flags.seed, 0) ?? 1
  const found = await findDataset(flags.dataset)
  const part = parsePart(found, flags)
  if (part.kind === 'split' && mostCases === null) throw new UserError(`Dataset "${found.id}" makes cases as long as it is asked for more. Say how many: --cases 60.`)
  requireWritable(flags.out)
  const { backend } = await resolveBackend(parseChoice('backend', flags.backend, ['auto', ...backendIds]))

  const stop = new AbortController()
  const stopped = (): void => stop.abort()
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, stopped)
  const bar = progressBar()
  try {
    const { pairs, cases } = await exportPairs({
      ...{ found, part, mostCases, preset, doses, realisations, filters, sinograms: !flags['no-sinograms'], viewSplits, seed, backend },
      ...{ path: flags.out, signal: stop.signal, progress: bar },
    })
    bar.stop()
    const megabytes = statSync(flags.out).size / 1e6
    process.stdout.write(`${pairs} pairs of ${cases} case${cases === 1 ? '' : 's'}, ${megabytes.toFixed(megabytes < 10 ? 1 : 0)} MB → ${flags.out}\n`)
  } catch (error) {
    if (!stop.signal.aborted || error !== stop.signal.reason) throw error
    bar.stop()
    process.stderr.write(`Stopped; ${flags.out} is not written.\n`)
    process.exitCode = 130
  } finally {
    bar.stop()
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.removeListener(signal, stopped)
  }
}

/** Which part of the dataset may be exported. @throws UserError for a flag that the dataset does not have. */
function parsePart({ id, dataset }: FoundDataset, { split, patients, data }: ExportPairsFlags): TrainingPart {
  if (split === 'test') throw new UserError('--split test: methods are scored on the test cases, so nothing is trained on them. Choose train or tune.')
  if (!dataset.needsData) {
    if (patients !== undefined) throw new UserError(`--patients is for your own data; "${id}" is split by seed. Use --split train or --split tune.`)
    if (data !== undefined) throw new UserError(`--data is for datasets that read your own data; "${id}" does not. Leave it away.`)
    return { kind: 'split', split: parseChoice('split', split ?? 'train', ['train', 'tune']) }
  }
  if (split !== undefined) throw new UserError(`--split is for phantoms; "${id}" is split by patient. Use --patients fit, tune or all.`)
  if (data === undefined) throw new UserError(`Dataset "${id}" reads your own data. Name its folder: --data DIR.`)
  if (!existsSync(data)) throw new UserError(`--data ${data} does not exist. Name a folder or a file.`)
  return { kind: 'patients', patients: parseChoice('patients', patients ?? 'fit', ['fit', 'tune', 'all']), dataDirectory: resolve(data) }
}

/** @throws UserError unless exactly one of --doses and --dose-range is there and right. */
function parsePairDoses(flags: ExportPairsFlags): PairDoses {
  const { doses, 'dose-range': range, 'per-case': perCase } = flags
  if ((doses === undefined) === (range === undefined))
    throw new UserError(`Give ${doses === undefined ? 'doses' : 'one of the two'}: --doses 1,0.25, or --dose-range 0.05-1 --per-case 5.`)
  if (doses !== undefined) {
    if (perCase !== undefined) throw new UserError('--per-case is for --dose-range; --doses are those of every case.')
    return { kind: 'list', doses: parseDoses(doses, 'doses')! }
  }
  const ends = /^([\d.e]+)-([\d.e]+)$/i.exec(range!.trim())
  const [low, high] = ends ? parseDoses(`${ends[1]},${ends[2]}`, 'dose-range')! : []
  if (low === undefined || high === undefined || low >= high) throw new UserError(`--dose-range ${range} is no range. Give the lower and the higher dose: --dose-range 0.05-1.`)
  return { kind: 'range', low, high, perCase: parseWhole('per-case', perCase, 1) ?? 1 }
}

/** "ram-lak:1,hann:0.8" → filters. @throws UserError. */
function parseFilters(text: string): RampFilter[] {
  return parseNames('filters', text)!.map(item => {
    const [name = '', cutoffText = ''] = item.split(':', 2)
    const cutoff = cutoffText.trim() === '' ? NaN : Number(cutoffText)
    if (!(cutoff > 0 && cutoff <= 1)) throw new UserError(`--filters ${text}: "${item}" is no window:cutoff with a cutoff above 0 and at most 1, such as hann:1.`)
    return { name: parseChoice('filter', name, filterNames), cutoff }
  })
}

function progressBar(): PairsProgress & { stop(): void } {
  const bar = new SingleBar({
    format: '{bar} {value}/{total} pairs | {what} | {eta_formatted} left',
    ...{ stream: process.stderr, hideCursor: true, barsize: 24, etaBuffer: 40, noTTYOutput: true, notTTYSchedule: 5000, clearOnComplete: false },
  })
  const notes: string[] = []
  let running = false
  return {
    expected: pairs => {
      running = true
      bar.start(pairs ?? 0, 0, { what: 'starting' })
    },
    written: (caseId, dose) => bar.increment({ what: `${caseId} · dose ${dose}` }),
    noted: note => void notes.push(note),
    stop: () => {
      if (running) bar.stop()
      running = false
      for (const note of notes.splice(0)) process.stderr.write(`${note}\n`)
    },
  }
}

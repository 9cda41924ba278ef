// Finds each method's parameters: npx tsx bench/tune.ts [--preset P] [--dataset D] [--method M]
// and, for real slices, npx tsx bench/tune.ts --data FOLDER (entries `dicom`; four of its patients).
// For every dataset, preset and dose it looks for the highest mean PSNR under hu-window@1
// on cases of the tune split, writes baselines/tuned.json and appends what it did to
// baselines/tuned.log.md. Narrowed by flags, it replaces those entries only.

import { appendFileSync, existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { findPreset } from '../src/ct/presets.ts'
import { resolveBackend } from '../src/ct/create-projector.ts'
import { findDataset, findMethod } from '../src/run/find-modules.ts'
import { installation } from '../src/run/installation.ts'
import { tunedEntries, type TunedEntry } from '../src/run/tuned.ts'
import { tunedMethods } from './tuning/grids.ts'
import { realCases } from './tuning/real-cases.ts'
import { Projectors, Scene, type SceneCase } from './tuning/scene.ts'
import { search, type Parameters } from './tuning/search.ts'

const doses = [1, 0.25, 0.1]
const plan = [
  { preset: 'parallel-256', datasets: ['phantom-thorax', 'phantom-abdomen', 'phantom-head', 'phantom-quality'], cases: 3, rounds: 3 },
  { preset: 'parallel-256-sparse', datasets: ['phantom-thorax', 'phantom-abdomen'], cases: 3, rounds: 3 },
  { preset: 'lodopab', datasets: ['phantom-thorax', 'phantom-abdomen'], cases: 2, rounds: 3 },
  { preset: 'mayo-siemens', datasets: ['phantom-thorax', 'phantom-abdomen'], cases: 2, rounds: 2 },
]
/** With --data: real slices, for phantoms are sharper than what a scanner's own kernel has left (tuned.log.md). */
const realPlan = [
  { preset: 'parallel-256', datasets: ['dicom'], cases: 4, rounds: 3 },
  { preset: 'lodopab', datasets: ['dicom'], cases: 4, rounds: 2 },
  { preset: 'mayo-siemens', datasets: ['dicom'], cases: 4, rounds: 2 },
]

const tableFile = join(installation().baselines, 'tuned.json')
const logFile = join(installation().baselines, 'tuned.log.md')

const { values: only } = parseArgs({
  options: { preset: { type: 'string' }, dataset: { type: 'string' }, method: { type: 'string' }, data: { type: 'string' } },
})
const { backend } = await resolveBackend('auto')
const projectors = new Projectors(backend)
let entries: TunedEntry[] = [...tunedEntries]
try {
  log(`\n## ${new Date().toISOString().slice(0, 10)}, engine ${backend}\n`)
  log('| preset | dataset | dose | method | parameters | PSNR dB | defaults dB | cases | settings tried | s |')
  log('|---|---|---|---|---|---|---|---|---|---|')
  for (const { preset, datasets, cases, rounds } of only.data ? realPlan : plan)
    for (const dataset of datasets)
      if ((only.preset ?? preset) === preset && (only.dataset ?? dataset) === dataset) await tune(dataset, preset, cases, rounds)
} finally {
  await projectors.dispose()
}

async function tune(dataset: string, presetId: string, caseCount: number, rounds: number): Promise<void> {
  const preset = findPreset(presetId)
  const scenes = Scene.make(dataset, await tuneCases(dataset, caseCount), preset, doses, projectors)
  for (const { method: id, grid } of tunedMethods) {
    if ((only.method ?? id) !== id) continue
    const { method } = await findMethod(id)
    let start: Parameters | null = null
    for (const [dose, scene] of scenes) {
      const began = performance.now()
      const found = await search(grid(preset.grid.pixelMm), parameters => scene.score(method, parameters), { start, rounds })
      const parameters = method.parameters.parse(found.parameters) as Parameters
      // The next dose begins where this one ended.
      start = found.parameters
      const psnrDb = Math.round(found.score * 1000) / 1000
      save({ method: id, dataset, preset: presetId, dose, parameters, psnrDb, cases: caseCount, protocol: 'hu-window@1' })
      const defaults = await scene.score(method, method.parameters.parse({}) as Parameters)
      const seconds = (performance.now() - began) / 1000
      log(
        `| ${presetId} | ${dataset} | ${dose} | ${id} | ${settings(parameters)} | ${psnrDb.toFixed(2)} | ${defaults.toFixed(2)} | ` +
          `${caseCount} | ${found.evaluations} | ${seconds.toFixed(0)} |`,
      )
    }
  }
}

async function tuneCases(dataset: string, count: number): Promise<SceneCase[]> {
  if (only.data) return realCases(only.data, 'tune', count)
  const found = (await findDataset(dataset)).dataset
  const cases: SceneCase[] = []
  for await (const one of found.cases({ split: 'tune', dataDirectory: null, skipped: () => {} })) {
    if (one.kind === 'simulated') cases.push(one)
    if (cases.length === count) break
  }
  return cases
}

/** Written after every search: a run that is stopped keeps what it found. */
function save(entry: TunedEntry): void {
  const place = (one: TunedEntry): string => [one.preset, one.dataset, one.method, (2 - one.dose).toFixed(6)].join(' ')
  entries = [...entries.filter(one => place(one) !== place(entry)), entry].sort((a, b) => (place(a) < place(b) ? -1 : 1))
  const lines = entries.map(one => '    ' + JSON.stringify(one))
  writeFileSync(tableFile, `{\n  "entries": [\n${lines.join(',\n')}\n  ]\n}\n`)
}

function settings(parameters: Parameters): string {
  return Object.entries(parameters)
    .map(([name, value]) => `${name} ${value}`)
    .join(', ')
}

function log(line: string): void {
  if (!existsSync(logFile)) writeFileSync(logFile, '# What bench/tune.ts found\n')
  appendFileSync(logFile, line + '\n')
  console.log(line)
}

// Do parameters tuned on phantoms suit real slices? npx tsx bench/tune-real.ts --data FOLDER [--preset lodopab] [--cases 6]
// For every method it prints, per dose, the mean PSNR (hu-window@1) on real slices with the
// phantom-tuned parameters and with parameters searched on those same slices: the
// difference is what tuning on phantoms costs. Writes nothing.

import { parseArgs } from 'node:util'
import { findPreset } from '../src/ct/presets.ts'
import { resolveBackend } from '../src/ct/create-projector.ts'
import { findDataset, findMethod } from '../src/run/find-modules.ts'
import { tunedParameters } from '../src/run/tuned.ts'
import { tunedMethods } from './tuning/grids.ts'
import { Projectors, Scene, type SceneCase } from './tuning/scene.ts'
import { search, type Parameters } from './tuning/search.ts'

const { values: flags } = parseArgs({
  options: {
    data: { type: 'string' },
    preset: { type: 'string', default: 'lodopab' },
    cases: { type: 'string', default: '6' },
    dose: { type: 'string', default: '1,0.25,0.1' },
    method: { type: 'string' },
  },
})
if (!flags.data) throw new Error('Name a folder of DICOM slices with --data.')
const preset = findPreset(flags.preset)
const doses = flags.dose.split(',').map(Number)
const { dataset } = await findDataset('dicom')
const tunedAs = dataset.tunedAs ?? 'dicom'
const cases = await oneSliceAPatient(flags.data, Number(flags.cases))
const projectors = new Projectors((await resolveBackend('auto')).backend)
try {
  console.log(`${cases.length} slices, one a patient; preset ${preset.id}; tuned on ${tunedAs}\n`)
  console.log('| dose | method | tuned on phantoms | dB | searched on the slices | dB | lost dB | defaults dB |')
  console.log('|---|---|---|---|---|---|---|---|')
  const scenes = Scene.make('dicom', cases, preset, doses, projectors)
  for (const { method: id, grid } of tunedMethods) {
    if ((flags.method ?? id) !== id) continue
    const { method } = await findMethod(id)
    for (const [dose, scene] of scenes) {
      const tuned = tunedParameters(id, tunedAs, preset.id, dose)
      if (!tuned) throw new Error(`${id} is not tuned on ${tunedAs} at ${preset.id}. Run bench/tune.ts first.`)
      const start = tuned.parameters as Parameters
      const onPhantoms = await scene.score(method, start)
      const onSlices = await search(grid(preset.grid.pixelMm), parameters => scene.score(method, parameters), { start })
      const defaults = await scene.score(method, method.parameters.parse({}) as Parameters)
      console.log(
        `| ${dose} | ${id} | ${settings(start)} | ${onPhantoms.toFixed(2)} | ${settings(onSlices.parameters)} | ${onSlices.score.toFixed(2)} | ` +
          `${(onSlices.score - onPhantoms).toFixed(2)} | ${defaults.toFixed(2)} |`,
      )
    }
  }
} finally {
  await projectors.dispose()
}

async function oneSliceAPatient(folder: string, count: number): Promise<SceneCase[]> {
  const found = new Map<string, SceneCase>()
  for await (const one of dataset.cases({ split: 'test', dataDirectory: folder, skipped: () => {} })) {
    if (one.kind === 'simulated' && !found.has(one.subject)) found.set(one.subject, one)
    if (found.size === count) break
  }
  return [...found.values()]
}

function settings(parameters: Parameters): string {
  return Object.entries(parameters)
    .map(([name, value]) => `${name} ${value}`)
    .join(', ')
}

// Do tuned parameters suit real slices? npx tsx bench/tune-real.ts --data FOLDER [--preset lodopab] [--cases 6]
// [--dose 1,0.25] [--method M] [--tuned-as dicom]
// For every method it prints, per dose, the mean PSNR (hu-window@1) on slices of patients that
// tuning never saw, with the table's parameters and with parameters searched on those same
// slices: the difference is what tuning elsewhere costs. Writes nothing.

import { parseArgs } from 'node:util'
import { findPreset } from '../src/ct/presets.ts'
import { resolveBackend } from '../src/ct/create-projector.ts'
import { findMethod } from '../src/run/find-modules.ts'
import { tunedParameters } from '../src/run/tuned.ts'
import { tunedMethods } from './tuning/grids.ts'
import { realCases } from './tuning/real-cases.ts'
import { Projectors, Scene } from './tuning/scene.ts'
import { search, type Parameters } from './tuning/search.ts'

const { values: flags } = parseArgs({
  options: {
    data: { type: 'string' },
    preset: { type: 'string', default: 'lodopab' },
    cases: { type: 'string', default: '6' },
    dose: { type: 'string', default: '1,0.25,0.1' },
    method: { type: 'string' },
    'tuned-as': { type: 'string', default: 'dicom' },
  },
})
if (!flags.data) throw new Error('Name a folder of DICOM slices with --data.')
const preset = findPreset(flags.preset)
const doses = flags.dose.split(',').map(Number)
const tunedAs = flags['tuned-as']
const cases = await realCases(flags.data, 'held-out', Number(flags.cases))
const projectors = new Projectors((await resolveBackend('auto')).backend)
try {
  console.log(`${cases.length} slices, one a held-out patient; preset ${preset.id}; tuned on ${tunedAs}\n`)
  console.log('| dose | method | from the table | dB | searched on the slices | dB | lost dB | defaults dB |')
  console.log('|---|---|---|---|---|---|---|---|')
  const scenes = Scene.make('dicom', cases, preset, doses, projectors)
  for (const { method: id, grid } of tunedMethods) {
    if ((flags.method ?? id) !== id) continue
    const { method } = await findMethod(id)
    for (const [dose, scene] of scenes) {
      const tuned = tunedParameters(id, tunedAs, preset.id, dose)
      if (!tuned) throw new Error(`${id} is not tuned on ${tunedAs} at ${preset.id}. Run bench/tune.ts first.`)
      const start = tuned.parameters as Parameters
      const fromTable = await scene.score(method, start)
      const onSlices = await search(grid(preset.grid.pixelMm), parameters => scene.score(method, parameters), { start })
      const defaults = await scene.score(method, method.parameters.parse({}) as Parameters)
      console.log(
        `| ${dose} | ${id} | ${settings(start)} | ${fromTable.toFixed(2)} | ${settings(onSlices.parameters)} | ${onSlices.score.toFixed(2)} | ` +
          `${(onSlices.score - fromTable).toFixed(2)} | ${defaults.toFixed(2)} |`,
      )
    }
  }
} finally {
  await projectors.dispose()
}

function settings(parameters: Parameters): string {
  return Object.entries(parameters)
    .map(([name, value]) => `${name} ${value}`)
    .join(', ')
}

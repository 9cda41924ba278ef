// What pipeline.py is given of a suite: every case's exact line integrals and truth as
// NPY, and the jobs with their parameters. Drawing phantoms is therefore our work only.

import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { noiseModelAt } from '../../src/ct/acquisition.ts'
import { resolveBackend } from '../../src/ct/create-projector.ts'
import { viewCount } from '../../src/ct/geometry.ts'
import { prepareScan } from '../../src/ct/prepare-scan.ts'
import { huImage } from '../../src/ct/units.ts'
import { writeNpy } from '../../src/io/npy.ts'
import { makePlan, type Job } from '../../src/run/plan.ts'
import { narrowSuite, readSuite } from '../../src/run/suite.ts'

/**
 * Writes cases.json and, for case k, exact-k.npy ([view][bin], dimensionless) and truth-k.npy ([row][column], HU).
 * @returns the number of jobs. The presets must be parallel beams over half a turn whose bins are as wide as the pixels.
 */
export async function writePipelineCases(suitePath: string, folder: string): Promise<number> {
  const suite = narrowSuite(readSuite(suitePath), {})
  const plan = await makePlan({ suite, dataDirectory: null, backendAsked: 'wasm', engine: await resolveBackend('wasm') })
  const cases: unknown[] = []
  for (const { id, dataset } of plan.datasets)
    for await (const one of dataset.cases({ split: suite.split, dataDirectory: null, skipped: () => {} })) {
      const jobs = plan.jobs.filter(job => job.dataset === id && job.caseId === one.id)
      if (jobs.length === 0 || one.kind !== 'simulated') break
      for (const preset of new Set(jobs.map(job => job.preset!))) {
        const { geometry, grid } = preset
        if (geometry.kind !== 'parallel' || geometry.pitchMm !== grid.pixelMm) throw new Error(`pipeline.py knows no geometry such as ${preset.id}'s.`)
        const scan = prepareScan({ object: one.object, preset, seed: { suiteSeed: suite.seed, dataset: id, caseId: one.id } })
        await writeNpy(join(folder, `exact-${cases.length}.npy`), Float32Array.from(scan.exact()), [viewCount(geometry), geometry.bins])
        await writeNpy(join(folder, `truth-${cases.length}.npy`), huImage(scan.truth.data, scan.scale), [grid.rows, grid.columns])
        const ofPreset = jobs.filter(job => job.preset === preset)
        cases.push({
          dataset: id,
          window: [one.window.lowHu, one.window.highHu],
          exam: one.exam,
          pixelMm: grid.pixelMm,
          muWater: scan.scale.muWater,
          // A phantom of image quality is measured and reconstructed twice.
          realisations: one.quality ? 2 : 1,
          doses: [...new Set(ofPreset.map(job => job.dose!))].map(dose => ({
            ...noiseModelAt(preset, dose),
            jobs: ofPreset.filter(job => job.dose === dose).map(asPython),
          })),
        })
      }
    }
  writeFileSync(join(folder, 'cases.json'), JSON.stringify(cases))
  return plan.jobs.length
}

function asPython(job: Job): Record<string, unknown> {
  return { name: job.method.id, method: job.method.found.id, ...job.parameters }
}

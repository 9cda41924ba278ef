// Does the lodopab preset behave like LoDoPaB-CT? Real slices, 4096 photons, protocol lodopab@1:
// FBP with a full Ram-Lak filter against a Hann window whose cutoff is chosen on slices of other
// patients. Published (Baguer 2020 and the dataset's authors, other slices): 24.43 and 30.51 dB.
//   npx tsx bench/lodopab-sanity.ts --data SCORED --tune TUNED [--tune-slices 8]

import { parseArgs } from 'node:util'
import { createProjector, resolveBackend } from '../src/ct/create-projector.ts'
import { fbp } from '../src/ct/fbp.ts'
import { prepareScan } from '../src/ct/prepare-scan.ts'
import { findPreset } from '../src/ct/presets.ts'
import type { RampFilter } from '../src/ct/projector.ts'
import { huImage } from '../src/ct/units.ts'
import { readDicomFolder, type DicomSlice } from '../src/io/dicom.ts'
import { scoreImage } from '../src/metrics/protocols.ts'

const { values: flags } = parseArgs({
  options: { data: { type: 'string' }, tune: { type: 'string' }, 'tune-slices': { type: 'string', default: '8' } },
})
if (!flags.data || !flags.tune) throw new Error('Name two folders of DICOM slices: --data (scored) and --tune (other patients).')

const cutoffs = [0.3, 0.35, 0.4, 0.45, 0.5, 0.55, 0.6, 0.641, 0.7, 0.8, 0.9, 1]
const ramLak: RampFilter = { name: 'ram-lak', cutoff: 1 }
const preset = findPreset('lodopab')
const { backend } = await resolveBackend('auto')
const projector = await createProjector({ geometry: preset.geometry, grid: preset.grid, backend, threads: 1 })

interface Score {
  readonly psnrDb: number
  readonly ssim: number
}

/** Scores of a slice under every filter, from one scan. */
async function scoresOf(slice: DicomSlice, filters: readonly RampFilter[]): Promise<Score[]> {
  const { rows, columns, pixelMm, hu, path } = slice
  const object = { kind: 'raster', rows, columns, pixelMm, hu } as const
  const caseId = path.split('/').at(-1)!
  const scan = prepareScan({ object, preset, name: path, seed: { suiteSeed: 1, dataset: 'lodopab-sanity', caseId } })
  const { sinogram } = scan.measure(1)
  const truthHu = huImage(scan.truth.data, scan.scale)
  const scores: Score[] = []
  for (const filter of filters) {
    const imageHu = huImage((await fbp(projector, sinogram, filter)).data, scan.scale)
    const size = { rows: scan.grid.rows, columns: scan.grid.columns, window: { lowHu: -1350, highHu: 150 }, exam: 'chest' } as const
    const found = scoreImage({ imageHu, truthHu, ...size, protocols: ['lodopab@1'] })['lodopab@1']
    scores.push({ psnrDb: Number(found['psnr_db']), ssim: Number(found['ssim']) })
  }
  return scores
}

/** At most `limit` slices, one of each patient first come. */
async function onePerPatient(folder: string, limit: number): Promise<DicomSlice[]> {
  const found = new Map<string, DicomSlice>()
  for await (const slice of readDicomFolder(folder, () => {})) {
    if (!found.has(slice.patientId)) found.set(slice.patientId, slice)
    if (found.size === limit) break
  }
  return [...found.values()]
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length
}

try {
  const hanns = cutoffs.map(cutoff => ({ name: 'hann', cutoff }) as const)
  const tuning: Score[][] = []
  for (const slice of await onePerPatient(flags.tune, Number(flags['tune-slices']))) tuning.push(await scoresOf(slice, hanns))
  const means = hanns.map((_, i) => mean(tuning.map(scores => scores[i]!.psnrDb)))
  const best = hanns[means.indexOf(Math.max(...means))]!
  console.log(`Tuned on ${tuning.length} slices, ${backend}: ${hanns.map(({ cutoff }, i) => `${cutoff} ${means[i]!.toFixed(2)}`).join(', ')}`)

  const rows: Score[][] = []
  console.log(`\n| slice | kernel | ram-lak dB | hann ${best.cutoff} dB | gain dB | ram-lak SSIM | hann SSIM |\n|---|---|---|---|---|---|---|`)
  const print = (name: string, kernel: string, [full, hann]: Score[]): void =>
    console.log(
      `| ${name} | ${kernel} | ${full!.psnrDb.toFixed(2)} | ${hann!.psnrDb.toFixed(2)} | ${(hann!.psnrDb - full!.psnrDb).toFixed(2)} ` +
        `| ${full!.ssim.toFixed(3)} | ${hann!.ssim.toFixed(3)} |`,
    )
  for await (const slice of readDicomFolder(flags.data, () => {})) {
    const scores = await scoresOf(slice, [ramLak, best])
    rows.push(scores)
    print(slice.path.split('/').at(-1)!, slice.kernel ?? '', scores)
  }
  const average = [0, 1].map(i => ({ psnrDb: mean(rows.map(row => row[i]!.psnrDb)), ssim: mean(rows.map(row => row[i]!.ssim)) }))
  print('mean', '', average)
} finally {
  await projector.dispose()
}

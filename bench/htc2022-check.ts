// Holds our FBP of the real HTC2022 scans to the challenge's own, at full resolution:
//   npx tsx bench/htc2022-check.ts --data ../shared/data/sinograms/htc2022 [--backend auto]
// Prints correlation and scale of every scan that comes with a reconstruction; exits 1
// when one correlates below 0.99.

import { existsSync, readdirSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { createProjector, resolveBackend } from '../src/ct/create-projector.ts'
import { filteredBackProjection } from '../src/ct/filtered-back-projection.ts'
import type { BackendChoice } from '../src/ct/projector.ts'
import { readHtc2022 } from '../src/io/htc2022.ts'
import { readMat, rowMajor } from '../src/io/mat.ts'

const leastCorrelation = 0.99
const { values: flags } = parseArgs({ options: { data: { type: 'string' }, backend: { type: 'string', default: 'auto' } } })
const folder = flags.data ?? process.env['SINOBENCH_TEST_DATA']?.concat('/sinograms/htc2022') ?? '../shared/data/sinograms/htc2022'
if (!existsSync(folder)) throw new Error(`No folder at ${folder}. Name the challenge's .mat files with --data DIR.`)

const { backend } = await resolveBackend(flags.backend as BackendChoice)
for (const name of readdirSync(folder).filter(file => file.endsWith('_full.mat')).sort()) {
  const theirFile = join(folder, name.replace('_full.mat', '_full_recon_fbp.mat'))
  if (!existsSync(theirFile)) continue
  const theirs = (await readMat(theirFile))['reconFullFbp']
  if (theirs?.kind !== 'numbers') throw new Error(`${theirFile} has no reconFullFbp.`)
  const { sinogram, grid } = await readHtc2022(join(folder, name))
  const projector = await createProjector({ geometry: sinogram.geometry, grid, backend, threads: availableParallelism() })
  const start = performance.now()
  const ours = await filteredBackProjection(projector, sinogram, { name: 'ram-lak', cutoff: 1 })
  const ms = Math.round(performance.now() - start)
  await projector.dispose()
  const { correlation, ratio } = compare(ours, rowMajor(theirs))
  const scale = ratio * grid.pixelMm // theirs is attenuation per pixel
  console.log(`${name}: correlation ${correlation.toFixed(5)}, ours/theirs ${scale.toFixed(5)}, ${ms} ms on ${backend}`)
  if (!(correlation >= leastCorrelation)) process.exitCode = 1
}

/** Pearson's correlation, and the mean of a over that of b. */
function compare(a: Float32Array, b: Float32Array): { correlation: number; ratio: number } {
  const mean = (values: Float32Array): number => values.reduce((sum, value) => sum + value, 0) / values.length
  const [meanA, meanB] = [mean(a), mean(b)]
  let [both, squareA, squareB] = [0, 0, 0]
  for (let i = 0; i < a.length; i++) {
    both += (a[i]! - meanA) * (b[i]! - meanB)
    squareA += (a[i]! - meanA) ** 2
    squareB += (b[i]! - meanB) ** 2
  }
  return { correlation: both / Math.sqrt(squareA * squareB), ratio: meanA / meanB }
}

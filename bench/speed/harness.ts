// What a run does beside reconstruction: noise on a scan, and the similarity of two images.

import { Bench } from 'tinybench'
import { acquire, noiseModelAt } from '../../src/ct/acquisition.ts'
import { presets } from '../../src/ct/presets.ts'
import { seedKey } from '../../src/ct/random.ts'
import { inscribedCircle } from '../../src/metrics/inscribed-circle.ts'
import { protocols } from '../../src/metrics/protocols.ts'
import { ssim } from '../../src/metrics/ssim.ts'
import { geometries, rayCount, seeded } from './geometries.ts'
import { budget, rowsOf, type Row } from './row.ts'

/** Rows for SSIM (hu-window@1) and for acquisition (a tenth of parallel-256's dose), and a sum over results. */
export async function measureHarness(size: number): Promise<{ rows: Row[]; sum: number }> {
  const { parallel } = geometries(size)
  const rays = rayCount(parallel)
  const noise = noiseModelAt(presets['parallel-256'], 0.1)
  const exact = Float64Array.from(seeded(rays, `${size} exact`), value => 6 * value)
  const [truth, image] = ['truth', 'image'].map(name => Float64Array.from(seeded(size * size, `${size} ${name}`), value => 400 * value))
  const circle = inscribedCircle(size, size)
  let similarity = 0
  let scan: Float32Array = new Float32Array()

  const bench = new Bench(budget)
  bench.add('SSIM', () => void (similarity = ssim(truth!, image!, size, size, [400], protocols['hu-window@1'].ssim, circle)[0]!))
  bench.add('acquisition', () => void (scan = acquire(exact, parallel, noise, seedKey('bench', size))))
  await bench.run()

  const rows = rowsOf(bench, { engine: '–', beam: '–', size }, {
    SSIM: { amount: size * size, per: 'pixel', bytes: 2 * 8 * size * size },
    acquisition: { amount: rays, per: 'ray', bytes: (8 + 4) * rays },
  })
  return { rows, sum: similarity + scan.reduce((sum, value) => sum + value, 0) }
}

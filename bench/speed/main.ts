// `npm run bench [backend,…]`: what each engine's operations cost, by tinybench.
// Set-up (tables, compilation, upload) happens before the first sample; a sample ends
// when the result is there, readback from a GPU included. Each operation's last result
// feeds a sum that is printed, so that nothing can be optimised away.

import { cpus } from 'node:os'
import Table from 'cli-table3'
import { Bench } from 'tinybench'
import { createProjector, listBackends } from '../../src/ct/create-projector.ts'
import { evenAngles, fanBeam, imageGrid, parallelBeam, viewCount, type Geometry } from '../../src/ct/geometry.ts'
import { backendIds, type BackendId, type ProjectorArray } from '../../src/ct/projector.ts'
import { PhiloxRandom, seedKey } from '../../src/ct/random.ts'
import { UserError } from '../../src/ct/user-error.ts'

const threads = 1
/** Each operation runs for at least this long and this often. */
const budget = { time: 300, iterations: 3, warmupTime: 0, warmupIterations: 1 }
/** Engines for checking and for want of a better one: their larger sizes take minutes, so only who names them gets them. */
const smallUnlessNamed: readonly BackendId[] = ['reference', 'gpujs-webasm', 'gpujs-cpu']

let sink = 0

/** The work of a size: N² pixels of a 384 mm square, about 1.4 N views and bins. */
function geometries(size: number): [string, Geometry][] {
  const views = Math.round(1.40625 * size)
  const bins = Math.round(1.4375 * size)
  const pitchMm = 550 / bins
  return [
    ['parallel', parallelBeam({ anglesRad: evenAngles(views, Math.PI), bins, pitchMm })],
    [
      'curved fan',
      fanBeam({
        detector: 'curved',
        anglesRad: evenAngles(views, 2 * Math.PI),
        bins,
        pitchMm: 946.33 / bins,
        sourceToIsocentreMm: 595,
        sourceToDetectorMm: 1085.6,
      }),
    ],
  ]
}

interface Row {
  readonly backend: BackendId
  readonly geometry: string
  readonly size: number
  readonly operation: string
  readonly medianMs: number
  readonly minimumMs: number
  readonly spreadMs: number
  /** Median over views × pixels, over views × bins for the filter, over pixels for the normal operator. */
  readonly nsEach: number
  readonly per: string
}

async function measure(backend: BackendId, name: string, geometry: Geometry, size: number): Promise<Row[]> {
  const projector = await createProjector({ geometry, grid: imageGrid(size, size, 384 / size), backend, threads })
  try {
    const image = projector.allocate('image')
    const sinogram = projector.allocate('sinogram')
    const resultImage = projector.allocate('image')
    const resultSinogram = projector.allocate('sinogram')
    await projector.upload(seeded(image.length, `${size} image`), image)
    await projector.upload(seeded(sinogram.length, `${size} sinogram`), sinogram)

    const bench = new Bench({ ...budget, throws: true })
    const operations: [string, ProjectorArray, () => Promise<void>][] = [
      ['forward', resultSinogram, () => projector.forward(image, resultSinogram)],
      ['adjoint', resultImage, () => projector.adjoint(sinogram, resultImage)],
      ['filter', resultSinogram, () => projector.filter(sinogram, { name: 'hann', cutoff: 0.8 }, resultSinogram)],
      ['backproject', resultImage, () => projector.backproject(sinogram, resultImage)],
    ]
    const { normal } = projector
    if (normal) operations.push(['normal', resultImage, () => normal.call(projector, image, resultImage)])
    for (const [operation, result, run] of operations)
      bench.add(operation, async () => {
        await run()
        // A GPU answers before it has finished; only its result proves that it has.
        if (projector.adapter !== null) await projector.download(result)
      })
    await bench.run()
    for (const result of [resultImage, resultSinogram])
      for (const value of await projector.download(result)) sink += value

    return bench.tasks.map(task => {
      if (task.result.state !== 'completed') throw new Error(`${backend} ${name} ${task.name}: ${task.result.state}`)
      const { p50, min, p75 } = task.result.latency
      const { work, per } = workOf(task.name, geometry, size)
      return {
        backend,
        geometry: name,
        size,
        operation: task.name,
        medianMs: p50,
        minimumMs: min,
        spreadMs: p75 - min,
        nsEach: (p50 * 1e6) / work,
        per,
      }
    })
  } finally {
    await projector.dispose()
  }
}

function workOf(operation: string, geometry: Geometry, size: number): { work: number; per: string } {
  if (operation === 'filter') return { work: viewCount(geometry) * geometry.bins, per: 'ray' }
  if (operation === 'normal') return { work: size * size, per: 'pixel' }
  return { work: viewCount(geometry) * size * size, per: 'ray-pixel' }
}

function seeded(length: number, name: string): Float32Array {
  const random = new PhiloxRandom(seedKey('bench', name))
  return Float32Array.from({ length }, () => random.uniform())
}

async function chosenBackends(list: string | undefined): Promise<BackendId[]> {
  const wanted = list?.split(',') ?? [...backendIds]
  const unknown = wanted.find(id => !backendIds.includes(id as BackendId))
  if (unknown !== undefined) throw new UserError(`Unknown backend "${unknown}". Known: ${backendIds.join(', ')}.`)
  const chosen: BackendId[] = []
  for (const { id, available, detail } of await listBackends()) {
    if (!wanted.includes(id)) continue
    if (available) chosen.push(id)
    else console.log(`Left out: ${id}. ${detail}`)
  }
  return chosen
}

try {
  const backends = await chosenBackends(process.argv[2])
  const processors = cpus()
  console.log(`${processors.length} × ${processors[0]?.model ?? 'unknown processor'}, Node ${process.version}, ${threads} thread(s) an engine`)
  const table = new Table({
    head: ['engine', 'beam', 'image', 'operation', 'median ms', 'minimum ms', 'p75 − minimum', 'ns', 'per'],
    style: { head: [], border: [] },
  })
  for (const backend of backends) {
    const small = process.argv[2] === undefined && smallUnlessNamed.includes(backend)
    for (const size of small ? [256] : [256, 512]) {
      for (const [name, geometry] of geometries(size)) {
        process.stderr.write(`${backend} ${size}² ${name}\n`)
        for (const row of await measure(backend, name, geometry, size))
          table.push([
            row.backend,
            row.geometry,
            `${row.size}²`,
            row.operation,
            row.medianMs.toFixed(1),
            row.minimumMs.toFixed(1),
            row.spreadMs.toFixed(1),
            row.nsEach.toFixed(3),
            row.per,
          ])
      }
    }
  }
  console.log(table.toString())
  console.log(`Sum over results, so that no work is left out: ${sink}`)
} catch (error) {
  if (!(error instanceof UserError)) throw error
  console.error(error.message)
  process.exitCode = 2
}

// `npm run bench:peers [-- --json] [--rounds 5]`: the same work by ASTRA's CPU algorithms,
// scikit-image and a plain C++ gather, and by the wasm engine on two threads. Everybody
// does each task once a round, one after the other, so that a busy minute meets all of
// them; a ratio is taken within its round. bench/peers/setup.sh installs the others.

import { execFileSync } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { cpus, tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import Table from 'cli-table3'
import { createProjector } from '../../src/ct/create-projector.ts'
import { evenAngles, fanBeam, parallelBeam, type Geometry } from '../../src/ct/geometry.ts'
import { presets } from '../../src/ct/presets.ts'
import { disc, ellipseSinogram } from '../../src/testing/exact-ellipse.ts'
import { leastSquares } from '../../src/testing/least-squares.ts'
import { Contestant, type Answer } from './contestant.ts'

const threads = 2
const attenuation = 0.02
const { geometry: curvedFan, grid } = presets['mayo-siemens']
const { columns: size, pixelMm } = grid
const parallel = parallelBeam({ anglesRad: evenAngles(720, Math.PI), bins: 736, pitchMm: pixelMm })
const iterations = 100
const ramp = { name: 'ram-lak', cutoff: 1 } as const

type Task = () => Promise<Answer>

/** What is compared with what: our task, the peer's, and the ratio that issue 3 asks for. */
const comparisons: readonly { readonly work: string; readonly ours: string; readonly peer: string; readonly wanted: number }[] = [
  { work: 'parallel FBP', ours: 'fbp wasm', peer: 'fbp skimage', wanted: 20 },
  { work: 'parallel FBP', ours: 'fbp wasm', peer: 'fbp astra', wanted: 10 },
  { work: 'parallel FBP, theirs without filter', ours: 'fbp wasm', peer: 'fbp gather', wanted: 1 },
  { work: 'curved fan FBP, theirs flat and without filter', ours: 'curved fan fbp wasm', peer: 'fan bp astra', wanted: 8 },
  { work: 'flat fan FBP, theirs without filter', ours: 'flat fan fbp wasm', peer: 'fan bp astra', wanted: 8 },
  { work: 'forward and adjoint, parallel', ours: 'pair wasm', peer: 'pair astra', wanted: 8 },
  { work: 'an iteration of least squares', ours: 'iteration wasm', peer: 'iteration astra CGLS', wanted: 20 },
  { work: 'an iteration of least squares', ours: 'iteration wasm', peer: 'iteration astra SIRT', wanted: 20 },
]

async function ourTasks(sinogram: Float32Array): Promise<{ tasks: Record<string, Task>; stop: () => Promise<void> }> {
  const fan = fanBeam({ ...asFan(curvedFan), detector: 'flat' })
  const [lines, curved, flat] = await Promise.all([parallel, curvedFan, fan].map(geometry => createProjector({ geometry, grid, backend: 'wasm', threads })))
  const timed = async (work: () => Promise<number | null>): Promise<Answer> => {
    const start = performance.now()
    const value = await work()
    return { ms: performance.now() - start, value }
  }
  const reconstruction = async (projector: typeof lines, data: Float32Array): Promise<Task> => {
    const [measured, filtered, image] = [projector!.allocate('sinogram'), projector!.allocate('sinogram'), projector!.allocate('image')]
    await projector!.upload(data, measured)
    return () =>
      timed(async () => {
        await projector!.filter(measured, ramp, filtered)
        await projector!.backproject(filtered, image)
        return middle(await projector!.download(image))
      })
  }
  const fanData = (geometry: Geometry): Float32Array => ellipseSinogram(geometry, disc(0, 0, 150, attenuation))
  const [image, projected, measured] = [lines!.allocate('image'), lines!.allocate('sinogram'), lines!.allocate('sinogram')]
  await lines!.upload(sinogram, measured)
  await lines!.upload(new Float32Array(size * size).fill(attenuation), image)
  const tasks: Record<string, Task> = {
    'fbp wasm': await reconstruction(lines, sinogram),
    'curved fan fbp wasm': await reconstruction(curved, fanData(curvedFan)),
    'flat fan fbp wasm': await reconstruction(flat, fanData(fan)),
    'pair wasm': () =>
      timed(async () => {
        await lines!.forward(image, projected)
        await lines!.adjoint(projected, image)
        await lines!.axpby(1e-6, image, 0, image) // so that repetition does not end in infinities
        return null
      }),
    'iteration wasm': async () => {
      const solve = { rounds: 4, iterations: iterations / 4, lambda: 200, normal: lines!.normal! }
      const { ms, value } = await timed(async () => middle(await leastSquares(lines!, measured, solve)))
      return { ms: ms / iterations, value }
    },
  }
  return { tasks, stop: async () => void (await Promise.all([lines, curved, flat].map(projector => projector!.dispose()))) }
}

function asFan(geometry: Geometry): Extract<Geometry, { kind: 'fan' }> {
  if (geometry.kind !== 'fan') throw new Error('The preset mayo-siemens is a fan beam.')
  return geometry
}

/** Mean of the quarter of the image in its middle, as in peers.py. */
function middle(image: Float32Array): number {
  let sum = 0
  const [from, to] = [size / 2 - size / 8, size / 2 + size / 8]
  for (let row = from; row < to; row++) for (let column = from; column < to; column++) sum += image[row * size + column]!
  return sum / (to - from) ** 2
}

async function startPeers(folder: string, sinogramPath: string): Promise<{ peers: Contestant[]; leftOut: string[] }> {
  const here = import.meta.dirname
  const peers: Contestant[] = []
  const leftOut: string[] = []
  const python = join(here, '.venv/bin/python')
  const fan = asFan(curvedFan)
  const setup = {
    ...{ size, pixelMm, views: 720, fanViews: fan.anglesRad.length, bins: 736, sinogram: sinogramPath, fanPitchMm: fan.pitchMm },
    ...{ sourceToIsocentreMm: fan.sourceToIsocentreMm, sourceToDetectorMm: fan.sourceToDetectorMm },
  }
  if (existsSync(python)) {
    const peer = await Contestant.start(python, [join(here, 'peers.py'), JSON.stringify(setup)], threads)
    leftOut.push(...peer.missing.map(reason => `${reason}. Run bench/peers/setup.sh.`))
    peers.push(peer)
  } else leftOut.push('ASTRA and scikit-image: bench/peers/.venv is not there. Run bench/peers/setup.sh.')
  try {
    const gather = join(folder, 'gather')
    execFileSync('g++', ['-O3', '-march=native', '-fopenmp', join(here, 'gather.cpp'), '-o', gather], { stdio: 'pipe' })
    peers.push(await Contestant.start(gather, [size, pixelMm, 720, 736, sinogramPath].map(String), threads))
  } catch (error) {
    const reason = (error as NodeJS.ErrnoException).code === 'ENOENT' ? 'there is no g++. Install it (Debian: apt install g++)' : String(error)
    leftOut.push(`The C++ back-projector: ${reason}.`)
  }
  return { peers, leftOut }
}

/** Every task once a round, after one that nobody counts. [task][round]. */
async function runRounds(tasks: Readonly<Record<string, Task>>, rounds: number): Promise<Record<string, Answer[]>> {
  const answers: Record<string, Answer[]> = {}
  for (let round = -1; round < rounds; round++) {
    process.stderr.write(round < 0 ? 'Warm-up\n' : `Round ${round + 1} of ${rounds}\n`)
    for (const [name, task] of Object.entries(tasks)) {
      const answer = await task()
      if (round >= 0) (answers[name] ??= []).push(answer)
    }
  }
  return answers
}

function summary(values: readonly number[]): { median: number; least: number; most: number } {
  const sorted = [...values].sort((a, b) => a - b)
  const half = (sorted.length - 1) / 2
  return { median: (sorted[Math.floor(half)]! + sorted[Math.ceil(half)]!) / 2, least: sorted[0]!, most: sorted.at(-1)! }
}

const { values: flags } = parseArgs({ options: { json: { type: 'boolean', default: false }, rounds: { type: 'string', default: '5' } } })
const rounds = Math.max(1, Math.floor(Number(flags.rounds)) || 5)
const folder = mkdtempSync(join(tmpdir(), 'sinobench-peers-'))
try {
  const sinogram = ellipseSinogram(parallel, disc(0, 0, 150, attenuation))
  const sinogramPath = join(folder, 'sinogram.f32')
  writeFileSync(sinogramPath, sinogram)
  const { peers, leftOut } = await startPeers(folder, sinogramPath)
  const { tasks, stop } = await ourTasks(sinogram)
  for (const peer of peers) for (const name of peer.tasks) tasks[name] = () => peer.run(name)
  const answers = await runRounds(tasks, rounds)
  for (const peer of peers) peer.stop()
  await stop()

  const times = Object.entries(answers).map(([task, done]) => ({ task, ...summary(done.map(({ ms }) => ms)), value: done.at(-1)!.value }))
  const ratios = comparisons
    .filter(({ peer }) => answers[peer])
    .map(({ work, ours, peer, wanted }) => ({ work, ours, peer, wanted, ...summary(answers[peer]!.map(({ ms }, i) => ms / answers[ours]![i]!.ms)) }))
  const machine = `${cpus().length} × ${cpus()[0]?.model ?? 'unknown processor'}, Node ${process.version}, ${threads} threads, ${rounds} rounds`
  if (flags.json) console.log(JSON.stringify({ machine, date: new Date().toISOString(), times, ratios, leftOut }, null, 2))
  else {
    console.log(`${machine}; ${size}² pixels, parallel 720 × 736, fan 1152 × 736; a disc of ${attenuation} per mm`)
    const timeTable = new Table({ head: ['task', 'median ms', 'least', 'most', 'attenuation found'], style: { head: [], border: [] } })
    for (const { task, median, least, most, value } of times)
      timeTable.push([task, median.toFixed(1), least.toFixed(1), most.toFixed(1), value === null ? '' : value.toFixed(5)])
    const ratioTable = new Table({ head: ['work', 'peer', 'their time / ours', 'least', 'most', 'wanted'], style: { head: [], border: [] } })
    for (const { work, peer, median, least, most, wanted } of ratios)
      ratioTable.push([work, peer, median.toFixed(1), least.toFixed(1), most.toFixed(1), `${wanted}${median >= wanted ? '' : ' ✗'}`])
    console.log(`${timeTable.toString()}\n${ratioTable.toString()}`)
    for (const reason of leftOut) console.log(`Left out: ${reason}`)
  }
} finally {
  rmSync(folder, { recursive: true, force: true })
}

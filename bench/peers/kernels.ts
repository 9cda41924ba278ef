// The kernels' work by ASTRA's CPU algorithms, scikit-image and a plain C++ gather, and
// by the wasm engine on two threads.

import { execFileSync } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createProjector } from '../../src/ct/create-projector.ts'
import { evenAngles, fanBeam, parallelBeam, type Geometry } from '../../src/ct/geometry.ts'
import { presets } from '../../src/ct/presets.ts'
import { regularisedLeastSquares } from '../../src/ct/regularised-least-squares.ts'
import { disc, ellipseSinogram } from '../../src/testing/exact-ellipse.ts'
import { markdownTable } from '../markdown-table.ts'
import { Contestant, type Answer } from './contestant.ts'
import { runRounds, summary, withSpread, type Comparison } from './rounds.ts'

const threads = 2
const attenuation = 0.02
const { geometry: curvedFan, grid } = presets['mayo-siemens']
const { columns: size, pixelMm } = grid
const parallel = parallelBeam({ anglesRad: evenAngles(720, Math.PI), bins: 736, pitchMm: pixelMm })
/** Of a solve through AᵀA as a convolution. Every 20 of them end in a forward and an adjoint, which keep it exact. */
const iterations = 100
const solve = { lambda: 500, iterations: 5, normalIterations: iterations / 5 } as const
const ramp = { name: 'ram-lak', cutoff: 1 } as const

type Task = () => Promise<Answer>

interface Match {
  readonly work: string
  readonly ours: string
  readonly peer: string
  /** How the table calls the peer; `VERSION` becomes its version. */
  readonly peerName: string
  /** Their time ÷ ours that is asked for. */
  readonly wanted: number
}

const matches: readonly Match[] = [
  { work: 'parallel FBP, 720 × 736', ours: 'fbp wasm', peer: 'fbp skimage', peerName: 'scikit-image VERSION `iradon`', wanted: 20 },
  { work: 'parallel FBP, 720 × 736', ours: 'fbp wasm', peer: 'fbp astra', peerName: 'ASTRA VERSION CPU `FBP`', wanted: 10 },
  { work: 'parallel FBP, 720 × 736', ours: 'fbp wasm', peer: 'fbp gather', peerName: 'C++ gather, 2 threads, no filter', wanted: 1 },
  { work: 'curved fan FBP, 1152 × 736', ours: 'curved fan fbp wasm', peer: 'fan bp astra', peerName: 'ASTRA `BP`, flat, no filter', wanted: 8 },
  { work: 'flat fan FBP, 1152 × 736', ours: 'flat fan fbp wasm', peer: 'fan bp astra', peerName: 'ASTRA `BP`, flat, no filter', wanted: 8 },
  { work: 'forward and adjoint, parallel', ours: 'pair wasm', peer: 'pair astra', peerName: 'ASTRA `linear`', wanted: 8 },
  { work: 'one of 100 iterations, least squares', ours: 'iteration wasm', peer: 'iteration astra CGLS', peerName: 'ASTRA `CGLS`', wanted: 20 },
  { work: 'one of 100 iterations, least squares', ours: 'iteration wasm', peer: 'iteration astra SIRT', peerName: 'ASTRA `SIRT`', wanted: 20 },
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
  const [image, solution] = [lines!.allocate('image'), lines!.allocate('image')]
  const [projected, measured] = [lines!.allocate('sinogram'), lines!.allocate('sinogram')]
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
      const { ms, value } = await timed(async () => {
        await lines!.axpby(0, image, 0, solution)
        await regularisedLeastSquares(lines!, measured, solution, solve)
        return middle(await lines!.download(solution))
      })
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

/** @throws Error when a peer ends in the middle. */
export async function compareKernels(rounds: number): Promise<Comparison> {
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
    return report(answers, Object.assign({}, ...peers.map(peer => peer.versions)) as Record<string, string>, leftOut)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

function report(answers: Readonly<Record<string, Answer[]>>, versions: Readonly<Record<string, string>>, leftOut: readonly string[]): Comparison {
  const times = Object.entries(answers).map(([task, done]) => ({ task, ...summary(done.map(({ ms }) => ms)), value: done.at(-1)!.value }))
  const timeOf = new Map(times.map(one => [one.task, one]))
  const ratios = matches
    .filter(({ peer }) => answers[peer])
    .map(match => ({ ...match, ...summary(answers[match.peer]!.map(({ ms }, round) => ms / answers[match.ours]![round]!.ms)) }))
  const named = ({ peerName, peer }: Match): string => peerName.replace('VERSION', versions[peer.includes('astra') ? 'astra' : 'skimage'] ?? '')
  const ms = (task: string): string => timeOf.get(task)!.median.toFixed(timeOf.get(task)!.median < 20 ? 1 : 0)
  const table = markdownTable(
    ['work', 'peer', 'their ms', 'our ms', 'ratio', 'wanted'],
    ratios.map((match, row) => [
      match.work === ratios[row - 1]?.work ? '' : match.work,
      ...[named(match), ms(match.peer), ms(match.ours), withSpread(match), `${match.wanted}${match.median >= match.wanted ? '' : ' ✗'}`],
    ]),
  )
  const found = times.filter(({ value }) => value !== null).map(({ task, value }) => `${task} ${value!.toFixed(5)}`)
  const notes = [
    `${threads} threads, ${size}² pixels, one float32 image; ratios within a round. ASTRA and scikit-image use one thread for this.`,
    `Attenuation found in a disc of ${attenuation} per mm: ${found.join(', ')}.`,
    ...leftOut.map(reason => `Left out: ${reason}`),
  ]
  return { found: { threads, times, ratios, versions, leftOut }, text: `${table}\n${notes.join('\n')}` }
}

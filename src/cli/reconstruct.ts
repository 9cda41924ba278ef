// `sinobench reconstruct`: a sinogram becomes an image.

import { availableParallelism } from 'node:os'
import { resolve } from 'node:path'
import type { Argv, CommandModule } from 'yargs'
import { coverageNote } from '../ct/angular-coverage.ts'
import type { HuWindow } from '../ct/case.ts'
import { resolveBackend } from '../ct/create-projector.ts'
import { backendIds } from '../ct/projector.ts'
import { seedKey } from '../ct/random.ts'
import { defaultScale, huImage } from '../ct/units.ts'
import { UserError } from '../ct/user-error.ts'
import { requireWritable, writeFilesAtomic } from '../io/atomic-write.ts'
import type { MeasuredScan } from '../io/measured-scan.ts'
import { encodeNpy } from '../io/npy.ts'
import { encodeGray } from '../io/png.ts'
import { readScan } from '../io/read-scan.ts'
import { huWindows } from '../metrics/protocols.ts'
import { findMethod } from '../run/find-modules.ts'
import type { MethodResult } from '../run/method-host.ts'
import { MethodProcesses } from '../run/method-process.ts'
import { parsePairs, parseParameters } from '../run/parameters.ts'
import { parseChoice, parseNumber, parseWhole } from './flags.ts'
import { parseWindow } from './hu-window.ts'

interface ReconstructFlags {
  sinogram: string
  geometry?: string
  method: string
  set?: string[]
  backend: string
  row?: string
  centre?: string
  'pixel-mm'?: string
  size?: string
  out: string
  png?: string
  window?: string
}

/** A whole day: who waits at a terminal ends it himself. */
const timeoutMs = 24 * 3600 * 1000

const command: CommandModule<object, ReconstructFlags> = {
  command: 'reconstruct <sinogram>',
  describe: 'Reconstruct a sinogram: .npy with its geometry, an HTC2022 .mat, or Data Exchange HDF5',
  builder: (yargs: Argv) =>
    yargs
      .positional('sinogram', { type: 'string', demandOption: true, describe: '.npy, .mat or .h5' })
      .options({
        geometry: { type: 'string', describe: 'geometry.json of a .npy sinogram' },
        method: { type: 'string', default: 'fbp', describe: 'method: id or file (.ts, .js, .onnx)' },
        set: { type: 'string', array: true, describe: "key=value of the method's parameters" },
        backend: { type: 'string', default: 'auto', describe: `auto, ${backendIds.join(', ')}` },
        row: { type: 'string', describe: 'detector row of a Data Exchange file, from 0 [default: 0]' },
        centre: { type: 'string', describe: 'bin of the axis of rotation, from 0 (Data Exchange) [default: estimated]' },
        'pixel-mm': { type: 'string', describe: "size of the image's pixels, for Data Exchange also the detector's, mm" },
        size: { type: 'string', describe: 'rows and columns of the image' },
        out: { type: 'string', demandOption: true, describe: 'image.npy: float32, HU when the scan is calibrated, else 1/mm' },
        png: { type: 'string', describe: 'a picture beside it' },
        window: { type: 'string', describe: "the picture's level,width, in the image's unit" },
      })
      .example('$0 reconstruct scan/sinogram.npy --geometry scan/geometry.json --set cutoff=0.6 --out image.npy', 'what simulate wrote')
      .example('$0 reconstruct htc2022_ta_full.mat --out ta.npy --png ta.png', 'a real fan-beam scan')
      .example('$0 reconstruct tooth.h5 --row 1 --centre 295.8 --out tooth.npy', 'raw projections') as Argv<ReconstructFlags>,
  handler: reconstruct,
}

export default command

async function reconstruct(flags: ReconstructFlags): Promise<void> {
  const window = flags.window === undefined ? undefined : parseWindow(flags.window)
  if (window && flags.png === undefined) throw new UserError('--window is for the picture. Add --png image.png.')
  if (flags.png !== undefined && resolve(flags.png) === resolve(flags.out))
    throw new UserError(`--out and --png are both ${flags.out}. Name two files.`)
  for (const file of [flags.out, flags.png]) if (file !== undefined) requireWritable(file)
  const { id, method, path } = await findMethod(flags.method)
  const parameters = parseParameters(id, method.parameters, parsePairs(flags.set ?? []))
  const { backend } = await resolveBackend(parseChoice('backend', flags.backend, ['auto', ...backendIds]))
  const scan = await readScan(flags.sinogram, {
    geometryPath: flags.geometry,
    row: parseWhole('row', flags.row, 0),
    centreBin: parseNumber('centre', flags.centre),
    pixelMm: parseNumber('pixel-mm', flags['pixel-mm']),
    size: parseWhole('size', flags.size, 1),
  })

  const runner = new MethodProcesses()
  try {
    const { sinogram, grid, scale } = scan
    const outcome = await runner.run(id, {
      methodPath: path,
      parameters,
      geometry: sinogram.geometry,
      grid,
      noise: null,
      scale: scale ?? defaultScale,
      backend,
      threads: availableParallelism(),
      sinogram: sinogram.data,
      randomKey: seedKey('reconstruct', id),
      timeoutMs,
    })
    if (outcome.kind !== 'done') throw new UserError(`Method "${id}" failed on ${flags.sinogram}: ${outcome.reason}`)
    const written = await write(flags, scan, outcome.result, window)
    const missing = coverageNote(sinogram.geometry)
    if (missing) process.stderr.write(`${flags.sinogram}: ${missing}\n`)
    for (const note of scan.notes) process.stdout.write(`${flags.sinogram}: ${note}\n`)
    process.stdout.write(`${id} ${JSON.stringify(parameters)} on ${[outcome.result.backend, outcome.result.network?.runtime].filter(Boolean).join(' + ')}: ${written}\n`)
  } finally {
    await runner.dispose()
  }
}

/** Writes image and picture; says in one line what was written. */
async function write(
  flags: ReconstructFlags,
  { grid, scale }: MeasuredScan,
  { image: attenuation, reconstructMs }: MethodResult,
  window: HuWindow | undefined,
): Promise<string> {
  const values = scale ? huImage(attenuation, scale) : attenuation
  const { lowHu, highHu } = window ?? (scale ? huWindows.thorax : percentiles(values))
  const { rows, columns } = grid
  const image = { path: flags.out, contents: encodeNpy(values, [rows, columns]) }
  const picture = flags.png === undefined ? [] : [{ path: flags.png, contents: encodeGray(values, rows, columns, lowHu, highHu) }]
  await writeFilesAtomic([image, ...picture])
  const unit = scale ? 'HU' : '1/mm (the scan is not calibrated in HU)'
  return `${rows} × ${columns} pixels of ${Number(grid.pixelMm.toPrecision(5))} mm in ${Math.round(reconstructMs)} ms, ${unit} → ${flags.out}`
}

/** From the 1st to the 99.5th percentile: what a picture of uncalibrated values shows. */
function percentiles(values: Float32Array): HuWindow {
  const sorted = values.toSorted()
  const low = sorted[Math.floor(0.01 * (sorted.length - 1))]!
  const high = sorted[Math.ceil(0.995 * (sorted.length - 1))]!
  return { lowHu: low, highHu: high > low ? high : low + 1 }
}

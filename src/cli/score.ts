// `sinobench score`: an image against its truth, under named protocols.

import Table from 'cli-table3'
import colors from 'picocolors'
import type { Argv, CommandModule } from 'yargs'
import type { Exam } from '../ct/case.ts'
import { requireFinite } from '../ct/image.ts'
import { UserError } from '../ct/user-error.ts'
import { readDicomSlice } from '../io/dicom.ts'
import { readNpy } from '../io/npy.ts'
import { metrics } from '../metrics/metric-list.ts'
import { examWindows, huWindows, protocolIds, scoreImage, type Score, type Scores } from '../metrics/protocols.ts'
import { parseChoice, parseNames } from './flags.ts'
import { parseWindow } from './hu-window.ts'

interface ScoreFlags {
  truth: string
  image: string
  protocol?: string
  window?: string
  exam: string
  json: boolean
}

const exams = Object.keys(examWindows) as Exam[]
/** Digits after the point, by metric id. */
const digits: Readonly<Record<string, number>> = { psnr_db: 3, psnr_fr_db: 3, ssim: 5, ssim_fr: 5, rmse_hu: 3 }

const command: CommandModule<object, ScoreFlags> = {
  command: 'score <truth> <image>',
  describe: 'Score an image against its truth under named protocols',
  builder: (yargs: Argv) =>
    yargs
      .positional('truth', { type: 'string', demandOption: true, describe: 'DICOM file, or .npy of CT numbers (HU)' })
      .positional('image', { type: 'string', demandOption: true, describe: 'the image to judge, of the same size' })
      .options({
        protocol: { type: 'string', describe: `protocols, with commas: ${protocolIds.join(' | ')} [default: all]` },
        window: { type: 'string', describe: 'level,width in HU of hu-window@1 [default: -600,1500]' },
        exam: { type: 'string', default: 'chest', describe: `window of ldctbench@1: ${exams.join(' | ')}` },
        json: { type: 'boolean', default: false, describe: 'scores by protocol and metric, as JSON' },
      })
      .example('$0 score truth.npy image.npy', 'under every protocol')
      .example('$0 score truth.dcm image.npy --protocol hu-window@1 --window 50,400 --json', 'one protocol, in an abdominal window') as
      Argv<ScoreFlags>,
  handler: score,
}

export default command

async function score(flags: ScoreFlags): Promise<void> {
  const names = parseNames('protocol', flags.protocol)
  const protocols = names ? names.map(name => parseChoice('protocol', name, protocolIds)) : protocolIds
  const window = flags.window === undefined ? huWindows.thorax : parseWindow(flags.window)
  const exam = parseChoice('exam', flags.exam, exams)
  const truth = await readHuImage(flags.truth)
  const image = await readHuImage(flags.image)
  if (truth.rows !== image.rows || truth.columns !== image.columns)
    throw new UserError(
      `${flags.image} is ${image.rows} × ${image.columns}, its truth ${flags.truth} is ${truth.rows} × ${truth.columns}. Score images on the same grid.`,
    )
  const scores = scoreImage({ truthHu: truth.hu, imageHu: image.hu, rows: truth.rows, columns: truth.columns, window, exam, protocols })
  if (flags.json) {
    process.stdout.write(`${JSON.stringify(scores, null, 2)}\n`)
    return
  }
  const about = `${flags.image} against ${flags.truth}; window ${window.lowHu}…${window.highHu} HU, exam ${exam}`
  process.stdout.write(`${colors.bold(about)}\n${tableOf(scores)}\n`)
}

interface HuImage {
  readonly rows: number
  readonly columns: number
  /** Row-major [row][column], float32, HU. */
  readonly hu: Float32Array
}

/** @throws UserError when the file is no image of finite numbers. */
async function readHuImage(path: string): Promise<HuImage> {
  if (!path.toLowerCase().endsWith('.npy')) return readDicomSlice(path)
  const { shape, data } = await readNpy(path)
  if (shape.length !== 2) throw new UserError(`${path} has the shape (${shape.join(', ')}), expected an image: (rows, columns).`)
  requireFinite(path, data)
  return { rows: shape[0]!, columns: shape[1]!, hu: data }
}

/** One row a protocol: no score stands without its name. */
function tableOf(scores: Readonly<Record<string, Scores>>): string {
  const shown = metrics.filter(metric => Object.values(scores).some(found => metric.id in found))
  const table = new Table({
    head: ['protocol', ...shown.map(({ title, unit }) => (unit === '1' ? title : `${title} ${unit}`))],
    colAligns: ['left', ...shown.map(() => 'right' as const)],
    style: { head: [], border: [] },
  })
  for (const [protocol, found] of Object.entries(scores))
    table.push([colors.cyan(protocol), ...shown.map(({ id }) => (id in found ? formatScore(found[id]!, digits[id]!) : ''))])
  return table.toString()
}

function formatScore(value: Score, places: number): string {
  return value === 'Infinity' ? '∞' : value.toFixed(places)
}

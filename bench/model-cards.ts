// Fills the cards of the learned methods: what training.json and the model say, the
// scores of the published leaderboards, and a picture of a head, which no network was
// trained on. The text around the marked part is written by hand and stays.
//   npx tsx bench/model-cards.ts

import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { encode } from 'fast-png'
import { createProjector } from '../src/ct/create-projector.ts'
import { prepareScan } from '../src/ct/prepare-scan.ts'
import { findPreset } from '../src/ct/presets.ts'
import { PhiloxRandom, seedKey } from '../src/ct/random.ts'
import { huImage } from '../src/ct/units.ts'
import { divergingColour } from '../src/io/png.ts'
import { parseOnnxModel, readModelFile } from '../src/networks/onnx-model.ts'
import { findDataset, findMethod } from '../src/run/find-modules.ts'
import { markdownTable } from './markdown-table.ts'

const root = resolve(import.meta.dirname, '..')
const [begin, end] = ['<!-- made by bench/model-cards.ts, do not edit -->', '<!-- end -->']
/** Leaderboards, in the order in which a card shows them. */
const boards = ['learned-real', 'learned']
const picture = { dataset: 'phantom-head', preset: 'parallel-256', dose: 0.15, window: [0, 80] as const, errorHu: 40 }

interface Training {
  readonly parameters: number
  readonly seconds: number
  readonly hardware: string
  readonly torch: string
  readonly settings: Readonly<Record<string, unknown>>
  readonly keptStep: number
  readonly fit: readonly Files[]
  readonly tune: readonly Files[]
}
interface Files {
  readonly file: string
  readonly preset: string
  readonly pairs: number
  readonly cases: number
  readonly doses: readonly number[]
}

for (const id of readdirSync(join(root, 'baselines'))) {
  const folder = join(root, 'baselines', id)
  const card = join(folder, 'card.md')
  if (!existsSync(join(folder, 'training.json'))) continue
  if (!existsSync(card)) throw new Error(`${card} is missing: write what the method is bad at, with the lines\n${begin}\n${end}`)
  await writePicture(id, folder)
  const text = readFileSync(card, 'utf8')
  const [from, to] = [text.indexOf(begin), text.indexOf(end)]
  if (from < 0 || to < from) throw new Error(`${card} lacks the lines "${begin}" and "${end}".`)
  writeFileSync(card, `${text.slice(0, from)}${begin}\n\n${generated(id, folder)}\n${text.slice(to)}`)
  console.log(`Wrote ${card}`)
}

function generated(id: string, folder: string): string {
  const training = JSON.parse(readFileSync(join(folder, 'training.json'), 'utf8')) as Training
  const models = readdirSync(folder).filter(name => name.endsWith('.onnx'))
  const metadata = JSON.parse(parseOnnxModel(readModelFile(join(folder, models[0]!)), models[0]!).metadata.get('sinobench')!) as Record<string, string>
  const megabytes = models.map(name => `${name} ${(statSync(join(folder, name)).size / 1e6).toFixed(2)} MB`).join(', ')
  const { settings } = training
  const facts = [
    ['Source', metadata['citation']!],
    ['Licence of the weights', metadata['licence']!],
    ['Credit', metadata['credit']!],
    ['Size', `${training.parameters.toLocaleString('en')} parameters; ${megabytes}`],
    ['Trained', `${(training.seconds / 3600).toFixed(2)} h of wall-clock on a busy machine; ${training.hardware}; PyTorch ${training.torch}`],
    ['Seed', String(settings['seed'])],
    ['Settings', ['steps', 'batch', 'patch', 'rate', 'unrolled'].filter(name => settings[name] !== undefined).map(name => `${name} ${String(settings[name])}`).join(', ')],
    ['Step kept', String(training.keptStep)],
  ]
  const files = [...training.fit.map(one => ['fit', one] as const), ...training.tune.map(one => ['tune', one] as const)].map(([use, one]) => [
    use, one.file, one.preset, String(one.cases), String(one.pairs), one.doses.join(', '),
  ])
  const parts = [
    markdownTable(['', ''], facts),
    '## Trained on\n\n' + markdownTable(['use', 'file', 'preset', 'cases', 'pairs', 'doses'], files),
    ...boards.filter(name => existsSync(boardFile(name))).map(name => scores(id, name)),
    `## An anatomy and a dose that it never saw\n\n\`${picture.dataset}\` at \`${picture.preset}\`, dose ${picture.dose}: truth, tuned FBP and this method ` +
      `(${picture.window.join('…')} HU), and this method's error (blue −${picture.errorHu} HU, red +${picture.errorHu} HU).\n\n![truth, FBP, ${id}, error](card.png)`,
  ]
  return parts.join('\n\n') + '\n'
}

function boardFile(name: string): string {
  return join(root, 'reports', 'reference', name, 'leaderboard.csv')
}

/** Mean PSNR under hu-window@1 of this method, tuned FBP and the best classical method, from a published leaderboard. */
function scores(id: string, board: string): string {
  const rows = readCsv(readFileSync(boardFile(board), 'utf8')).filter(row => row['protocol'] === 'hu-window@1')
  const lines: string[][] = []
  for (const mine of rows.filter(row => row['method'] === id)) {
    const same = rows.filter(row => (['dataset', 'geometry', 'dose'] as const).every(field => row[field] === mine[field]))
    const classical = same.filter(row => ['fbp', 'bilateral', 'nlm', 'gaussian'].includes(row['method']!))
    const fbp = same.find(row => row['method'] === 'fbp')
    const best = classical.reduce((a, b) => (Number(a['psnr_db_mean']) >= Number(b['psnr_db_mean']) ? a : b))
    const psnr = Number(mine['psnr_db_mean'])
    const gain = (row: Record<string, string> | undefined): string => (row ? (psnr - Number(row['psnr_db_mean'])).toFixed(2) : '–')
    lines.push([mine['dataset']!, mine['geometry']!, mine['dose']!, psnr.toFixed(2), Number(mine['ssim_mean']).toFixed(3), gain(fbp), `${gain(best)} (${best['method']!})`, mine['cases']!])
  }
  const header = ['dataset', 'preset', 'dose', 'PSNR dB', 'SSIM', 'above FBP', 'above the best classical', 'cases']
  return `## Scores: \`reports/reference/${board}\`\n\nUnder \`hu-window@1\`; slices and anatomies that no training saw.\n\n${markdownTable(header, lines)}`
}

/** Quoted fields may hold commas and doubled quotes; no field of a leaderboard holds a line break. */
function readCsv(text: string): Record<string, string>[] {
  const [header, ...lines] = text.trim().split('\n').map(line => [...line.matchAll(/(?:^|,)(?:"((?:[^"]|"")*)"|([^,]*))/g)].map(match => match[1]?.replaceAll('""', '"') ?? match[2]!))
  return lines.map(fields => Object.fromEntries(header!.map((name, i) => [name, fields[i]!])))
}

async function writePicture(id: string, folder: string): Promise<void> {
  const preset = findPreset(picture.preset)
  const { dataset } = await findDataset(picture.dataset)
  for await (const one of dataset.cases({ split: 'test', dataDirectory: null, skipped: () => {} })) {
    if (one.kind !== 'simulated') throw new Error(`${picture.dataset} is not simulated.`)
    const scan = prepareScan({ object: one.object, preset, seed: { suiteSeed: 1, dataset: picture.dataset, caseId: one.id } })
    const { sinogram, noise } = scan.measure(picture.dose)
    const { geometry, grid, scale } = scan
    const projector = await createProjector({ geometry, grid, backend: 'wasm', threads: 1 })
    const images: Float32Array[] = [huImage(scan.truth.data, scale)]
    for (const name of ['fbp', id]) {
      const { method } = await findMethod(name)
      const parameters = name === 'fbp' ? { filter: 'cosine', cutoff: 0.85 } : {}
      const prepared = await method.prepare({ geometry, grid, noise, scale, projector }, method.parameters.parse(parameters))
      const context = { signal: new AbortController().signal, random: new PhiloxRandom(seedKey('card', name)), report: () => {} }
      images.push(huImage((await prepared.reconstruct(sinogram, context)).data, scale))
      await prepared.dispose?.()
    }
    await projector.dispose()
    images.push(images[2]!.map((value, i) => value - images[0]![i]!))
    writeFileSync(join(folder, 'card.png'), strip(images, grid.rows, grid.columns))
    return
  }
}

/** Truth, FBP and method in grey, the error in colour, side by side. */
function strip(images: readonly Float32Array[], rows: number, columns: number): Uint8Array {
  const width = images.length * columns
  const data = new Uint8Array(width * rows * 3)
  const [low, high] = picture.window
  images.forEach((image, which) =>
    image.forEach((hu, i) => {
      const grey = Math.round(255 * Math.min(1, Math.max(0, (hu - low) / (high - low))))
      const colour = which < 3 ? [grey, grey, grey] : divergingColour(Math.min(1, Math.max(-1, hu / picture.errorHu)))
      data.set(colour, 3 * (Math.floor(i / columns) * width + which * columns + (i % columns)))
    }),
  )
  return encode({ width, height: rows, data, channels: 3, depth: 8 })
}

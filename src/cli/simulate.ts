// `sinobench simulate`: an object becomes the files of a noisy scan.

import { join } from 'node:path'
import type { Argv, CommandModule } from 'yargs'
import { noiseModelAt, type AcquisitionOverrides } from '../ct/acquisition.ts'
import { viewCount } from '../ct/geometry.ts'
import { prepareScan } from '../ct/prepare-scan.ts'
import { findPreset, presetIds } from '../ct/presets.ts'
import { UserError } from '../ct/user-error.ts'
import { installation } from '../run/installation.ts'
import { scanInputs } from '../run/scan-inputs.ts'
import { writeScan } from '../run/write-scan.ts'
import { parseDoses, parseWhole, parseNumber } from './flags.ts'

interface SimulateFlags {
  input: string
  preset: string
  dose: string
  photons?: string
  'electronic-noise'?: string
  'pixel-mm'?: string
  seed?: string
  out: string
}

const command: CommandModule<object, SimulateFlags> = {
  command: 'simulate <input>',
  describe: 'Simulate a low-dose scan of a slice or phantom; writes the sinogram with all that belongs to it',
  builder: (yargs: Argv) =>
    yargs
      .positional('input', {
        type: 'string',
        demandOption: true,
        describe: 'DICOM file, folder of them, .npy image in HU, or a phantom: phantom-thorax, phantom-thorax/test-003',
      })
      .options({
        preset: { type: 'string', demandOption: true, describe: presetIds.join(' | ') },
        dose: { type: 'string', demandOption: true, describe: 'fraction of the full dose, above 0 and at most 1' },
        photons: { type: 'string', describe: "photons per ray at full dose [default: the preset's]" },
        'electronic-noise': { type: 'string', describe: "standard deviation in photons [default: the preset's]" },
        'pixel-mm': { type: 'string', describe: 'pixel size of a .npy image, mm' },
        seed: { type: 'string', describe: 'seed of the noise [default: 1]' },
        out: { type: 'string', demandOption: true, describe: 'folder for sinogram.npy, geometry.json, truth.npy, acquisition.json' },
      })
      .example('$0 simulate phantom-thorax --preset mayo-siemens --dose 0.1 --out scan', 'a phantom at a tenth of the dose')
      .example('$0 simulate slice.npy --pixel-mm 0.7 --preset lodopab --dose 1 --out scan', 'an image of CT numbers') as Argv<SimulateFlags>,
  handler: simulate,
}

export default command

async function simulate(flags: SimulateFlags): Promise<void> {
  const preset = findPreset(flags.preset)
  const dose = parseOneDose(flags.dose)
  const overrides: AcquisitionOverrides = {
    photonsPerRay: parseNumber('photons', flags.photons),
    electronicNoise: parseNumber('electronic-noise', flags['electronic-noise']),
  }
  noiseModelAt(preset, dose, overrides) // refuses wrong numbers before any work
  const pixelMm = parseNumber('pixel-mm', flags['pixel-mm'])
  if (pixelMm !== undefined && pixelMm <= 0) throw new UserError(`--pixel-mm ${flags['pixel-mm']} is not a length above 0.`)
  const suiteSeed = parseWhole('seed', flags.seed, 0) ?? 1

  const skipped = (file: string, reason: string): void => void process.stderr.write(`Passed over ${file}: ${reason}\n`)
  let written = 0
  for await (const { object, name, dataset, caseId, folder } of scanInputs({ input: flags.input, pixelMm, skipped })) {
    let scan
    try {
      scan = prepareScan({ object, preset, overrides, name, seed: { suiteSeed, dataset, caseId } })
    } catch (error) {
      // One slice of a folder that does not fit is passed over, as a file that is no slice is.
      if (folder === '' || !(error instanceof UserError)) throw error
      skipped(name, error.message)
      continue
    }
    const measured = scan.measure(dose)
    const directory = join(flags.out, folder)
    const about = { object: name, preset: preset.id, dose, seed: suiteSeed, dataset, case: caseId, packageVersion: installation().version }
    await writeScan(directory, scan, measured, about)
    written++
    if (scan.note) process.stderr.write(`${name}: ${scan.note}\n`)
    const photons = Number(measured.noise.photonsPerRay.toPrecision(4))
    process.stdout.write(`${name}: ${viewCount(scan.geometry)} views × ${scan.geometry.bins} bins, ${photons} photons per ray → ${directory}\n`)
  }
  if (written === 0) throw new UserError(`No slice of ${flags.input} could be scanned with preset ${preset.id}.`)
}

function parseOneDose(text: string): number {
  const doses = parseDoses(text) ?? []
  if (doses.length !== 1) throw new UserError(`--dose ${text} names ${doses.length} doses; simulate takes one.`)
  return doses[0]!
}

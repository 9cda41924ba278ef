// Scans of the Helsinki Tomography Challenge 2022 (Meaney, Siltanen et al.): a flat-fan
// sinogram in a MATLAB struct CtDataFull or CtDataLimited, already −ln, together with
// its geometry. Stored angles are our θ; the last view of a full turn repeats the first.

import { UserError } from '../ct/user-error.ts'
import { fanBeam, imageGrid } from '../ct/geometry.ts'
import { sinogram } from '../ct/image.ts'
import { readMat, rowMajor, type MatNumbers, type MatStruct } from './mat.ts'
import type { MeasuredScan } from './measured-scan.ts'

/** The challenge reconstructs 512² pixels of the detector's pitch at the isocentre. */
const side = 512

/** @throws UserError when the file is missing, truncated, or not a scan of the challenge. */
export async function readHtc2022(path: string): Promise<MeasuredScan> {
  const variables = await readMat(path)
  const scan = variables['CtDataFull'] ?? variables['CtDataLimited']
  if (scan?.kind !== 'struct')
    throw new UserError(
      `${path} holds ${Object.keys(variables).join(', ') || 'no variables'}, expected the struct CtDataFull or CtDataLimited of the challenge.`,
    )
  const values = numbers(scan, 'sinogram', path)
  const parameters = scan.fields['parameters']
  if (parameters?.kind !== 'struct') throw new UserError(`${path} has no struct "parameters".`)
  const angles = numbers(parameters, 'angles', path).data
  const [storedViews = 0, bins = 0] = values.shape
  if (values.shape.length !== 2 || storedViews !== angles.length || bins !== one(parameters, 'numDetectorsPost', path))
    throw new UserError(
      `${path} has a sinogram of ${values.shape.join(' × ')}, its parameters say ${angles.length} angles and ${one(parameters, 'numDetectorsPost', path)} detectors.`,
    )

  const repeated = storedViews > 1 && Math.abs(Math.abs(angles[storedViews - 1]! - angles[0]!) - 360) < 1e-6
  const views = repeated ? storedViews - 1 : storedViews
  const geometry = fanBeam({
    detector: 'flat',
    anglesRad: Array.from(angles.subarray(0, views), degrees => (degrees * Math.PI) / 180),
    bins,
    pitchMm: one(parameters, 'pixelSizePost', path),
    sourceToIsocentreMm: one(parameters, 'distanceSourceOrigin', path),
    sourceToDetectorMm: one(parameters, 'distanceSourceDetector', path),
  })
  const notes = [`${views} views × ${bins} bins, flat fan, as the file's parameters say${repeated ? '; the last view repeated the first and was dropped' : ''}`]
  return {
    sinogram: sinogram(geometry, rowMajor(values).slice(0, views * bins), path),
    grid: imageGrid(side, side, one(parameters, 'effectivePixelSizePost', path)),
    scale: null,
    notes,
  }
}

function numbers(struct: MatStruct, field: string, path: string): MatNumbers {
  const value = struct.fields[field]
  if (value?.kind !== 'numbers') throw new UserError(`${path} has no numbers in "${field}".`)
  return value
}

function one(struct: MatStruct, field: string, path: string): number {
  const value = numbers(struct, field, path).data[0]
  if (value === undefined || !Number.isFinite(value)) throw new UserError(`${path} has no value for "${field}".`)
  return value
}

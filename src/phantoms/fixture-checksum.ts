// Fingerprints of a phantom's truth and of its exact line integrals, on fixed small
// geometries: they say whether this machine makes the very bits that others made.

import { createHash } from 'node:crypto'
import type { AnalyticObject } from '../ct/case.ts'
import { evenAngles, fanBeam, imageGrid, parallelBeam } from '../ct/geometry.ts'

export interface FixtureChecksum {
  /** SHA-256 of 256² pixels of 1.5 mm, float32, little endian, hex. */
  readonly raster: string
  /** SHA-256 of the line integrals as float32, little endian, hex: 24 views × 184 bins of 2.1 mm. */
  readonly parallel: string
  /** The same of a curved fan: 24 views × 184 bins of 5.2 mm, source at 595 mm, detector at 1085.6 mm. */
  readonly fan: string
}

const grid = imageGrid(256, 256, 1.5)
const parallel = parallelBeam({ anglesRad: evenAngles(24, Math.PI, 0.05), bins: 184, pitchMm: 2.1, offsetMm: 0.3 })
const fan = fanBeam({
  detector: 'curved',
  anglesRad: evenAngles(24, 2 * Math.PI, 0.05),
  bins: 184,
  pitchMm: 5.2,
  offsetMm: 1.3,
  sourceToIsocentreMm: 595,
  sourceToDetectorMm: 1085.6,
})

export function fixtureChecksum(object: AnalyticObject): FixtureChecksum {
  return {
    raster: sha256(object.rasterise(grid)),
    parallel: sha256(Float32Array.from(object.lineIntegrals(parallel))),
    fan: sha256(Float32Array.from(object.lineIntegrals(fan))),
  }
}

function sha256(values: Float32Array): string {
  const bytes = new DataView(new ArrayBuffer(4 * values.length))
  values.forEach((value, i) => bytes.setFloat32(4 * i, value, true))
  return createHash('sha256').update(new Uint8Array(bytes.buffer)).digest('hex')
}

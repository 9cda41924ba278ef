// Scan geometries and image grids: plain immutable data, validated once by the
// makers below and trusted afterwards.
// Axes: image row 0 is the top, x to the right, y up; detector axis
// u = (cos θ, sin θ) with θ counter-clockwise; bin centre
// s = (bin − (bins − 1)/2)·pitchMm + offsetMm.
// Fan beam: source S = sourceToIsocentreMm·(sin θ, −cos θ), detector on the far side.

import { UserError } from './user-error.ts'

/** Parallel rays: the ray of detector coordinate s is { p : p·u = s }. */
export interface ParallelBeam {
  readonly kind: 'parallel'
  /** View angles θ in radians, one per view. */
  readonly anglesRad: readonly number[]
  readonly bins: number
  /** Distance of neighbouring bin centres, mm. */
  readonly pitchMm: number
  /** Detector coordinate s of the middle of the detector, mm. */
  readonly offsetMm: number
}

/** A point source and a detector that turn about the isocentre. */
export interface FanBeam {
  readonly kind: 'fan'
  /** flat: bins on a line at sourceToDetectorMm. curved: on an arc about the source (equiangular). */
  readonly detector: 'flat' | 'curved'
  /** View angles θ in radians, one per view. */
  readonly anglesRad: readonly number[]
  /** full: θ covers 2π. short: θ covers π + fan angle and takes Parker weights. */
  readonly scan: 'full' | 'short'
  readonly bins: number
  /** Distance of neighbouring bin centres on the detector, mm (arc length when curved). */
  readonly pitchMm: number
  /** Detector coordinate of the middle of the detector, mm (arc length when curved). */
  readonly offsetMm: number
  readonly sourceToIsocentreMm: number
  readonly sourceToDetectorMm: number
}

export type Geometry = ParallelBeam | FanBeam

/** Square pixels, centred on the isocentre. Row-major [row][column]. */
export interface ImageGrid {
  readonly rows: number
  readonly columns: number
  readonly pixelMm: number
}

export class GeometryError extends UserError {
  override readonly name = 'GeometryError'
}

/** Views θ_k = startRad + k·spanRad/views, k = 0 … views − 1 (the end is not repeated). */
export function evenAngles(views: number, spanRad: number, startRad = 0): number[] {
  requireWhole('views', views)
  return Array.from({ length: views }, (_, view) => startRad + (view * spanRad) / views)
}

/** @throws GeometryError naming the field that is wrong. */
export function parallelBeam(fields: Omit<ParallelBeam, 'kind' | 'offsetMm'> & { offsetMm?: number }): ParallelBeam {
  const geometry: ParallelBeam = {
    kind: 'parallel',
    anglesRad: Object.freeze([...fields.anglesRad]),
    bins: fields.bins,
    pitchMm: fields.pitchMm,
    offsetMm: fields.offsetMm ?? 0,
  }
  validateDetector(geometry)
  return Object.freeze(geometry)
}

/** @throws GeometryError naming the field that is wrong. */
export function fanBeam(
  fields: Omit<FanBeam, 'kind' | 'offsetMm' | 'scan'> & { offsetMm?: number; scan?: FanBeam['scan'] },
): FanBeam {
  const geometry: FanBeam = {
    kind: 'fan',
    detector: fields.detector,
    anglesRad: Object.freeze([...fields.anglesRad]),
    scan: fields.scan ?? 'full',
    bins: fields.bins,
    pitchMm: fields.pitchMm,
    offsetMm: fields.offsetMm ?? 0,
    sourceToIsocentreMm: fields.sourceToIsocentreMm,
    sourceToDetectorMm: fields.sourceToDetectorMm,
  }
  validateDetector(geometry)
  requirePositive('sourceToIsocentreMm', geometry.sourceToIsocentreMm)
  requirePositive('sourceToDetectorMm', geometry.sourceToDetectorMm)
  if (geometry.sourceToDetectorMm < geometry.sourceToIsocentreMm)
    throw new GeometryError(
      `sourceToDetectorMm is ${geometry.sourceToDetectorMm}, closer than the isocentre at ${geometry.sourceToIsocentreMm}. The detector lies beyond the isocentre.`,
    )
  if (geometry.detector === 'curved') {
    const halfFanRad = Math.max(...binEnds(geometry).map(Math.abs)) / geometry.sourceToDetectorMm
    if (halfFanRad >= Math.PI / 2)
      throw new GeometryError(`The curved detector spans ${halfFanRad.toFixed(3)} rad to one side, expected less than π/2.`)
  }
  return Object.freeze(geometry)
}

/** @throws GeometryError naming the field that is wrong. */
export function imageGrid(rows: number, columns: number, pixelMm: number): ImageGrid {
  requireWhole('rows', rows)
  requireWhole('columns', columns)
  requirePositive('pixelMm', pixelMm)
  return Object.freeze({ rows, columns, pixelMm })
}

export function viewCount(geometry: Geometry): number {
  return geometry.anglesRad.length
}

/** Number of values of a sinogram of this geometry: views × bins. */
export function sinogramLength(geometry: Geometry): number {
  return geometry.anglesRad.length * geometry.bins
}

export function imageLength(grid: ImageGrid): number {
  return grid.rows * grid.columns
}

/** Detector coordinates (mm) of the outer edges of the first and the last bin. */
export function binEnds(geometry: Geometry): [number, number] {
  const half = (geometry.bins * geometry.pitchMm) / 2
  return [geometry.offsetMm - half, geometry.offsetMm + half]
}

/**
 * Radius (mm) of the circle about the isocentre that every view sees whole. A
 * detector with an offset is judged by its shorter side.
 */
export function fieldOfViewRadiusMm(geometry: Geometry): number {
  const [low, high] = binEnds(geometry)
  const reachMm = Math.min(-low, high)
  if (reachMm <= 0) return 0
  if (geometry.kind === 'parallel') return reachMm
  const fanRad =
    geometry.detector === 'curved' ? reachMm / geometry.sourceToDetectorMm : Math.atan(reachMm / geometry.sourceToDetectorMm)
  return geometry.sourceToIsocentreMm * Math.sin(fanRad)
}

/** Radius (mm) of the grid's inscribed circle. */
export function gridRadiusMm(grid: ImageGrid): number {
  return (Math.min(grid.rows, grid.columns) * grid.pixelMm) / 2
}

/**
 * Parses untrusted JSON (geometry.json) into a geometry.
 * @throws GeometryError naming what is missing or wrong.
 */
export function parseGeometry(value: unknown): Geometry {
  if (typeof value !== 'object' || value === null) throw new GeometryError(`A geometry is an object, got ${typeof value}.`)
  const fields = value as Record<string, unknown>
  const number = (name: string, fallback?: number): number => {
    const found = fields[name] ?? fallback
    if (typeof found !== 'number') throw new GeometryError(`geometry.${name} is ${JSON.stringify(found)}, expected a number.`)
    return found
  }
  const anglesRad = fields['anglesRad']
  if (!Array.isArray(anglesRad) || !anglesRad.every(angle => typeof angle === 'number'))
    throw new GeometryError('geometry.anglesRad is not a list of numbers (radians, one per view).')
  const common = { anglesRad, bins: number('bins'), pitchMm: number('pitchMm'), offsetMm: number('offsetMm', 0) }
  if (fields['kind'] === 'parallel') return parallelBeam(common)
  if (fields['kind'] !== 'fan')
    throw new GeometryError(`geometry.kind is ${JSON.stringify(fields['kind'])}, expected "parallel" or "fan".`)
  const { detector, scan = 'full' } = fields
  if (detector !== 'flat' && detector !== 'curved')
    throw new GeometryError(`geometry.detector is ${JSON.stringify(detector)}, expected "flat" or "curved".`)
  if (scan !== 'full' && scan !== 'short')
    throw new GeometryError(`geometry.scan is ${JSON.stringify(scan)}, expected "full" or "short".`)
  return fanBeam({
    ...common,
    detector,
    scan,
    sourceToIsocentreMm: number('sourceToIsocentreMm'),
    sourceToDetectorMm: number('sourceToDetectorMm'),
  })
}

function validateDetector(geometry: Geometry): void {
  if (geometry.anglesRad.length === 0) throw new GeometryError('A geometry has no views; anglesRad is empty.')
  const wrong = geometry.anglesRad.findIndex(angle => !Number.isFinite(angle))
  if (wrong >= 0) throw new GeometryError(`anglesRad[${wrong}] is ${geometry.anglesRad[wrong]}, expected a finite angle.`)
  requireWhole('bins', geometry.bins)
  requirePositive('pitchMm', geometry.pitchMm)
  if (!Number.isFinite(geometry.offsetMm)) throw new GeometryError(`offsetMm is ${geometry.offsetMm}, expected a finite length.`)
}

function requireWhole(name: string, value: number): void {
  if (!Number.isInteger(value) || value < 1) throw new GeometryError(`${name} is ${value}, expected a whole number of at least 1.`)
}

function requirePositive(name: string, value: number): void {
  if (!Number.isFinite(value) || value <= 0) throw new GeometryError(`${name} is ${value}, expected a positive length in mm.`)
}

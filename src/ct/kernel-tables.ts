// What the kernels of src/kernels are given: per-view and per-ray tables, computed
// in float64 here and rounded once to float32.

import type { KernelSettings, Table } from '../kernels/backend.ts'
import { exactCos, exactSin } from './exact-math.ts'
import { viewCount, type FanBeam, type Geometry, type ImageGrid, type ParallelBeam } from './geometry.ts'
import { allocateViewRays, fillViewRays, gridReachMm } from './joseph.ts'
import { binCentreMm, viewWeights } from './view-weights.ts'

type Constants = Required<Pick<KernelSettings, 'counts' | 'numbers' | 'tables'>>

/** For forward.ts: the rays of joseph.ts, [view][bin]. */
export function forwardTables(geometry: Geometry, grid: ImageGrid): Record<'intercept' | 'slope' | 'stepMm', Table> {
  const { bins } = geometry
  const views = viewCount(geometry)
  const table = (): { values: Float32Array; height: number } => ({ values: new Float32Array(views * bins), height: views })
  const tables = { intercept: table(), slope: table(), stepMm: table() }
  const rays = allocateViewRays(bins)
  for (let view = 0; view < views; view++) {
    fillViewRays(geometry, grid, view, rays)
    tables.intercept.values.set(rays.intercept, view * bins)
    tables.slope.values.set(rays.slope, view * bins)
    for (let bin = 0; bin < bins; bin++)
      tables.stepMm.values[view * bins + bin] = rays.alongColumns[bin] === 1 ? rays.stepMm[bin]! : -rays.stepMm[bin]!
  }
  return tables
}

export interface PaddedRows {
  /** Zeros before bin 0. */
  readonly left: number
  readonly width: number
  /** Padded bin of the detector coordinate 0. */
  readonly centralBin: number
}

/** Rows so wide that every pixel of the grid, and every bin that can touch it, falls inside. */
export function paddedRows(geometry: Geometry, grid: ImageGrid): PaddedRows {
  const middle = (geometry.bins - 1) / 2 - geometry.offsetMm / geometry.pitchMm
  const margin = Math.ceil(widestReach(geometry, grid)) + 2
  const half = farthestPixelMm(geometry, grid) / geometry.pitchMm + margin
  const left = Math.max(0, Math.ceil(half - middle))
  const right = Math.max(0, Math.ceil(middle + half) - (geometry.bins - 1))
  return { left, width: left + geometry.bins + right, centralBin: left + middle }
}

/** For adjoint-parallel.ts, adjoint-flat.ts or adjoint-curved.ts. */
export function adjointTables(geometry: Geometry, grid: ImageGrid): Constants {
  const views = viewCount(geometry)
  const counts = { views, candidates: Math.ceil(2 * widestReach(geometry, grid)) + 1 }
  if (geometry.kind === 'parallel') {
    const { acrossPerBin, stepMm } = parallelSteps(geometry, grid)
    return {
      counts,
      numbers: {},
      tables: { ...parallelPositions(geometry, grid), acrossPerBin: { values: acrossPerBin }, stepMm: { values: stepMm } },
    }
  }
  const { width, centralBin } = paddedRows(geometry, grid)
  const sinFan = new Float32Array(width)
  const cosFan = new Float32Array(width).fill(1)
  const { sourceToDetectorMm } = geometry
  const left = paddedRows(geometry, grid).left
  for (let bin = 0; bin < geometry.bins; bin++) {
    const s = binCentreMm(geometry, bin)
    const hypotenuse = Math.sqrt(sourceToDetectorMm * sourceToDetectorMm + s * s)
    sinFan[left + bin] = geometry.detector === 'flat' ? s / hypotenuse : exactSin(s / sourceToDetectorMm)
    cosFan[left + bin] = geometry.detector === 'flat' ? sourceToDetectorMm / hypotenuse : exactCos(s / sourceToDetectorMm)
  }
  return {
    counts,
    numbers: { ...fanNumbers(geometry, grid, centralBin), reach: reachBinsMm(geometry, grid) },
    tables: { ...viewTurns(geometry), sinFan: { values: sinFan }, cosFan: { values: cosFan } },
  }
}

/** For backproject-parallel.ts, backproject-flat.ts or backproject-curved.ts. */
export function backprojectTables(geometry: Geometry, grid: ImageGrid): Constants {
  const counts = { views: viewCount(geometry) }
  const viewWeight = { values: Float32Array.from(viewWeights(geometry)) }
  if (geometry.kind === 'parallel')
    return { counts, numbers: {}, tables: { ...parallelPositions(geometry, grid), viewWeight } }
  const { centralBin } = paddedRows(geometry, grid)
  return { counts, numbers: fanNumbers(geometry, grid, centralBin), tables: { ...viewTurns(geometry), viewWeight } }
}

/** [view]: padded bin of the first pixel and its change per column and row. */
function parallelPositions(geometry: ParallelBeam, grid: ImageGrid): Record<'origin' | 'perColumn' | 'perRow', Table> {
  const views = viewCount(geometry)
  const { centralBin } = paddedRows(geometry, grid)
  const pixelBins = grid.pixelMm / geometry.pitchMm
  const origin = new Float32Array(views)
  const perColumn = new Float32Array(views)
  const perRow = new Float32Array(views)
  for (let view = 0; view < views; view++) {
    const columnStep = pixelBins * exactCos(geometry.anglesRad[view]!)
    const rowStep = -pixelBins * exactSin(geometry.anglesRad[view]!)
    perColumn[view] = columnStep
    perRow[view] = rowStep
    origin[view] = centralBin - ((grid.columns - 1) / 2) * columnStep - ((grid.rows - 1) / 2) * rowStep
  }
  return { origin: { values: origin }, perColumn: { values: perColumn }, perRow: { values: perRow } }
}

/** [view]: distance of neighbouring rays along the interpolated axis, pixels, and the length of a step. */
function parallelSteps(geometry: ParallelBeam, grid: ImageGrid): { acrossPerBin: Float32Array; stepMm: Float32Array } {
  const acrossPerBin = new Float32Array(viewCount(geometry))
  const stepMm = new Float32Array(viewCount(geometry))
  geometry.anglesRad.forEach((angle, view) => {
    const major = Math.max(Math.abs(exactCos(angle)), Math.abs(exactSin(angle)))
    acrossPerBin[view] = geometry.pitchMm / (grid.pixelMm * major)
    stepMm[view] = grid.pixelMm / major
  })
  return { acrossPerBin, stepMm }
}

function viewTurns(geometry: FanBeam): Record<'cos' | 'sin', Table> {
  return {
    cos: { values: Float32Array.from(geometry.anglesRad, exactCos) },
    sin: { values: Float32Array.from(geometry.anglesRad, exactSin) },
  }
}

function fanNumbers(geometry: FanBeam, grid: ImageGrid, centralBin: number): Record<string, number> {
  const perUnit = geometry.sourceToDetectorMm / geometry.pitchMm
  return {
    middleColumn: (grid.columns - 1) / 2,
    middleRow: (grid.rows - 1) / 2,
    pixelMm: grid.pixelMm,
    sourceToIsocentreMm: geometry.sourceToIsocentreMm,
    centralBin,
    ...(geometry.detector === 'flat' ? { binsPerTangent: perUnit } : { binsPerRad: perUnit }),
  }
}

/**
 * A ray touches a pixel only if it passes within one pixel along the interpolated
 * axis. Times the source's distance from the pixel that is, in bins: at most
 * pixel·√(D² + s²)/pitch on a flat detector; on a curved one the arc of a sine.
 */
function reachBinsMm(geometry: FanBeam, grid: ImageGrid): number {
  const { sourceToDetectorMm, pitchMm } = geometry
  const edgeMm = Math.max(Math.abs(binCentreMm(geometry, 0)), Math.abs(binCentreMm(geometry, geometry.bins - 1)))
  if (geometry.detector === 'flat')
    return (grid.pixelMm * Math.sqrt(sourceToDetectorMm * sourceToDetectorMm + edgeMm * edgeMm)) / pitchMm
  const nearestMm = geometry.sourceToIsocentreMm - gridReachMm(grid)
  const sine = Math.min(1, grid.pixelMm / nearestMm)
  return (grid.pixelMm * (Math.asin(sine) / sine) * sourceToDetectorMm) / pitchMm
}

/** Bins to either side that can touch a pixel, at most. */
function widestReach(geometry: Geometry, grid: ImageGrid): number {
  if (geometry.kind === 'parallel') return grid.pixelMm / geometry.pitchMm
  return reachBinsMm(geometry, grid) / (geometry.sourceToIsocentreMm - gridReachMm(grid))
}

/** Detector coordinate of the pixel that falls farthest out, mm. */
function farthestPixelMm(geometry: Geometry, grid: ImageGrid): number {
  const reachMm = gridReachMm(grid)
  if (geometry.kind === 'parallel') return reachMm
  const fanRad = Math.asin(reachMm / geometry.sourceToIsocentreMm)
  return geometry.sourceToDetectorMm * (geometry.detector === 'flat' ? Math.tan(fanRad) : fanRad)
}

// Plan of projection and adjoint: every ray is seen from a frame in which it goes
// along the rows (src/ct/joseph.ts decides which rays go along the columns of the
// image; these are turned). Runs of neighbouring rays that coincide in the frame
// share a vector, one view per lane. A grid that is not square needs two families,
// since its quarter turn is another grid.

import { viewCount, type Geometry, type ImageGrid } from './geometry.ts'
import { allocateViewRays, fillViewRays } from './joseph.ts'
import { frameGrid, framedView, type Symmetry } from './wasm-symmetry.ts'

/** Rays of one frame, bins firstBin … firstBin + bins − 1 of it. */
export interface Run {
  readonly angleRad: number
  readonly firstBin: number
  readonly bins: number
  /** View of each of four lanes, −1 for none. */
  readonly views: number[]
  readonly reversed: boolean[]
}

/** Runs on one frame grid, seen through the same four symmetries. */
export interface RunFamily {
  readonly grid: ImageGrid
  readonly lanes: readonly Symmetry[]
  readonly runs: readonly Run[]
}

/** Every ray of every view in exactly one run, with as few rays as symmetry allows. */
export function planRuns(geometry: Geometry, grid: ImageGrid): RunFamily[] {
  const turns = ([0, 1, 2, 3] as const).map(quarterTurns => ({ quarterTurns, mirrored: false }))
  const upright = [turns[0]!, { ...turns[0]!, mirrored: true }, turns[2]!, { ...turns[2]!, mirrored: true }]
  const turned = [turns[1]!, { ...turns[1]!, mirrored: true }, turns[3]!, { ...turns[3]!, mirrored: true }]
  const candidates =
    grid.rows === grid.columns ? [[turns], [[...upright.slice(0, 2), ...turned.slice(0, 2)]]] : [[upright, turned]]
  const portions = viewPortions(geometry, grid)
  const plans = candidates.map(families => runsOf(geometry, grid, families, portions))
  const rays = plans.map(plan => plan.reduce((sum, family) => sum + family.runs.reduce((all, run) => all + run.bins, 0), 0))
  return plans[rays.indexOf(Math.min(...rays))]!
}

/** Neighbouring bins start … end − 1 of a view whose rays go the same way. */
interface Portion {
  readonly view: number
  readonly start: number
  readonly end: number
  readonly alongColumns: boolean
}

function viewPortions(geometry: Geometry, grid: ImageGrid): Portion[] {
  const portions: Portion[] = []
  const rays = allocateViewRays(geometry.bins)
  for (let view = 0; view < viewCount(geometry); view++) {
    fillViewRays(geometry, grid, view, rays)
    for (let start = 0, end = 0; start < geometry.bins; start = end) {
      const alongColumns = rays.alongColumns[start] === 1
      while (end < geometry.bins && (rays.alongColumns[end] === 1) === alongColumns) end++
      portions.push({ view, start, end, alongColumns })
    }
  }
  return portions
}

function runsOf(
  geometry: Geometry,
  grid: ImageGrid,
  families: readonly (readonly Symmetry[])[],
  portions: readonly Portion[],
): RunFamily[] {
  const plan = families.map(lanes => ({ grid: frameGrid(grid, lanes[0]!), lanes, runs: [] as Run[] }))
  const byKey = new Map<string, Run[]>()
  for (const portion of portions) placeRun(geometry, portion, plan, byKey)
  return plan.filter(family => family.runs.length > 0)
}

/** Joins an existing run whose lane is free, else starts one. */
function placeRun(
  geometry: Geometry,
  { view, start, end, alongColumns }: Portion,
  plan: readonly { lanes: readonly Symmetry[]; runs: Run[] }[],
  byKey: Map<string, Run[]>,
): void {
  let fallback: { place: () => Run; lane: number; reversed: boolean } | null = null
  for (const [index, family] of plan.entries()) {
    for (const [lane, symmetry] of family.lanes.entries()) {
      if ((symmetry.quarterTurns % 2 === 1) !== alongColumns) continue
      const framed = framedView(geometry, view, symmetry)
      if (framed === null) continue
      const { angleRad, reversed } = framed
      const firstBin = reversed ? geometry.bins - end : start
      const key = `${index}:${framed.key}:${firstBin}:${end - start}`
      const joined = byKey.get(key)?.find(run => run.views[lane] === -1)
      if (joined) {
        joined.views[lane] = view
        joined.reversed[lane] = reversed
        return
      }
      fallback ??= {
        lane,
        reversed,
        place: () => {
          const run = { angleRad, firstBin, bins: end - start, views: [-1, -1, -1, -1], reversed: [false, false, false, false] }
          family.runs.push(run)
          byKey.set(key, [...(byKey.get(key) ?? []), run])
          return run
        },
      }
    }
  }
  const run = fallback!.place()
  run.views[fallback!.lane] = view
  run.reversed[fallback!.lane] = fallback!.reversed
}

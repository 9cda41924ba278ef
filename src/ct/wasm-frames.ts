// Plan of the back-projection: which pixels of the image share their positions on
// the detector. A quarter of the image (a half, or all of it, where the views have
// fewer symmetries) stands for the rest; every lane holds for each frame the row of
// the view that its own pixels see there.

import { viewCount, type Geometry, type ImageGrid } from './geometry.ts'
import { pairFrames } from './wasm-mirrors.ts'
import { framedView, imageIndex, type PixelIndex, type Symmetry } from './wasm-symmetry.ts'

export interface FrameLane {
  readonly view: number
  readonly reversed: boolean
}

export interface Frame {
  readonly angleRad: number
  /** Four; null where no view has this angle. */
  readonly lanes: (FrameLane | null)[]
  /** ½ for a frame that stands twice, otherwise 1. */
  readonly share: number
}

/** Where a lane writes, and where it must not since another lane has the same pixel. */
export interface OutputLane extends PixelIndex {
  readonly skipsMiddleRow: boolean
  readonly skipsMiddleColumn: boolean
}

export interface FramePlan {
  readonly frames: readonly Frame[]
  /** One to four. */
  readonly lanes: readonly OutputLane[]
  /** Part of the image that is visited, from row 0 and column 0. */
  readonly rows: number
  readonly columns: number
  /** For each frame the one in which pixel (column, row) lies where (row, column) lies in this; null without such. Pairs are neighbours. */
  readonly mirrors: readonly number[] | null
}

interface Candidate {
  readonly lanes: readonly (Symmetry & { readonly skips?: readonly ('row' | 'column')[] })[]
  readonly rows: number
  readonly columns: number
}

/** The plan with the least work. */
export function planFrames(geometry: Geometry, grid: ImageGrid): FramePlan {
  const { rows, columns } = grid
  const [halfRows, halfColumns] = [Math.ceil(rows / 2), Math.ceil(columns / 2)]
  const candidates: Candidate[] = [
    // Both mirrors, and both together.
    {
      rows: halfRows,
      columns: halfColumns,
      lanes: [
        { quarterTurns: 0, mirrored: false },
        { quarterTurns: 0, mirrored: true, skips: ['row'] },
        { quarterTurns: 2, mirrored: false, skips: ['row', 'column'] },
        { quarterTurns: 2, mirrored: true, skips: ['column'] },
      ],
    },
    // The half turn.
    {
      rows: halfRows,
      columns,
      lanes: [
        { quarterTurns: 0, mirrored: false },
        { quarterTurns: 2, mirrored: false, skips: ['row'] },
      ],
    },
    { rows, columns, lanes: [{ quarterTurns: 0, mirrored: false }] },
  ]
  // Quarter turns: an odd grid has no quarter that its turns cover once.
  if (rows === columns && rows % 2 === 0)
    candidates.unshift({
      rows: halfRows,
      columns: halfColumns,
      lanes: ([0, 1, 2, 3] as const).map(quarterTurns => ({ quarterTurns, mirrored: false })),
    })

  let best: { candidate: Candidate; frames: Frame[]; work: number } | null = null
  for (const candidate of candidates) {
    const frames = framesOf(geometry, candidate.lanes)
    if (frames === null) continue
    const work = frames.length * candidate.rows * candidate.columns
    if (best === null || work < best.work) best = { candidate, frames, work }
  }
  const { candidate, frames } = best!
  const paired = candidate.rows === candidate.columns ? pairFrames(geometry, frames) : null
  const lanes = candidate.lanes.map(lane => ({
    ...imageIndex(lane, grid, grid),
    skipsMiddleRow: lane.skips?.includes('row') ?? false,
    skipsMiddleColumn: lane.skips?.includes('column') ?? false,
  }))
  return { frames: paired?.frames ?? frames, lanes, rows: candidate.rows, columns: candidate.columns, mirrors: paired?.mirrors ?? null }
}

/** Every view once in every lane; null when a lane's symmetry is not one of the detector. */
function framesOf(geometry: Geometry, lanes: readonly Symmetry[]): Frame[] | null {
  const frames: Frame[] = []
  const byKey = new Map<number, Frame[]>()
  for (let lane = 0; lane < lanes.length; lane++) {
    for (let view = 0; view < viewCount(geometry); view++) {
      const framed = framedView(geometry, view, lanes[lane]!)
      if (framed === null) return null
      const sameAngle = byKey.get(framed.key) ?? []
      byKey.set(framed.key, sameAngle)
      let frame = sameAngle.find(candidate => candidate.lanes[lane] === null)
      if (!frame) {
        frame = { angleRad: framed.angleRad, lanes: [null, null, null, null], share: 1 }
        frames.push(frame)
        sameAngle.push(frame)
      }
      frame.lanes[lane] = { view, reversed: framed.reversed }
    }
  }
  return frames
}

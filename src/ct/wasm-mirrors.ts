// Pairs of frames that are one another's mirror image about the diagonal of a square
// image: pixel (column, row) lies in the one where (row, column) lies in the other, in a
// fan counted from the other end of the detector. One position then serves two pixels,
// each in the four lanes that share it.

import type { Geometry } from './geometry.ts'
import type { Frame } from './wasm-frames.ts'
import { sameAngleRad } from './wasm-symmetry.ts'

export interface MirroredFrames {
  /** Pairs side by side, then the frames that are their own mirror images. */
  readonly frames: readonly Frame[]
  /** For each frame the index of its mirror image. */
  readonly mirrors: readonly number[]
}

/** Null when a frame has no mirror image. */
export function pairFrames(geometry: Geometry, frames: readonly Frame[]): MirroredFrames | null {
  const fan = geometry.kind === 'fan'
  if (fan && geometry.offsetMm !== 0) return null
  // A centred parallel view is the same one from behind, its bins reversed.
  const twoSided = !fan && geometry.offsetMm === 0
  const pairs: Frame[] = []
  const alone: Frame[] = []
  const waiting = new Map<number, Frame[]>()
  for (const frame of frames) {
    // (x, y) → (−y, −x) takes a direction θ to 3π/2 − θ, and the source of a fan, a quarter turn off it, to π/2 − θ.
    const mirrorRad = (fan ? 0.5 : 1.5) * Math.PI - frame.angleRad
    const [own, mirror, behind] = [frame.angleRad, mirrorRad, mirrorRad + Math.PI].map(angleKey) as [number, number, number]
    if (mirror === own) alone.push(frame)
    else if (twoSided && behind === own) {
      const half = { ...frame, share: frame.share / 2 }
      pairs.push(half, fromBehind(half))
    } else {
      const partner = waiting.get(mirror)?.pop()
      const partnerBehind = partner || !twoSided ? undefined : waiting.get(behind)?.pop()
      if (partner) pairs.push(partner, frame)
      else if (partnerBehind) pairs.push(partnerBehind, fromBehind(frame))
      else waiting.set(own, [...(waiting.get(own) ?? []), frame])
    }
  }
  if ([...waiting.values()].some(left => left.length > 0)) return null
  const all = [...pairs, ...alone]
  return { frames: all, mirrors: all.map((_, i) => (i < pairs.length ? i ^ 1 : i)) }
}

function fromBehind(frame: Frame): Frame {
  const lanes = frame.lanes.map(lane => lane && { ...lane, reversed: !lane.reversed })
  return { ...frame, angleRad: frame.angleRad + Math.PI, lanes }
}

/** Equal for angles that are equal but for whole turns. */
function angleKey(angleRad: number): number {
  const turns = Math.floor((angleRad + sameAngleRad / 2) / (2 * Math.PI))
  return Math.round((angleRad - turns * 2 * Math.PI) / sameAngleRad)
}

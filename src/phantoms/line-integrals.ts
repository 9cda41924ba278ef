// Exact line integrals of painted ellipses and Gaussian blobs. Each shape touches only
// the bins in its shadow; painted shapes are met from the top down, and each adds its
// attenuation times the part of its chord that nothing above covers.

import type { Geometry } from '../ct/geometry.ts'
import { coverage, cover } from './covered-intervals.ts'
import type { CompiledPaint, CompiledShapes, Ellipses } from './compiled-shapes.ts'
import { negativeExp } from './negative-exp.ts'
import { raysOf, type Rays } from './rays.ts'
import { blobLimit, blobReach, rootTwoPi } from './shapes.ts'
import { wasmLineIntegrals } from './wasm-line-integrals.ts'

/** Row-major [view][bin], float64, dimensionless: along the ray of each bin's centre. */
export function lineIntegrals(shapes: CompiledShapes, geometry: Geometry): Float64Array {
  const rays = raysOf(geometry)
  const views = geometry.anglesRad.length
  return wasmLineIntegrals(shapes, rays, views) ?? integralsAlong(rays, views, shapes)
}

/** What wasmLineIntegrals does, bit for bit, where there is no WebAssembly memory. */
export function integralsAlong(rays: Rays, views: number, shapes: CompiledShapes): Float64Array {
  const { bins } = rays
  const integrals = new Float64Array(views * bins)
  const covered = coverage(bins, shapes.paint.count)
  for (let view = 0; view < views; view++) {
    rays.aim(view)
    const row = integrals.subarray(view * bins, (view + 1) * bins)
    covered.count.fill(0)
    addPaint(row, rays, shapes.paint, covered)
    addBlobs(row, rays, shapes.blobs)
  }
  return integrals
}

const range = new Int32Array(2)

function addPaint(row: Float64Array, rays: Rays, paint: CompiledPaint, covered: ReturnType<typeof coverage>): void {
  const { normalX, normalY, distanceMm } = rays
  const { clipStart, clipX, clipY, clipOffset } = paint
  for (let i = paint.count - 1; i >= 0; i--) {
    const x = paint.x[i]!
    const y = paint.y[i]!
    const xx = paint.xx[i]!
    const xy = paint.xy[i]!
    const yy = paint.yy[i]!
    const root = paint.root[i]!
    const value = paint.value[i]!
    const clipEnd = clipStart[i + 1]!
    rays.shadow(range, x, y, xx, xy, yy, root, 1)
    const last = range[1]!
    for (let bin = range[0]!; bin <= last; bin++) {
      const nx = normalX[bin]!
      const ny = normalY[bin]!
      const s = distanceMm[bin]!
      const d = s - nx * x - ny * y
      // Σn, its products with n (w²) and with the ray's direction (−ny, nx).
      const mx = xx * nx + xy * ny
      const my = xy * nx + yy * ny
      const w2 = nx * mx + ny * my
      const inside = w2 - d * d
      if (inside <= 0) continue
      const half = (root * Math.sqrt(inside)) / w2
      const middle = nx * y - ny * x + (d * (nx * my - ny * mx)) / w2
      let from = middle - half
      let to = middle + half
      for (let clip = clipStart[i]!; clip < clipEnd; clip++) {
        const cx = clipX[clip]!
        const cy = clipY[clip]!
        // On p = s·n + t·(−ny, nx) the half-plane keeps t·slope ≤ room.
        const slope = cy * nx - cx * ny
        const room = clipOffset[clip]! - s * (cx * nx + cy * ny)
        if (slope > 0) to = Math.min(to, room / slope)
        else if (slope < 0) from = Math.max(from, room / slope)
        else if (room < 0) to = from
      }
      if (to > from) row[bin]! += value * cover(covered, bin, from, to)
    }
  }
}

function addBlobs(row: Float64Array, rays: Rays, blobs: Ellipses): void {
  const { normalX, normalY, distanceMm } = rays
  for (let i = 0; i < blobs.count; i++) {
    const x = blobs.x[i]!
    const y = blobs.y[i]!
    const xx = blobs.xx[i]!
    const xy = blobs.xy[i]!
    const yy = blobs.yy[i]!
    const mass = blobs.value[i]! * rootTwoPi * blobs.root[i]!
    rays.shadow(range, x, y, xx, xy, yy, blobs.root[i]!, blobReach)
    const last = range[1]!
    if (xy === 0 && xx === yy) {
      const scale = mass / Math.sqrt(xx)
      const inverse = 0.5 / xx
      for (let bin = range[0]!; bin <= last; bin++) {
        const d = distanceMm[bin]! - normalX[bin]! * x - normalY[bin]! * y
        const t = d * d * inverse
        if (t <= blobLimit) row[bin]! += scale * negativeExp(t)
      }
      continue
    }
    for (let bin = range[0]!; bin <= last; bin++) {
      const nx = normalX[bin]!
      const ny = normalY[bin]!
      const d = distanceMm[bin]! - nx * x - ny * y
      const w2 = nx * nx * xx + 2 * nx * ny * xy + ny * ny * yy
      const t = (d * d) / (2 * w2)
      if (t <= blobLimit) row[bin]! += (mass / Math.sqrt(w2)) * negativeExp(t)
    }
  }
}

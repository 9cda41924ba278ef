// The loops over rays of line-integrals.ts as WebAssembly: two thirds of the time, the same bits.

import { onWasmEngine } from '../kernels/wasm-engine.ts'
import type { CompiledShapes, Ellipses } from './compiled-shapes.ts'
import { negativeExpTable } from './negative-exp.ts'
import type { Rays } from './rays.ts'
import { blobLimit, blobReach, rootTwoPi } from './shapes.ts'

/** Row-major [view][bin], float64, dimensionless; null where no WebAssembly memory can be had. @throws WasmFault when a kernel traps. */
export function wasmLineIntegrals({ paint, blobs }: CompiledShapes, rays: Rays, views: number): Float64Array | null {
  const { bins } = rays
  return onWasmEngine(engine => {
    const [rowAt, raysAt] = [engine.allocate(8 * bins), engine.allocate(8 * (3 * bins + 1))] // the last pair of rays may lack one
    const [paintAt, blobsAt, tableAt] = [engine.place(...columns(paint)), engine.place(...columns(blobs)), engine.place(negativeExpTable)]
    const [clipsAt, clipStartAt] = [engine.place(paint.clipX, paint.clipY, paint.clipOffset), engine.place(paint.clipStart)]
    const [paintRangesAt, blobRangesAt] = [engine.allocate(8 * paint.count), engine.allocate(8 * blobs.count)]
    const coveredAt = engine.allocate(engine.call('paintScratchBytes', bins, paint.count))

    const integrals = new Float64Array(views * bins)
    const row = engine.doubles(rowAt, bins)
    const lines = engine.doubles(raysAt, 3 * bins)
    const coveredCounts = engine.doubles(coveredAt, bins)
    const [paintRanges, blobRanges] = [engine.integers(paintRangesAt, 2 * paint.count), engine.integers(blobRangesAt, 2 * blobs.count)]
    lines.set(rays.distanceMm, 2 * bins)
    for (let view = 0; view < views; view++) {
      rays.aim(view)
      lines.set(rays.normalX)
      lines.set(rays.normalY, bins)
      shadows(paintRanges, rays, paint, 1)
      shadows(blobRanges, rays, blobs, blobReach)
      row.fill(0)
      coveredCounts.fill(0)
      engine.call('addPaint', rowAt, raysAt, bins, paintRangesAt, paintAt, paint.count, clipStartAt, clipsAt, paint.clipX.length, coveredAt)
      engine.call('addBlobs', rowAt, raysAt, bins, blobRangesAt, blobsAt, blobs.count, tableAt, blobLimit, rootTwoPi)
      integrals.set(row, view * bins)
    }
    return integrals
  })
}

const range = new Int32Array(2)

function shadows(ranges: Int32Array, rays: Rays, { count, x, y, xx, xy, yy, root }: Ellipses, scale: number): void {
  for (let i = 0; i < count; i++) {
    rays.shadow(range, x[i]!, y[i]!, xx[i]!, xy[i]!, yy[i]!, root[i]!, scale)
    ranges[2 * i] = range[0]!
    ranges[2 * i + 1] = range[1]!
  }
}

function columns({ x, y, xx, xy, yy, root, value }: Ellipses): readonly Float64Array[] {
  return [x, y, xx, xy, yy, root, value]
}

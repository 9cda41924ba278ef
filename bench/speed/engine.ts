// An engine's operations. Set-up (tables, compilation, upload) happens before the first
// sample; a sample ends when the result is there, readback from a GPU included.

import { Bench, type BenchOptions } from 'tinybench'
import { createProjector } from '../../src/ct/create-projector.ts'
import { filteredBackProjection } from '../../src/ct/filtered-back-projection.ts'
import { imageGrid, viewCount, type Geometry } from '../../src/ct/geometry.ts'
import { sinogram } from '../../src/ct/image.ts'
import type { BackendId, ProjectorArray } from '../../src/ct/projector.ts'
import { fieldMm, rayCount, seeded } from './geometries.ts'
import { budget, rowsOf, type Row, type Work } from './row.ts'

export interface EngineRequest {
  readonly backend: BackendId
  readonly beam: string
  readonly geometry: Geometry
  readonly size: number
  readonly threads: number
  /** All, when absent. */
  readonly operations?: readonly string[]
  readonly options?: BenchOptions
}

const hann = { name: 'hann', cutoff: 0.8 } as const

/** @returns a row per operation, and a sum over results, so that no work can be left out. */
export async function measureEngine({ backend, beam, geometry, size, threads, operations, options }: EngineRequest): Promise<{ rows: Row[]; sum: number }> {
  const projector = await createProjector({ geometry, grid: imageGrid(size, size, fieldMm / size), backend, threads })
  try {
    const [image, lines, resultImage, resultLines] = (['image', 'sinogram', 'image', 'sinogram'] as const).map(kind => projector.allocate(kind))
    const measured = sinogram(geometry, seeded(rayCount(geometry), `${size} sinogram`))
    await projector.upload(seeded(size * size, `${size} image`), image!)
    await projector.upload(measured.data, lines!)

    const bench = new Bench({ ...budget, ...options })
    const add = (name: string, result: ProjectorArray | null, run: () => Promise<unknown>): void => {
      if (operations && !operations.includes(name)) return
      bench.add(name, async () => {
        await run()
        // A GPU answers before it has finished; only its result proves that it has.
        if (result && projector.adapter !== null) await projector.download(result)
      })
    }
    add('forward', resultLines!, () => projector.forward(image!, resultLines!))
    add('adjoint', resultImage!, () => projector.adjoint(lines!, resultImage!))
    add('filter', resultLines!, () => projector.filter(lines!, hann, resultLines!))
    add('backproject', resultImage!, () => projector.backproject(lines!, resultImage!))
    let reconstructed: Float32Array = new Float32Array()
    add('FBP', null, async () => (reconstructed = await filteredBackProjection(projector, measured, hann)))
    const { normal } = projector
    if (normal) add('normal', resultImage!, () => normal.call(projector, image!, resultImage!))
    await bench.run()

    let sum = 0
    for (const result of [await projector.download(resultImage!), await projector.download(resultLines!), reconstructed]) for (const value of result) sum += value
    return { rows: rowsOf(bench, { engine: backend, beam, size }, workOf(geometry, size)), sum }
  } finally {
    await projector.dispose()
  }
}

/** float32 arrays: images of N² pixels, sinograms of views × bins. */
function workOf(geometry: Geometry, size: number): Record<string, Work> {
  const image = 4 * size * size
  const lines = 4 * rayCount(geometry)
  const rayPixels = { amount: viewCount(geometry) * size * size, per: 'ray-pixel' } as const
  return {
    forward: { ...rayPixels, bytes: image + lines },
    adjoint: { ...rayPixels, bytes: lines + image },
    filter: { amount: rayCount(geometry), per: 'ray', bytes: 2 * lines },
    backproject: { ...rayPixels, bytes: lines + image },
    FBP: { ...rayPixels, bytes: 3 * lines + image },
    normal: { amount: size * size, per: 'pixel', bytes: 2 * image },
  }
}

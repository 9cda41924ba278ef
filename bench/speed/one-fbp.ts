// One FBP of a size and beam, in this process: prints its peak memory as JSON.

import { createProjector } from '../../src/ct/create-projector.ts'
import { filteredBackProjection } from '../../src/ct/filtered-back-projection.ts'
import { imageGrid, viewCount } from '../../src/ct/geometry.ts'
import { sinogram } from '../../src/ct/image.ts'
import { fieldMm, geometries, rayCount } from './geometries.ts'
import type { PeakMemory } from './memory.ts'

const size = Number(process.argv[2])
const beam = process.argv[3] as keyof ReturnType<typeof geometries>
const geometry = geometries(size)[beam]
const projector = await createProjector({ geometry, grid: imageGrid(size, size, fieldMm / size), backend: 'wasm', threads: 2 })
const lines = sinogram(geometry, new Float32Array(rayCount(geometry)).fill(1))
const image = await filteredBackProjection(projector, lines, { name: 'ram-lak', cutoff: 1 })
if (!image.every(Number.isFinite)) throw new Error('The image holds a value that is not finite.')
await projector.dispose()
const found: PeakMemory = { size, views: viewCount(geometry), bins: geometry.bins, beam, peakMb: process.resourceUsage().maxRSS / 1024 }
console.log(JSON.stringify(found))

import { describe, expect, it } from 'vitest'
import { createProjector } from './create-projector.ts'
import { imageGrid, parallelBeam } from './geometry.ts'
import golden from './joseph-golden.json' with { type: 'json' }
import { backendIds } from './projector.ts'

// The projector that learned methods are trained with (baselines/training/projector.py), written independently as a sparse matrix.
describe('the projector that networks are trained with', () => {
  it.each(backendIds.filter(id => id === 'reference' || id === 'wasm'))('has the rays and weights of %s', async backend => {
    const { views, bins, pitchMm, offsetMm, side, pixelMm } = golden.geometry
    const anglesRad = Array.from({ length: views }, (_, view) => (view * Math.PI) / views)
    const geometry = parallelBeam({ anglesRad, bins, pitchMm, offsetMm })
    const projector = await createProjector({ geometry, grid: imageGrid(side, side, pixelMm), backend, threads: 1 })
    try {
      const image = projector.allocate('image')
      const sinogram = projector.allocate('sinogram')
      await projector.upload(Float32Array.from(golden.image), image)
      await projector.forward(image, sinogram)
      const values = await projector.download(sinogram)
      // Both are float32: six digits are kept in the file, of values up to 10.
      values.forEach((value, i) => expect(Math.abs(value - golden.sinogram[i]!)).toBeLessThan(1e-5))
      expect(values.length).toBe(golden.sinogram.length)
    } finally {
      await projector.dispose()
    }
  })
})

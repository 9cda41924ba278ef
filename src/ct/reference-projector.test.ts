import { describe, expect, it } from 'vitest'
import { rayEnds } from '../testing/exact-ellipse.ts'
import { evenAngles, fanBeam, imageGrid, parallelBeam, type Geometry } from './geometry.ts'
import { ReferenceProjector } from './reference-projector.ts'

const grid = imageGrid(8, 6, 1.25)
const anglesRad = [...evenAngles(9, 2 * Math.PI, 0.11), 0, Math.PI / 2]
const fan = { anglesRad, bins: 11, pitchMm: 1.9, offsetMm: 0.6, sourceToIsocentreMm: 20, sourceToDetectorMm: 34 }
const geometries: [string, Geometry][] = [
  ['parallel', parallelBeam({ anglesRad, bins: 11, pitchMm: 1.1, offsetMm: -0.4 })],
  ['flat fan', fanBeam({ ...fan, detector: 'flat' })],
  ['curved fan', fanBeam({ ...fan, detector: 'curved' })],
]

/** Joseph's weight, straight from its definition: how far the ray passes the pixel's centre along its minor axis. */
function josephWeight(geometry: Geometry, view: number, bin: number, row: number, column: number): number {
  const [[x0, y0], [x1, y1]] = rayEnds(geometry, view, bin)
  const x = (column - (grid.columns - 1) / 2) * grid.pixelMm
  const y = ((grid.rows - 1) / 2 - row) * grid.pixelMm
  const [dx, dy] = [x1 - x0, y1 - y0]
  const steep = Math.abs(dy) > Math.abs(dx)
  const missMm = steep ? x0 + ((y - y0) / dy) * dx - x : y0 + ((x - x0) / dx) * dy - y
  const stepMm = (grid.pixelMm * Math.hypot(dx, dy)) / Math.max(Math.abs(dx), Math.abs(dy))
  return Math.max(0, 1 - Math.abs(missMm) / grid.pixelMm) * stepMm
}

describe.each(geometries)('reference engine, %s', (_, geometry) => {
  const rays = anglesRad.length * geometry.bins
  const pixels = grid.rows * grid.columns

  it('has in every entry of both operators the weight of the definition', async () => {
    const projector = new ReferenceProjector(geometry, grid)
    const image = projector.allocate('image')
    const sinogram = projector.allocate('sinogram')
    let hits = 0
    for (let pixel = 0; pixel < pixels; pixel++) {
      await projector.upload(new Float32Array(pixels).fill(1, pixel, pixel + 1), image)
      await projector.forward(image, sinogram)
      const column = await projector.download(sinogram)
      for (let ray = 0; ray < rays; ray++) {
        const expected = josephWeight(geometry, Math.floor(ray / geometry.bins), ray % geometry.bins, Math.floor(pixel / 6), pixel % 6)
        expect(column[ray]).toBeCloseTo(expected, 6)
        if (expected > 0) hits++
      }
    }
    expect(hits).toBeGreaterThan(rays)
    for (let ray = 0; ray < rays; ray++) {
      await projector.upload(new Float32Array(rays).fill(1, ray, ray + 1), sinogram)
      await projector.adjoint(sinogram, image)
      const row = await projector.download(image)
      for (let pixel = 0; pixel < pixels; pixel++)
        expect(row[pixel]).toBeCloseTo(
          josephWeight(geometry, Math.floor(ray / geometry.bins), ray % geometry.bins, Math.floor(pixel / 6), pixel % 6),
          6,
        )
    }
  })
})

describe('arrays', () => {
  const projector = new ReferenceProjector(geometries[0]![1], grid)

  it('ignores the old values where b = 0, even NaN', async () => {
    const x = projector.allocate('image')
    const y = projector.allocate('image')
    await projector.upload(new Float32Array(48).fill(2), x)
    await projector.upload(new Float32Array(48).fill(NaN), y)
    await projector.axpby(3, x, 0, y)
    expect(await projector.download(y)).toEqual(new Float32Array(48).fill(6))
  })

  it('names what is wrong with an array', async () => {
    const image = projector.allocate('image')
    const sinogram = projector.allocate('sinogram')
    await expect(projector.forward(sinogram, image)).rejects.toThrow('Expected an array of the image space')
    await expect(projector.axpby(1, image, 1, projector.allocate('image', 2))).rejects.toThrow('batches of 1 and 2')
    await expect(projector.upload(new Float32Array(3), image)).rejects.toThrow('Got 3 values for an array of 48')
    await expect(projector.dot(image, sinogram)).rejects.toThrow('must agree')
    projector.release(image)
    await expect(projector.download(image)).rejects.toThrow('released')
    expect(() => projector.allocate('image', 0)).toThrow('batch is 0')
  })
})

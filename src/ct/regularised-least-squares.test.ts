import { describe, expect, it } from 'vitest'
import { normalVector, relativeError } from '../testing/dot-test.ts'
import { ellipseImage } from '../testing/exact-ellipse.ts'
import { evenAngles, fanBeam, imageGrid, parallelBeam, type ImageGrid } from './geometry.ts'
import type { Projector, ProjectorArray } from './projector.ts'
import { regularisedLeastSquares } from './regularised-least-squares.ts'
import { createWasmProjector } from './wasm-projector.ts'

const grid = imageGrid(96, 96, 1)
const parallel = parallelBeam({ anglesRad: evenAngles(300, Math.PI), bins: 140, pitchMm: 1 })
const smallGrid = imageGrid(24, 24, 4)
const fan = fanBeam({
  ...{ detector: 'curved', anglesRad: evenAngles(40, 2 * Math.PI), bins: 48, pitchMm: 4 },
  ...{ sourceToIsocentreMm: 300, sourceToDetectorMm: 400 },
})

describe('through `normal` it ends where plain conjugate gradients end, on noisy data', () => {
  // λ about the best for this noise, and a tenth of it, which asks for directions that `normal` gets wrong.
  it.each([
    [200, 4],
    [20, 10],
  ])('λ = %i mm², within 0.05 dB in %i iterations', async (lambda, iterations) => {
    const projector = await createWasmProjector({ geometry: parallel, grid, backend: 'wasm', threads: 2 })
    const truth = body(grid)
    const sinogram = await measure(projector, truth, 0.02)
    const psnr = async (image: ProjectorArray): Promise<number> => {
      const squares = (await projector.download(image)).reduce((sum, value, i) => sum + (value - truth[i]!) ** 2, 0)
      return 10 * Math.log10(0.02 ** 2 / (squares / truth.length))
    }
    const [plain, fast] = [projector.allocate('image'), projector.allocate('image')]
    await regularisedLeastSquares(projector, sinogram, plain, { lambda, iterations: 100, normalIterations: 0 })
    await regularisedLeastSquares(projector, sinogram, fast, { lambda, iterations })
    expect(await psnr(plain)).toBeGreaterThan(20)
    expect(Math.abs((await psnr(fast)) - (await psnr(plain)))).toBeLessThan(0.05)
    await projector.dispose()
  })
})

describe('on a fan, which has no `normal`', () => {
  it('finds the minimum, where the gradient is zero', async () => {
    const projector = await createWasmProjector({ geometry: fan, grid: smallGrid, backend: 'wasm', threads: 1 })
    expect(projector.normal).toBeUndefined()
    const sinogram = await measure(projector, body(smallGrid), 0.02)
    const image = projector.allocate('image')
    const before = await gradientNorm(projector, sinogram, image, 50)
    await regularisedLeastSquares(projector, sinogram, image, { lambda: 50, iterations: 40 })
    expect(await gradientNorm(projector, sinogram, image, 50)).toBeLessThan(1e-4 * before)
    await projector.dispose()
  })

  it('goes on from what the image holds, and stays at a minimum', async () => {
    const projector = await createWasmProjector({ geometry: fan, grid: smallGrid, backend: 'wasm', threads: 1 })
    const sinogram = await measure(projector, body(smallGrid), 0.02)
    const image = projector.allocate('image')
    await regularisedLeastSquares(projector, sinogram, image, { lambda: 50, iterations: 40 })
    const found = await projector.download(image)
    await regularisedLeastSquares(projector, sinogram, image, { lambda: 50, iterations: 3 })
    expect(relativeError(await projector.download(image), found)).toBeLessThan(1e-4)
    await projector.dispose()
  })

  it('solves a batch as it solves each', async () => {
    const projector = await createWasmProjector({ geometry: fan, grid: smallGrid, backend: 'wasm', threads: 1 })
    const lines = normalVector(2 * 40 * 48, 'two sinograms')
    const [both, one] = [projector.allocate('sinogram', 2), projector.allocate('sinogram')]
    const [images, image] = [projector.allocate('image', 2), projector.allocate('image')]
    await projector.upload(lines, both)
    await projector.upload(lines.slice(40 * 48), one)
    await regularisedLeastSquares(projector, both, images, { lambda: 500, iterations: 40 })
    await regularisedLeastSquares(projector, one, image, { lambda: 500, iterations: 40 })
    expect(relativeError((await projector.download(images)).slice(24 * 24), await projector.download(image))).toBeLessThan(1e-4)
    await projector.dispose()
  })
})

it.each([parallel, fan])('nothing measured is nothing found', async geometry => {
  const projector = await createWasmProjector({ geometry, grid: smallGrid, backend: 'wasm', threads: 1 })
  const image = projector.allocate('image')
  await regularisedLeastSquares(projector, projector.allocate('sinogram'), image, { lambda: 1, iterations: 3 })
  expect((await projector.download(image)).every(value => value === 0)).toBe(true)
  await projector.dispose()
})

async function measure(projector: Projector, truth: Float32Array, noise: number): Promise<ProjectorArray> {
  const [image, sinogram] = [projector.allocate('image'), projector.allocate('sinogram')]
  await projector.upload(truth, image)
  await projector.forward(image, sinogram)
  const normal = normalVector(sinogram.length, 'noise')
  await projector.upload((await projector.download(sinogram)).map((value, i) => value + noise * normal[i]!), sinogram)
  return sinogram
}

/** ‖Aᵀ(b − Ax) − λx‖ */
async function gradientNorm(projector: Projector, sinogram: ProjectorArray, image: ProjectorArray, lambda: number): Promise<number> {
  const [lines, gradient] = [projector.allocate('sinogram'), projector.allocate('image')]
  await projector.forward(image, lines)
  await projector.axpby(1, sinogram, -1, lines)
  await projector.adjoint(lines, gradient)
  await projector.axpby(-lambda, image, 1, gradient)
  return Math.sqrt(await projector.dot(gradient, gradient))
}

/** An ellipse that fills most of the image. */
function body(grid: ImageGrid): Float32Array {
  const [width, height] = [grid.columns * grid.pixelMm, grid.rows * grid.pixelMm]
  return ellipseImage(grid, {
    ...{ xMm: 0.05 * width, yMm: -0.05 * height, halfWidthMm: 0.35 * width, halfHeightMm: 0.25 * height },
    ...{ rotationRad: 0.2, attenuation: 0.02 },
  })
}

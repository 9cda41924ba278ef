import { describe, expect, it } from 'vitest'
import { evenAngles, imageGrid, parallelBeam } from '../ct/geometry.ts'
import type { ProjectorArray } from '../ct/projector.ts'
import { ReferenceProjector } from '../ct/reference-projector.ts'
import { dotTest } from './dot-test.ts'

const geometry = parallelBeam({ anglesRad: evenAngles(23, Math.PI), bins: 41, pitchMm: 1, offsetMm: 0.3 })
const grid = imageGrid(29, 31, 1)

/** An adjoint whose image is moved: by one column, or turned upside down. */
class WrongAdjoint extends ReferenceProjector {
  readonly #move: (values: Float32Array) => Float32Array
  constructor(move: (values: Float32Array) => Float32Array) {
    super(geometry, grid)
    this.#move = move
  }
  override async adjoint(sinogram: ProjectorArray, image: ProjectorArray): Promise<void> {
    await super.adjoint(sinogram, image)
    await this.upload(this.#move(await this.download(image)), image)
  }
}

describe('dot test', () => {
  it('passes the exact transpose', async () => {
    expect(await dotTest(new ReferenceProjector(geometry, grid), 'right')).toBeLessThan(1e-6)
  })

  it.each([
    ['shifted by one pixel', (values: Float32Array) => values.map((_, i) => values[i - 1] ?? 0)],
    ['flipped', (values: Float32Array) => values.slice().reverse()],
    ['one part in a thousand too large', (values: Float32Array) => values.map(value => 1.001 * value)],
  ])('catches an adjoint that is %s', async (_, move) => {
    expect(await dotTest(new WrongAdjoint(move), 'wrong')).toBeGreaterThan(1e-5)
  })
})

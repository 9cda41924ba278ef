// A regularised least-squares solve by conjugate gradients with any AᵀA, on the arrays
// of a projector: what tests of engines count transfers and steps by.

import type { Projector, ProjectorArray } from '../ct/projector.ts'

export interface LeastSquares {
  readonly rounds: number
  /** Iterations a round. */
  readonly iterations: number
  /** λ, mm². */
  readonly lambda: number
  /** y ← AᵀA x, or nearly. */
  readonly normal: (x: ProjectorArray, y: ProjectorArray) => Promise<void>
}

/** Minimises ‖Ax − b‖² + λ‖x‖² from zero; each round begins at the exact residual. Returns the image, row-major, float32, 1/mm. */
export async function leastSquares(
  projector: Projector,
  sinogram: ProjectorArray,
  { rounds, iterations, lambda, normal }: LeastSquares,
): Promise<Float32Array> {
  const [x, r, p, q] = [0, 1, 2, 3].map(() => projector.allocate('image')) as [ProjectorArray, ProjectorArray, ProjectorArray, ProjectorArray]
  const rest = projector.allocate('sinogram')
  for (let round = 0; round < rounds; round++) {
    await projector.forward(x, rest)
    await projector.axpby(1, sinogram, -1, rest)
    await projector.adjoint(rest, r)
    await projector.axpby(-lambda, x, 1, r)
    await projector.axpby(1, r, 0, p)
    let square = await projector.dot(r, r)
    for (let i = 0; i < iterations; i++) {
      await normal(p, q)
      await projector.axpby(lambda, p, 1, q)
      const step = square / (await projector.dot(p, q))
      await projector.axpby(step, p, 1, x)
      await projector.axpby(-step, q, 1, r)
      const next = await projector.dot(r, r)
      await projector.axpby(1, r, next / square, p)
      square = next
    }
  }
  const result = await projector.download(x)
  for (const array of [x, r, p, q, rest]) projector.release(array)
  return result
}

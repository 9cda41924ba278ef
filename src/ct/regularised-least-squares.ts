// Regularised least squares, min ‖Ax − b‖² + λ‖x‖², by conjugate gradients. Where the
// projector has `normal`, each gradient first goes through some iterations of
// (normal + λ)⁻¹: a preconditioner that changes, so every direction is made conjugate to
// the last one explicitly (flexible conjugate gradients, Notay 2000, SIAM J. Sci. Comput.
// 22:1444). Gradients and steps are A's own: what `normal` gets wrong costs iterations,
// and never changes where they end.
// Trap: (normal + λ)⁻¹ alone, however often its residual is made exact, ends elsewhere when λ is small.

import type { Projector, ProjectorArray } from './projector.ts'

export interface RegularisedLeastSquares {
  /** λ ≥ 0, mm². */
  readonly lambda: number
  /** Each costs one `forward` and one `adjoint`, and the first another two. */
  readonly iterations: number
  /** How many each of them takes through `normal`, where it exists; 0 for plain conjugate gradients. */
  readonly normalIterations?: number
}

/**
 * Moves `image` (1/mm) from what it holds towards the minimiser for `sinogram`, in place.
 * @throws what the projector throws for arrays of different batches.
 */
export async function regularisedLeastSquares(
  projector: Projector,
  sinogram: ProjectorArray,
  image: ProjectorArray,
  { lambda, iterations, normalIterations = 20 }: RegularisedLeastSquares,
): Promise<void> {
  const lines = projector.allocate('sinogram', image.batch)
  const [gradient, towards, direction, curved] = allocateImages(projector, image.batch, 4)
  try {
    await projector.forward(image, lines)
    await projector.axpby(1, sinogram, -1, lines)
    await projector.adjoint(lines, gradient)
    await projector.axpby(-lambda, image, 1, gradient)
    let curvature = 0
    for (let i = 0; i < iterations; i++) {
      await precondition(projector, gradient, towards, lambda, normalIterations)
      const overlap = i === 0 ? 0 : (await projector.dot(towards, curved)) / curvature
      await projector.axpby(1, towards, -overlap, direction)
      await projector.forward(direction, lines)
      await projector.adjoint(lines, curved)
      await projector.axpby(lambda, direction, 1, curved)
      curvature = await projector.dot(direction, curved)
      if (curvature === 0) break // the gradient is zero: this is the minimum
      const step = (await projector.dot(direction, gradient)) / curvature
      await projector.axpby(step, direction, 1, image)
      await projector.axpby(-step, curved, 1, gradient)
    }
  } finally {
    for (const array of [lines, gradient, towards, direction, curved]) projector.release(array)
  }
}

/** solution ≈ (normal + λ)⁻¹ gradient by conjugate gradients from zero; the gradient itself where that is not wanted or not there. */
async function precondition(
  projector: Projector,
  gradient: ProjectorArray,
  solution: ProjectorArray,
  lambda: number,
  iterations: number,
): Promise<void> {
  if (!projector.normal || iterations === 0) return projector.axpby(1, gradient, 0, solution)
  const [rest, direction, curved] = allocateImages(projector, gradient.batch, 3)
  try {
    await projector.axpby(0, gradient, 0, solution)
    await projector.axpby(1, gradient, 0, rest)
    await projector.axpby(1, gradient, 0, direction)
    let square = await projector.dot(rest, rest)
    for (let i = 0; i < iterations && square > 0; i++) {
      await projector.normal(direction, curved)
      await projector.axpby(lambda, direction, 1, curved)
      const step = square / (await projector.dot(direction, curved))
      await projector.axpby(step, direction, 1, solution)
      await projector.axpby(-step, curved, 1, rest)
      const next = await projector.dot(rest, rest)
      await projector.axpby(1, rest, next / square, direction)
      square = next
    }
  } finally {
    for (const array of [rest, direction, curved]) projector.release(array)
  }
}

function allocateImages<Count extends 3 | 4>(projector: Projector, batch: number, count: Count): Images[Count] {
  return Array.from({ length: count }, () => projector.allocate('image', batch)) as unknown as Images[Count]
}

interface Images {
  readonly 3: [ProjectorArray, ProjectorArray, ProjectorArray]
  readonly 4: [ProjectorArray, ProjectorArray, ProjectorArray, ProjectorArray]
}

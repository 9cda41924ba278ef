// The dot test: an adjoint is the transpose only if ⟨Ax, y⟩ = ⟨x, Aᵀy⟩. Zero-mean
// random vectors, since with positive ones a shifted or flipped adjoint still passes;
// normalised by norms, as CIL does.

import { PhiloxRandom, seedKey } from '../ct/random.ts'
import type { Projector } from '../ct/projector.ts'

/** |⟨Ax, y⟩ − ⟨x, Aᵀy⟩| / (‖Ax‖·‖y‖), sums in float64. About 1e-8 for float32 pairs; about 1/√values for a wrong adjoint. */
export async function dotTest(projector: Projector, seed: string): Promise<number> {
  const image = projector.allocate('image')
  const sinogram = projector.allocate('sinogram')
  const x = normalVector(image.length, `${seed} x`)
  const y = normalVector(sinogram.length, `${seed} y`)
  await projector.upload(x, image)
  await projector.forward(image, sinogram)
  const ax = await projector.download(sinogram)
  await projector.upload(y, sinogram)
  await projector.adjoint(sinogram, image)
  const aty = await projector.download(image)
  projector.release(image)
  projector.release(sinogram)
  return Math.abs(inner(ax, y) - inner(x, aty)) / Math.sqrt(inner(ax, ax) * inner(y, y))
}

/** Standard normal values of the stream `seed`, float32. */
export function normalVector(length: number, seed: string): Float32Array {
  const random = new PhiloxRandom(seedKey('vector', seed))
  return Float32Array.from({ length }, () => random.normal())
}

/** ‖a − b‖ / ‖b‖ in float64. */
export function relativeError(a: Float32Array, b: Float32Array): number {
  let difference = 0
  for (let i = 0; i < a.length; i++) difference += (a[i]! - b[i]!) * (a[i]! - b[i]!)
  return Math.sqrt(difference / inner(b, b))
}

function inner(a: Float32Array, b: Float32Array): number {
  let sum = 0
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!
  return sum
}

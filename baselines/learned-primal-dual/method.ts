// Learned primal-dual: a few unrolled steps that alternate between sinogram and image,
// each with a small network of its own. Weights and first FBP: primal.onnx and dual.onnx;
// what it learned from and what it is bad at: card.md.

import { defineLearnedPrimalDual } from '../../src/api.ts'

export default defineLearnedPrimalDual({
  primal: new URL('./primal.onnx', import.meta.url),
  dual: new URL('./dual.onnx', import.meta.url),
})

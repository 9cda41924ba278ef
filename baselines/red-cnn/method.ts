// RED-CNN: five convolutions, five transposed ones and shortcuts between them, trained
// on pairs of low-dose FBP and truth. Weights, units and FBP: model.onnx; what it
// learned from and what it is bad at: card.md.

import { defineLearnedDenoiser } from '../../src/api.ts'

export default defineLearnedDenoiser({ model: new URL('./model.onnx', import.meta.url) })

// The generator of a Wasserstein GAN: trained to be taken for a full-dose image, so that
// it keeps the noise's texture where a mean squared error blurs. Weights, units and FBP:
// model.onnx; what it learned from and what it is bad at: card.md.

import { defineLearnedDenoiser } from '../../src/api.ts'

export default defineLearnedDenoiser({ model: new URL('./model.onnx', import.meta.url) })

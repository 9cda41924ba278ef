// Noise2Inverse, strategy X:1: a network that learned from noisy sinograms alone to
// predict the FBP of one split of the views from the others'; the image is its mean over
// the splits (src/networks/noise2inverse.ts). Weights, splits, units and FBP: model.onnx;
// what it learned from and what it is bad at: card.md.

import { defineNoise2Inverse } from '../../src/api.ts'

export default defineNoise2Inverse({ model: new URL('./model.onnx', import.meta.url) })

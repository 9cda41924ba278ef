// Everything that the projector calls. Kernels that threads share take a tile and
// the number of the thread first; a tile owns its output, so the bits of a result
// never depend on who computes which.

export { acquire } from './acquire'
export { adjoint, forward, gatherRun, layRays, projectScratchBytes } from './joseph'
export { backproject, backprojectScratchBytes, imageFromTile } from './backproject'
export { convolveColumns, rowsOfSpectrum, spectrumOfRows } from './convolve'
export { filterRows } from './fft'
export { imageFromTable, tableFromImage, tableFromRows } from './lanes'
export { addBlobs, addPaint, paintScratchBytes } from './line-integrals'
export { addSimilarPixels, similarPixelsScratchBytes } from './non-local-means'
export { meanSquaredError, similarity, ssimScratchBytes, valuesOfHu } from './score'
export { axpby, dot, multiply } from './vectors'

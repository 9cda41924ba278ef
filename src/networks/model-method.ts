// The method that an ONNX file is by itself, with nothing beside it.

import type { Method } from '../ct/method.ts'
import { readImageModel } from './image-model.ts'
import { learnedDenoiser, type LearnedParameters } from './learned-denoiser.ts'
import { noise2Inverse } from './noise2inverse.ts'

/** Title, citation, parameters and all the rest come from the file's metadata. @throws UserError when it cannot be used. */
export function methodOfModel(path: string): Method<LearnedParameters> {
  const model = readImageModel(path)
  return model.metadata.splits === undefined ? learnedDenoiser(model) : noise2Inverse(model)
}

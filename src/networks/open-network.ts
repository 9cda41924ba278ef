// Which runtime a network runs on: what was asked for, or the best that can run it.

import type { NetworkRuntime } from '../ct/method.ts'
import type { ImageModel } from './image-model.ts'
import type { Network } from './network.ts'
import { onnxProviders, openOnnxRuntime, type OnnxProvider } from './onnx-runtime.ts'

/** auto: ONNX Runtime on the CPU, whose records anyone can make again. The others: ONNX Runtime on the named provider, or an error. */
export const runtimeChoices = ['auto', ...onnxProviders] as const
export type RuntimeChoice = (typeof runtimeChoices)[number]

export interface NetworkRequest {
  readonly runtime: RuntimeChoice
  readonly threads: number
}

export interface OpenedNetwork extends NetworkRuntime {
  readonly network: Network
}

/** @throws UserError when the runtime is not there or refuses the model. */
export async function openNetwork({ bytes, path }: ImageModel, { runtime, threads }: NetworkRequest): Promise<OpenedNetwork> {
  const provider: OnnxProvider = runtime === 'auto' ? 'cpu' : runtime
  const network = await openOnnxRuntime({ bytes, path, threads, provider })
  return { network, runtime: network.runtime, note: null }
}

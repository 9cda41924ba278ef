// Which runtime a network runs on: what was asked for, or the best that can run it.

import type { NetworkRuntime } from '../ct/method.ts'
import type { BackendId } from '../ct/projector.ts'
import type { GpujsNetwork } from './gpujs-network.ts'
import type { ImageModel } from './image-model.ts'
import type { Network } from './network.ts'
import type { ImageSize } from './network-launches.ts'
import { UnsupportedOperatorError } from './network-steps.ts'
import { onnxProviders, openOnnxRuntime, type OnnxProvider } from './onnx-runtime.ts'

/**
 * auto: the gpu.js kernels where the projector runs on them and they can run the model, else ONNX Runtime on the
 * CPU. The others: ONNX Runtime on the named provider, or an error.
 */
export const runtimeChoices = ['auto', ...onnxProviders] as const
export type RuntimeChoice = (typeof runtimeChoices)[number]

export interface NetworkRequest {
  readonly runtime: RuntimeChoice
  readonly threads: number
  /** The projector's, where there is one. */
  readonly backend?: BackendId
  /** Of the images, or of their tiles. */
  readonly size?: ImageSize
}

export interface OpenedNetwork extends NetworkRuntime {
  readonly network: Network
  /** The network, where it takes images that are on the projector's device. */
  readonly onDevice: GpujsNetwork | null
}

/** @throws UserError when the runtime is not there or refuses the model. */
export async function openNetwork({ bytes, path, graph }: ImageModel, { runtime, threads, backend, size }: NetworkRequest): Promise<OpenedNetwork> {
  let note: string | null = null
  if (runtime === 'auto' && (backend === 'webgpu' || backend === 'gpujs-webasm' || backend === 'gpujs-cpu')) {
    const { openGpujsNetwork } = await import('./gpujs-network.ts')
    try {
      const network = await openGpujsNetwork(graph, { backend, threads, ...(size && { size }) })
      return { network, onDevice: network, runtime: network.runtime, note }
    } catch (error) {
      if (!(error instanceof UnsupportedOperatorError)) throw error
      note = error.reason
    }
  }
  const provider: OnnxProvider = runtime === 'auto' ? 'cpu' : runtime
  const network = await openOnnxRuntime({ bytes, path, threads, provider })
  return { network, onDevice: null, runtime: network.runtime, note }
}

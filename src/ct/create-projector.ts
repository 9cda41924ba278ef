// The one place where engines are chosen and made. An engine's code is loaded when it
// is first asked for: a command that only lists things never loads gpu.js.

import { probeWebgpu, softwareAllowed } from '../kernels/webgpu.ts'
import { BackendUnavailableError, backendIds, type BackendChoice, type BackendId, type Projector, type ProjectorRequest } from './projector.ts'

export interface BackendStatus {
  readonly id: BackendId
  readonly available: boolean
  /** Name of the GPU adapter, null on a CPU or where none answers. */
  readonly adapter: string | null
  /** What it is, or why it is not available and what to do. */
  readonly detail: string
}

export interface ResolvedBackend {
  readonly backend: BackendId
  readonly adapter: string | null
  /** Why this one, in a few words. */
  readonly reason: string
}

/**
 * Makes the engine that was asked for, never another.
 * @throws BackendUnavailableError when it is not available, GeometryError when the geometry does not fit the grid.
 */
export async function createProjector(request: ProjectorRequest): Promise<Projector> {
  const { backend, geometry, grid } = request
  switch (backend) {
    case 'reference': {
      const { ReferenceProjector } = await import('./reference-projector.ts')
      return new ReferenceProjector(geometry, grid)
    }
    case 'wasm': {
      const { createWasmProjector } = await import('./wasm-projector.ts')
      return createWasmProjector(request)
    }
    case 'webgpu':
    case 'gpujs-webasm':
    case 'gpujs-cpu': {
      const { GpujsProjector } = await import('./gpujs-projector.ts')
      return GpujsProjector.open({ ...request, backend })
    }
    default:
      return backend satisfies never
  }
}

/**
 * What `choice` means on this machine. `auto` is webgpu on a real adapter, else wasm,
 * else gpujs-webasm, else gpujs-cpu. The adapter is looked up once a process.
 * @throws BackendUnavailableError when a backend was named that is not available here.
 */
export async function resolveBackend(choice: BackendChoice): Promise<ResolvedBackend> {
  if (choice !== 'auto') {
    const found = await status(choice)
    if (!found.available) throw unavailable(found)
    return { backend: choice, adapter: found.adapter, reason: 'asked for' }
  }
  // A software adapter may be allowed for tests; it is still no GPU to be chosen by itself.
  const gpu = await status('webgpu')
  if (gpu.available && !(await webgpu()).software)
    return { backend: 'webgpu', adapter: gpu.adapter, reason: `the GPU ${gpu.adapter} answered` }
  return resolveWithoutGpu('no GPU answered')
}

/** What `auto` means where there is no GPU, or none any more; `why` is the reason so far. */
export async function resolveWithoutGpu(why: string): Promise<ResolvedBackend> {
  const wasm = await status('wasm')
  if (wasm.available) return { backend: 'wasm', adapter: null, reason: why }
  const portable = await status('gpujs-webasm')
  return { backend: portable.available ? portable.id : 'gpujs-cpu', adapter: null, reason: `${why}, nor is wasm there: ${wasm.detail}` }
}

/** Every backend in the order of `backendIds`, with what is there on this machine. */
export async function listBackends(): Promise<BackendStatus[]> {
  return Promise.all(backendIds.map(status))
}

async function status(id: BackendId): Promise<BackendStatus> {
  const here = (detail: string): BackendStatus => ({ id, available: true, adapter: null, detail })
  switch (id) {
    case 'reference':
      return here('float64 loops: slow, what the others are checked against')
    case 'wasm': {
      const { wasmAvailable } = await import('./wasm-projector.ts')
      return { id, adapter: null, ...(await wasmAvailable()) }
    }
    case 'gpujs-webasm':
      return webassemblyMemory() ? here('gpu.js kernels as WebAssembly, SIMD') : { id, available: false, adapter: null, detail: 'No WebAssembly memory can be had.' }
    case 'gpujs-cpu':
      return here('gpu.js kernels as JavaScript, for checking')
    case 'webgpu': {
      const { adapter, software, problem } = await webgpu()
      if (adapter === null) return { id, available: false, adapter: null, detail: problem }
      if (!software) return { id, available: true, adapter, detail: `gpu.js kernels on ${adapter}` }
      const detail = softwareAllowed()
        ? `gpu.js kernels on the software adapter ${adapter}, for tests`
        : `Only the software adapter ${adapter} answered, which is not a GPU. Install a Vulkan driver for the GPU.`
      return { id, available: softwareAllowed(), adapter, detail }
    }
    default:
      return id satisfies never
  }
}

/** Whether a memory can be had at all: each reserves 10 GiB of addresses. */
function webassemblyMemory(): boolean {
  try {
    return new WebAssembly.Memory({ initial: 1, maximum: 1, shared: false }).buffer.byteLength > 0
  } catch (error) {
    if (error instanceof RangeError) return false
    throw error
  }
}

interface WebgpuAnswer {
  readonly adapter: string | null
  readonly software: boolean
  /** Why there is no adapter; empty where there is one. */
  readonly problem: string
}

let webgpuAnswer: Promise<WebgpuAnswer> | null = null

/** Asks for an adapter, once a process. */
function webgpu(): Promise<WebgpuAnswer> {
  webgpuAnswer ??= probeWebgpu().then(
    ({ name, software }) => ({ adapter: name, software, problem: '' }),
    (error: unknown) => {
      if (error instanceof BackendUnavailableError) return { adapter: null, software: false, problem: error.message }
      throw error
    },
  )
  return webgpuAnswer
}

function unavailable({ id, detail }: BackendStatus): BackendUnavailableError {
  return new BackendUnavailableError(`Backend "${id}" is not available. ${detail} Or pass --backend auto.`)
}

// The only import of gpu.js: opens a backend, compiles kernels, moves arrays.
// gpu.js falls back to other backends without saying so, so every kernel is asked
// after its run what it really is. Arrays are Float32Arrays on the CPU backends and
// stay on the device under webgpu.

// eslint-disable-next-line no-restricted-imports -- this is the file that the rule names
import gpujs from 'gpu.js'
import { BackendError, BackendUnavailableError } from '../ct/projector.ts'
import { copy } from './elementwise.ts'
import { GpuDevice, type RawDevice } from './gpu-device.ts'
import { holdWebgpu, type WebgpuHold } from './webgpu.ts'

/** Exported by gpu.js but not declared: the wrapper of shaped arrays, and the device that its instances share. */
const { GPU, input, WebGPUContext } = gpujs as typeof gpujs & {
  input(values: Float32Array, size: readonly number[]): unknown
  WebGPUContext: { acquire(): Promise<{ readonly device: RawDevice }>; destroy(): Promise<void> }
}

export type KernelBackendId = 'webgpu' | 'gpujs-webasm' | 'gpujs-cpu'

const modes = { webgpu: 'webgpu', 'gpujs-webasm': 'webasm', 'gpujs-cpu': 'cpu' } as const

/** All that a kernel of gpujs-webasm can address. */
const webasmBytes = 2 ** 32

/** What a pipelined webgpu kernel returns: a buffer on the device. */
interface DeviceBuffer {
  toArray(): Promise<Float32Array[]>
  delete(): void
}

/** Row-major [height][width], float32, in this process or on the device. */
export interface Matrix {
  readonly width: number
  readonly height: number
  readonly values: Float32Array | DeviceBuffer
}

export interface KernelSettings {
  /** For messages. */
  readonly name: string
  readonly width: number
  readonly height: number
  /** Scalars that are counts or indices. */
  readonly counts?: Readonly<Record<string, number>>
  /** Scalars that are lengths, angles or weights. */
  readonly numbers?: Readonly<Record<string, number>>
  /** Arrays copied to the device once; a height makes them [height][width], else they are [width]. */
  readonly tables?: Readonly<Record<string, Table>>
}

export interface Table {
  readonly values: Float32Array
  readonly height?: number
}

export type CompiledKernel = (...inputs: (Matrix | number)[]) => Promise<Matrix>

/** A GPU that is held: its adapter and the device that all its kernels run on. */
interface HeldGpu {
  readonly hold: WebgpuHold
  readonly device: GpuDevice
}

/** gpu.js's own types know neither constants by name nor what a webgpu kernel returns. */
interface GpuKernel {
  (...inputs: unknown[]): unknown
  readonly kernel: { readonly constructor: { readonly mode: string }; readonly fallbackReason?: string | null }
}

export class KernelBackend {
  readonly id: KernelBackendId
  /** Name of the GPU adapter, null on a CPU. */
  readonly adapter: string | null
  readonly #gpu: InstanceType<typeof GPU>
  readonly #threads: number
  readonly #held: HeldGpu | null
  readonly #copies = new Map<string, CompiledKernel>()

  private constructor(id: KernelBackendId, threads: number, held: HeldGpu | null) {
    this.id = id
    this.adapter = held?.hold.adapter ?? null
    this.#threads = threads
    this.#held = held
    this.#gpu = new GPU({ mode: modes[id] })
  }

  /** @throws BackendUnavailableError when no adapter answers webgpu, only one that is software, or none gives a device. */
  static async open(id: KernelBackendId, threads: number): Promise<KernelBackend> {
    return new KernelBackend(id, threads, id === 'webgpu' ? await holdGpu() : null)
  }

  /** Compiles `source` (see kernel-this.ts). The kernel's result is a new matrix of settings.width × height. */
  compile(source: (this: never, ...inputs: never[]) => number, settings: KernelSettings): CompiledKernel {
    const { name, width, height, counts = {}, numbers = {}, tables = {} } = settings
    const constants: Record<string, unknown> = { ...counts, ...numbers }
    const constantTypes: Record<string, string> = {}
    for (const key of Object.keys(counts)) constantTypes[key] = 'Integer'
    for (const key of Object.keys(numbers)) constantTypes[key] = 'Float'
    for (const [key, table] of Object.entries(tables)) {
      const { values, height } = table
      constants[key] = input(values, height === undefined ? [values.length] : [values.length / height, height])
      constantTypes[key] = 'Input'
    }
    const onDevice = this.id === 'webgpu'
    const kernel = this.#gpu.createKernel(source.toString(), {
      output: [width, height],
      constants,
      constantTypes,
      precision: 'single',
      ...(onDevice ? { pipeline: true, immutable: true } : {}),
      ...(this.#threads > 1 && this.id === 'gpujs-webasm' ? { asyncMode: true, poolSize: this.#threads } : {}),
    } as never) as unknown as GpuKernel

    return async (...inputs) => {
      const values = inputs.map(value => {
        if (typeof value === 'number') return value
        return value.values instanceof Float32Array ? input(value.values, [value.width, value.height]) : value.values
      })
      const result = await this.#watched(`kernel ${name}`, () => kernel(...values))
      this.#requireHonest(name, kernel)
      return { width, height, values: onDevice ? (result as DeviceBuffer) : flatten(result as Float32Array[], width) }
    }
  }

  /** Zeros; under webgpu they go to the device when they are uploaded. @throws BackendError when they cannot be had. */
  zeros(width: number, height: number): Matrix {
    this.#held?.device.requireBuffer(width * height * 4)
    if (this.id === 'gpujs-webasm' && width * height * 4 > webasmBytes)
      throw new BackendError(`WebAssembly holds at most 4096 MiB; one image or sinogram here has ${((width * height * 4) / 2 ** 20).toFixed(0)} MiB. Take a smaller one.`)
    return { width, height, values: new Float32Array(width * height) }
  }

  /** Takes a copy of row-major [height][width] values. */
  async upload(values: Float32Array, width: number, height: number): Promise<Matrix> {
    const host: Matrix = { width, height, values }
    if (this.id !== 'webgpu') return { ...host, values: values.slice() }
    const key = `${width}×${height}`
    let kernel = this.#copies.get(key)
    if (!kernel) {
      kernel = this.compile(copy, { name: 'copy', width, height })
      this.#copies.set(key, kernel)
    }
    return kernel(host)
  }

  /** The values; on the CPU the matrix's own array, not a copy. */
  async download(matrix: Matrix): Promise<Float32Array> {
    const { values, width } = matrix
    if (values instanceof Float32Array) return values
    return flatten(await this.#watched('a result read back', () => values.toArray()), width)
  }

  free(matrix: Matrix): void {
    if (!(matrix.values instanceof Float32Array)) matrix.values.delete()
  }

  async close(): Promise<void> {
    try {
      await this.#gpu.destroy()
    } finally {
      await this.#held?.hold.leave(() => WebGPUContext.destroy())
    }
  }

  #watched<T>(what: string, work: () => T | Promise<T>): T | Promise<T> {
    return this.#held ? this.#held.device.run(what, work) : work()
  }

  #requireHonest(name: string, kernel: GpuKernel): void {
    const got = kernel.kernel.constructor.mode
    if (got === modes[this.id]) return
    throw new BackendError(
      `Asked for ${this.id}, got ${got} in kernel ${name}: ${kernel.kernel.fallbackReason ?? 'gpu.js gave no reason'}. Pass --backend auto or reference.`,
    )
  }
}

async function holdGpu(): Promise<HeldGpu> {
  const hold = await holdWebgpu()
  try {
    const { device } = await WebGPUContext.acquire()
    return { hold, device: GpuDevice.of(device, hold.adapter) }
  } catch (error) {
    await hold.leave(() => WebGPUContext.destroy())
    const why = error instanceof Error ? error.message.split('\n')[0] : String(error)
    throw new BackendUnavailableError(`The GPU ${hold.adapter} gave no device: ${why}`, { cause: error })
  }
}

/** One flat array of rows that a kernel returned; rows that lie one after the other in one buffer are not copied. */
function flatten(rows: readonly Float32Array[] | Float32Array, width: number): Float32Array {
  if (rows instanceof Float32Array) return rows
  const first = rows[0]!
  if (first.buffer.byteLength - first.byteOffset === rows.length * width * 4)
    return new Float32Array(first.buffer as ArrayBuffer, first.byteOffset, rows.length * width)
  const flat = new Float32Array(rows.length * width)
  rows.forEach((row, y) => flat.set(row, y * width))
  return flat
}

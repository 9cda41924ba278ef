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

/** What a pipelined webgpu kernel returns: a buffer on the device, and how it is to be read. */
interface DeviceBuffer {
  output: number[]
  componentCount: number
  readonly context: { readonly device: { readonly queue: { onSubmittedWorkDone(): Promise<void> } } }
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
  /** Planes of width × height, one below the other in the result; a kernel counts them with thread.z. One when absent. */
  readonly planes?: number
  /** The kernel returns four neighbours in a row at once, thread.x counts fours; width is a multiple of four. */
  readonly fours?: boolean
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

export interface CompiledKernel {
  (...inputs: (Matrix | number)[]): Promise<Matrix>
  /** Gives back what the kernel itself holds: tables and, on a CPU, the memory that it runs in. Its results stay. */
  destroy(): void
}

/** A GPU that is held: its adapter and the device that all its kernels run on. */
interface HeldGpu {
  readonly hold: WebgpuHold
  readonly device: GpuDevice
}

/** gpu.js's own types know neither constants by name nor what a webgpu kernel returns. */
interface GpuKernel {
  (...inputs: unknown[]): unknown
  readonly kernel: {
    readonly constructor: { readonly mode: string }
    readonly fallbackReason?: string | null
    outputBuffer?: { _refs: number } | null
    _shapeOutput?: (data: Float32Array) => unknown
  }
  destroy(): void
}

/** Bytes of freed buffers that a GPU may still be busy with before the host waits for it. */
const pendingLimit = 256e6

export class KernelBackend {
  readonly id: KernelBackendId
  /** Name of the GPU adapter, null on a CPU. */
  readonly adapter: string | null
  /** Bytes of the largest matrix that the device can hold; no limit on a CPU. */
  readonly largestBytes: number
  readonly #gpu: InstanceType<typeof GPU>
  readonly #threads: number
  readonly #held: HeldGpu | null
  readonly #copies = new Map<string, CompiledKernel>()
  /** Bytes freed since the host last waited: a device keeps a buffer until the work that was submitted with it is done. */
  #pendingBytes = 0

  private constructor(id: KernelBackendId, threads: number, held: HeldGpu | null) {
    this.id = id
    this.adapter = held?.hold.adapter ?? null
    this.largestBytes = held?.device.largestBytes ?? Infinity
    this.#threads = threads
    this.#held = held
    this.#gpu = new GPU({ mode: modes[id] })
  }

  /** @throws BackendUnavailableError when no adapter answers webgpu, only one that is software, or none gives a device. */
  static async open(id: KernelBackendId, threads: number): Promise<KernelBackend> {
    return new KernelBackend(id, threads, id === 'webgpu' ? await holdGpu() : null)
  }

  /** Compiles `source` (see kernel-this.ts). The kernel's result is a new matrix of settings.width × (height · planes). */
  compile(source: (this: never, ...inputs: never[]) => number | readonly number[], settings: KernelSettings): CompiledKernel {
    const { name, width, height, planes, fours = false, counts = {}, numbers = {}, tables = {} } = settings
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
      output: [fours ? width / 4 : width, height, ...(planes === undefined ? [] : [planes])],
      constants,
      constantTypes,
      precision: 'single',
      ...(onDevice ? { pipeline: true, immutable: true } : {}),
      ...(this.#threads > 1 && this.id === 'gpujs-webasm' ? { asyncMode: true, poolSize: this.#threads } : {}),
    } as never) as unknown as GpuKernel
    // gpu.js would cut the flat result of a WebAssembly kernel into an array for every four values.
    if (this.id === 'gpujs-webasm') kernel.kernel._shapeOutput = data => data
    const rows = height * (planes ?? 1)

    const run = async (...inputs: (Matrix | number)[]): Promise<Matrix> => {
      const values = inputs.map(value => {
        if (typeof value === 'number') return value
        return value.values instanceof Float32Array ? input(value.values, [value.width, value.height]) : value.values
      })
      const result = await this.#watched(`kernel ${name}`, () => kernel(...values))
      this.#requireHonest(name, kernel)
      if (!onDevice) return { width, height: rows, values: flatten(result as NestedRows, width * rows) }
      const buffer = disown(kernel, result as DeviceBuffer, width, rows)
      await this.#watched(`kernel ${name}`, () => this.#settle(buffer))
      return { width, height: rows, values: buffer }
    }
    return Object.assign(run, { destroy: () => kernel.destroy() })
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
    const { values, width, height } = matrix
    if (values instanceof Float32Array) return values
    return flatten(await this.#watched('a result read back', () => values.toArray()), width * height)
  }

  free(matrix: Matrix): void {
    if (matrix.values instanceof Float32Array) return
    matrix.values.delete()
    this.#pendingBytes += 4 * matrix.width * matrix.height
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

  /** Waits for the device when much of what was freed may still be in use, so that a long chain of kernels stays within its memory. */
  async #settle({ context }: DeviceBuffer): Promise<void> {
    if (this.#pendingBytes < pendingLimit) return
    this.#pendingBytes = 0
    await context.device.queue.onSubmittedWorkDone()
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

/** The result of a kernel as a buffer of rows that lives until it is deleted: gpu.js would keep it until the kernel runs again. */
function disown(kernel: GpuKernel, result: DeviceBuffer, width: number, height: number): DeviceBuffer {
  const owner = kernel.kernel
  if (owner.outputBuffer) owner.outputBuffer._refs -= 1
  owner.outputBuffer = null
  result.output = [width, height]
  result.componentCount = 1
  return result
}

/** Rows, planes of rows, or either of them in fours. */
type NestedRows = Float32Array | readonly number[] | readonly NestedRows[]

/** One flat array of what a kernel returned; rows that lie one after the other in one buffer are not copied. */
function flatten(rows: NestedRows, length: number): Float32Array {
  if (rows instanceof Float32Array) return rows
  const first = rows[0]
  if (first instanceof Float32Array && first.buffer.byteLength - first.byteOffset === length * 4)
    return new Float32Array(first.buffer as ArrayBuffer, first.byteOffset, length)
  const flat = new Float32Array(length)
  fill(flat, 0, rows)
  return flat
}

/** Writes nested rows to `flat` from `at` on and returns where they end. */
function fill(flat: Float32Array, at: number, rows: NestedRows): number {
  if (typeof rows[0] !== 'number') return (rows as readonly NestedRows[]).reduce((next: number, row) => fill(flat, next, row), at)
  flat.set(rows as readonly number[], at)
  return at + rows.length
}

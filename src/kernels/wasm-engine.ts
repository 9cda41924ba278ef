// One WebAssembly memory with the kernels on it, run by the calling thread and, where
// asked for, by worker threads beside it. With one thread no worker is started and
// the memory is not shared.

import { instantiateKernels, kernelMemory, kernelModule, type Kernels, type TileKernels } from './wasm-kernels.ts'
import { WasmArena } from './wasm-arena.ts'
import { livingThreads, threads } from './wasm-threads.ts'

/** A kernel trapped, a thread died or memory could not be had. */
export class WasmFault extends Error {
  override readonly name = 'WasmFault'
}

/** After so many milliseconds of work timers and messages get their turn. */
const breatheAfterMs = 40

let engines = 0
let jobs = 0

export class WasmEngine {
  readonly threads: number
  readonly kernels: Kernels
  readonly #id = engines++
  readonly #module: WebAssembly.Module
  readonly #memory: WebAssembly.Memory
  readonly #arena: WasmArena
  #lastBreath = performance.now()

  /** @throws WasmFault when the memory cannot be had. */
  constructor(threadCount: number) {
    this.threads = Math.max(1, Math.floor(threadCount))
    const shared = this.threads > 1
    this.#module = kernelModule(shared)
    try {
      this.#memory = kernelMemory(shared)
    } catch (error) {
      throw new WasmFault(`The wasm engine got no memory: ${String(error)}`, { cause: error })
    }
    this.kernels = instantiateKernels(this.#module, this.#memory)
    this.#arena = new WasmArena(this.#memory)
    for (const thread of threads(this.threads - 1)) thread.open(this.#id, this.#module, this.#memory)
  }

  /** Byte offset of a zeroed block. @throws WasmFault when memory cannot be had. */
  allocate(bytes: number): number {
    try {
      return this.#arena.allocate(bytes)
    } catch (error) {
      if (!(error instanceof RangeError)) throw error
      throw new WasmFault(
        `The wasm engine could not get ${(bytes / 2 ** 20).toFixed(0)} MiB (it holds ${(this.#memory.buffer.byteLength / 2 ** 20).toFixed(0)} of at most 4096). ` +
          'Release arrays, or take smaller batches.',
        { cause: error },
      )
    }
  }

  free(at: number): void {
    this.#arena.free(at)
  }

  /** A view that is valid until the next allocation. */
  floats(at: number, length: number): Float32Array<ArrayBufferLike> {
    return new Float32Array(this.#memory.buffer, at, length)
  }

  doubles(at: number, length: number): Float64Array<ArrayBufferLike> {
    return new Float64Array(this.#memory.buffer, at, length)
  }

  integers(at: number, length: number): Int32Array<ArrayBufferLike> {
    return new Int32Array(this.#memory.buffer, at, length)
  }

  /**
   * Runs tiles 0 … tiles − 1 of a kernel, each once, in any order, on all threads.
   * @throws WasmFault when a tile traps or a thread dies; the engine can be used again.
   */
  async run<Name extends keyof TileKernels>(kernel: Name, tiles: number, args: TileKernels[Name]): Promise<void> {
    const helpers = Math.min(this.threads, tiles) - 1
    const counter = new Int32Array(helpers > 0 ? new SharedArrayBuffer(4) : new ArrayBuffer(4))
    const answers = helpers > 0 ? this.#startThreads(helpers, kernel, tiles, args, counter.buffer as SharedArrayBuffer) : []
    let fault: unknown = null
    try {
      const compute = this.kernels[kernel] as (tile: number, thread: number, ...args: number[]) => void
      for (let tile = Atomics.add(counter, 0, 1); tile < tiles; tile = Atomics.add(counter, 0, 1)) {
        compute(tile, 0, ...args)
        if (helpers === 0) await this.#breathe()
      }
    } catch (error) {
      Atomics.store(counter, 0, tiles)
      fault = error
    }
    for (const answer of await Promise.allSettled(answers)) if (answer.status === 'rejected') fault ??= answer.reason
    if (fault !== null) throw new WasmFault(`The wasm kernel ${kernel} failed: ${messageOf(fault)}`, { cause: fault })
  }

  /** Lets the threads forget the memory. */
  dispose(): void {
    for (const thread of livingThreads()) thread.close(this.#id)
  }

  #startThreads(count: number, kernel: string, tiles: number, args: readonly number[], counter: SharedArrayBuffer): Promise<void>[] {
    return threads(count).map((thread, index) => {
      thread.open(this.#id, this.#module, this.#memory)
      return thread.run({ kind: 'run', job: jobs++, engine: this.#id, kernel, thread: index + 1, tiles, counter, args })
    })
  }

  async #breathe(): Promise<void> {
    if (performance.now() - this.#lastBreath < breatheAfterMs) return
    await new Promise(resolve => setImmediate(resolve))
    this.#lastBreath = performance.now()
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}

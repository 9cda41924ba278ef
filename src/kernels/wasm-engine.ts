// One WebAssembly memory with the kernels on it, run by the calling thread and, where
// asked for, by worker threads beside it. With one thread no worker is started and
// the memory is not shared.

import { WasmArena } from './wasm-arena.ts'
import type { ArrayKernels, TileKernels } from './wasm-kernels.ts'
import { livingThreads, threads, type Thread } from './wasm-threads.ts'
import { giveBackWorkspace, takeWorkspace, type Workspace } from './wasm-workspace.ts'

/** A kernel trapped, a thread died or memory could not be had. */
export class WasmFault extends Error {
  override readonly name = 'WasmFault'
}

/** After so many milliseconds of work timers and messages get their turn. */
const breatheAfterMs = 40

const moreAddresses =
  'A memory reserves 10 GiB of addresses, whatever it uses: raise `ulimit -v`, or set NODE_OPTIONS=--disable-wasm-trap-handler, which needs fewer.'

let jobs = 0

export class WasmEngine {
  readonly threads: number
  readonly #workspace: Workspace
  #arena: WasmArena
  /** After a fault nobody knows what the memory holds: no other engine gets it. */
  #faulty = false
  #disposed = false
  #lastBreath = performance.now()

  /** @throws WasmFault when the memory or a thread cannot be had. */
  constructor(threadCount: number) {
    this.threads = Math.max(1, Math.floor(threadCount))
    try {
      this.#workspace = takeWorkspace(this.threads > 1)
    } catch (error) {
      throw new WasmFault(`The wasm engine got no memory: ${messageOf(error)}. ${moreAddresses}`, { cause: error })
    }
    this.#arena = new WasmArena(this.#workspace.memory)
    this.#openThreads(this.threads - 1)
  }

  /** Bytes that a thread needs to itself. */
  get backprojectScratchBytes(): number {
    return this.#workspace.kernels.backprojectScratchBytes()
  }

  get projectScratchBytes(): number {
    return this.#workspace.kernels.projectScratchBytes()
  }

  /** Byte offset of a zeroed block. @throws WasmFault when memory cannot be had. */
  allocate(bytes: number): number {
    try {
      return this.#arena.allocate(bytes)
    } catch (error) {
      if (!(error instanceof RangeError)) throw error
      throw new WasmFault(
        `The wasm engine could not get ${(bytes / 2 ** 20).toFixed(0)} MiB (it holds ${(this.#buffer.byteLength / 2 ** 20).toFixed(0)} of at most 4096). ` +
          'Release arrays, or take smaller batches or images.',
        { cause: error },
      )
    }
  }

  free(at: number): void {
    this.#arena.free(at)
  }

  /** Byte offset of a copy of the arrays, one behind the other. @throws WasmFault when memory cannot be had. */
  place(...arrays: readonly (Float32Array | Float64Array | Int32Array | Uint8Array)[]): number {
    const at = this.allocate(arrays.reduce((sum, { byteLength }) => sum + byteLength, 0))
    let next = at
    for (const { buffer, byteOffset, byteLength } of arrays) {
      new Uint8Array(this.#buffer, next, byteLength).set(new Uint8Array(buffer, byteOffset, byteLength))
      next += byteLength
    }
    return at
  }

  /** @returns the bytes of the memory, all of them free now. */
  freeAll(): number {
    this.#arena = new WasmArena(this.#workspace.memory)
    return this.#buffer.byteLength
  }

  /** A view that is valid until the next allocation. */
  floats(at: number, length: number): Float32Array<ArrayBufferLike> {
    return new Float32Array(this.#buffer, at, length)
  }

  doubles(at: number, length: number): Float64Array<ArrayBufferLike> {
    return new Float64Array(this.#buffer, at, length)
  }

  integers(at: number, length: number): Int32Array<ArrayBufferLike> {
    return new Int32Array(this.#buffer, at, length)
  }

  /**
   * Runs a kernel of whole arrays, on the calling thread.
   * @throws WasmFault when it traps; the engine can be used again.
   */
  call<Name extends keyof ArrayKernels>(kernel: Name, ...args: Parameters<ArrayKernels[Name]>): ReturnType<ArrayKernels[Name]> {
    const compute = this.#workspace.kernels[kernel] as (...args: number[]) => ReturnType<ArrayKernels[Name]>
    try {
      return compute(...args)
    } catch (error) {
      throw this.#fault(kernel, error)
    }
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
      const compute = this.#workspace.kernels[kernel] as (tile: number, thread: number, ...args: number[]) => void
      for (let tile = Atomics.add(counter, 0, 1); tile < tiles; tile = Atomics.add(counter, 0, 1)) {
        compute(tile, 0, ...args)
        if (helpers === 0) await this.#breathe()
      }
    } catch (error) {
      Atomics.store(counter, 0, tiles)
      fault = error
    }
    for (const answer of await Promise.allSettled(answers)) if (answer.status === 'rejected') fault ??= answer.reason
    if (fault !== null) throw this.#fault(kernel, fault)
  }

  /** Hands the memory on to the next engine, or lets the threads forget it. */
  dispose(): void {
    if (this.#disposed) return
    this.#disposed = true
    if (!this.#faulty) giveBackWorkspace(this.#workspace)
    else for (const thread of livingThreads()) thread.close(this.#workspace.id)
  }

  get #buffer(): ArrayBufferLike {
    return this.#workspace.memory.buffer
  }

  #fault(kernel: string, cause: unknown): WasmFault {
    this.#faulty = true
    return new WasmFault(`The wasm kernel ${kernel} failed: ${messageOf(cause)}`, { cause })
  }

  #openThreads(count: number): Thread[] {
    const { id, module, memory } = this.#workspace
    try {
      const opened = threads(count)
      for (const thread of opened) thread.open(id, module, memory)
      return opened
    } catch (error) {
      throw new WasmFault(`The wasm engine got no thread: ${messageOf(error)}`, { cause: error })
    }
  }

  #startThreads(count: number, kernel: string, tiles: number, args: readonly number[], counter: SharedArrayBuffer): Promise<void>[] {
    return this.#openThreads(count).map((thread, index) =>
      thread.run({ kind: 'run', job: jobs++, engine: this.#workspace.id, kernel, thread: index + 1, tiles, counter, args }),
    )
  }

  async #breathe(): Promise<void> {
    if (performance.now() - this.#lastBreath < breatheAfterMs) return
    await new Promise(resolve => setImmediate(resolve))
    this.#lastBreath = performance.now()
  }
}

/** Between calls of onWasmEngine, while it is small: to make a memory takes as long as to score a small image. */
let spare: WasmEngine | null = null
const spareBytes = 64 * 2 ** 20

/**
 * Lets `use` work on an engine of one thread whose arrays are gone afterwards; null where no WebAssembly memory can be had.
 * @throws what `use` throws.
 */
export function onWasmEngine<T>(use: (engine: WasmEngine) => T): T | null {
  let engine = spare
  spare = null
  try {
    engine ??= new WasmEngine(1)
  } catch (error) {
    if (error instanceof WasmFault) return null
    throw error
  }
  let found: T
  try {
    found = use(engine)
  } catch (error) {
    engine.dispose()
    throw error
  }
  if (engine.freeAll() <= spareBytes && spare === null) spare = engine
  else engine.dispose()
  return found
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}

// The worker threads of the `wasm` engine: started once per process when first
// needed, shared by all engines, unref'd while idle so that the process can end.
// Threads take tiles from a shared counter until none is left; which thread computes
// a tile never matters, since a tile owns its output.
// Trap: the worker's code is sent as text, so that it needs no file of its own in a
// bundle: it must not use names from outside, nor name functions inside (a compiler
// that keeps names would wrap them in a helper that the worker does not have).

import { Worker, type MessagePort } from 'node:worker_threads'

export type ThreadRequest =
  | { readonly kind: 'open'; readonly engine: number; readonly module: WebAssembly.Module; readonly memory: WebAssembly.Memory }
  | { readonly kind: 'close'; readonly engine: number }
  | {
      readonly kind: 'run'
      readonly job: number
      readonly engine: number
      readonly kernel: string
      readonly thread: number
      readonly tiles: number
      /** Int32: the next tile. */
      readonly counter: SharedArrayBuffer
      readonly args: readonly number[]
    }

/** A job's end: null, or why it failed. */
type ThreadAnswer = { readonly job: number; readonly error: string | null }

/** Runs inside the worker. */
function serve(port: MessagePort): void {
  const engines = new Map<number, { kernels: Record<string, (...args: number[]) => void>; memory: WebAssembly.Memory }>()
  port.on('message', (request: ThreadRequest) => {
    if (request.kind === 'open') {
      const instance = new WebAssembly.Instance(request.module, { env: { memory: request.memory } })
      const kernels = instance.exports as Record<string, (...args: number[]) => void>
      engines.set(request.engine, { kernels, memory: request.memory })
      return
    }
    if (request.kind === 'close') {
      engines.delete(request.engine)
      return
    }
    const { job, thread, tiles, args } = request
    const counter = new Int32Array(request.counter)
    let error: string | null = null
    try {
      const { kernels, memory } = engines.get(request.engine)!
      // Growing by nothing makes this thread learn the memory's size now. V8 tells threads of growth, but one that opens
      // the memory in that very moment is missed, and memory.fill then traps beyond the size that it still believes in:
      // 3 of 7,500 fresh memories on a busy machine, none of 43,000 with this line.
      memory.grow(0)
      const kernel = kernels[request.kernel]!
      for (let tile = Atomics.add(counter, 0, 1); tile < tiles; tile = Atomics.add(counter, 0, 1)) kernel(tile, thread, ...args)
    } catch (thrown) {
      Atomics.store(counter, 0, tiles)
      error = String(thrown)
    }
    port.postMessage({ job, error })
  })
}

/** One worker and the jobs that it has not answered. */
export class Thread {
  readonly #worker: Worker
  readonly #pending = new Map<number, { resolve: () => void; reject: (reason: Error) => void }>()
  readonly #opened = new Set<number>()
  #death: Error | null = null

  constructor() {
    const source = `(${serve.toString()})(require('node:worker_threads').parentPort)`
    this.#worker = new Worker(source, { eval: true, execArgv: [], name: 'sinobench-wasm' })
    this.#worker.on('message', (answer: ThreadAnswer) => this.#answer(answer))
    this.#worker.on('error', (error: Error) => this.#die(`A thread of the wasm engine died: ${error.message}`))
    this.#worker.on('exit', code => this.#die(`A thread of the wasm engine ended with code ${code}.`))
    this.#worker.unref()
  }

  get alive(): boolean {
    return this.#death === null
  }

  /** Gives the thread an engine's module and memory, once. */
  open(engine: number, module: WebAssembly.Module, memory: WebAssembly.Memory): void {
    if (this.#opened.has(engine)) return
    this.#opened.add(engine)
    this.#post({ kind: 'open', engine, module, memory })
  }

  close(engine: number): void {
    if (this.#opened.delete(engine) && this.alive) this.#post({ kind: 'close', engine })
  }

  /** Resolves when the thread found no tile left; rejects when a tile failed or the thread died. */
  run(request: ThreadRequest & { kind: 'run' }): Promise<void> {
    if (this.#death) return Promise.reject(this.#death)
    return new Promise((resolve, reject) => {
      if (this.#pending.size === 0) this.#worker.ref()
      this.#pending.set(request.job, { resolve, reject })
      this.#post(request)
    })
  }

  async terminate(): Promise<void> {
    await this.#worker.terminate()
  }

  #post(request: ThreadRequest): void {
    this.#worker.postMessage(request)
  }

  #answer({ job, error }: ThreadAnswer): void {
    const waiting = this.#pending.get(job)
    this.#pending.delete(job)
    if (this.#pending.size === 0) this.#worker.unref()
    if (error === null) waiting?.resolve()
    else waiting?.reject(new Error(error))
  }

  #die(reason: string): void {
    this.#death ??= new Error(reason)
    for (const { reject } of this.#pending.values()) reject(this.#death)
    this.#pending.clear()
  }
}

const pool: Thread[] = []

/** `count` living threads; dead ones are replaced. */
export function threads(count: number): Thread[] {
  for (let i = 0; i < count; i++) if (!pool[i]?.alive) pool[i] = new Thread()
  return pool.slice(0, count)
}

/** All threads that were started and still live. */
export function livingThreads(): Thread[] {
  return pool.filter(thread => thread.alive)
}

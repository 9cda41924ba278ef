// Real faults, on demand: each function breaks the engine of this process once, the
// next time that it works.

import { WasmEngine } from '../kernels/wasm-engine.ts'
import { livingThreads } from '../kernels/wasm-threads.ts'

/** The next kernel of any wasm engine is given pointers beyond its memory, and traps. */
export function trapWasm(): void {
  const { run } = WasmEngine.prototype
  WasmEngine.prototype.run = function (this: WasmEngine, kernel, tiles, args) {
    WasmEngine.prototype.run = run
    return run.call(this, kernel, tiles, args.map(() => 2 ** 31) as never)
  } as typeof run
}

/** Ends the threads of the wasm engine while the next kernel is at work. @throws Error when there are none. */
export function endWasmThreads(): void {
  const threads = livingThreads()
  if (threads.length === 0) throw new Error('No thread of the wasm engine to end: ask for two.')
  const { run } = WasmEngine.prototype
  WasmEngine.prototype.run = function (this: WasmEngine, ...request) {
    WasmEngine.prototype.run = run
    const work = run.call(this, ...request)
    for (const thread of threads) void thread.terminate()
    return work
  } as typeof run
}

interface BufferSettings {
  readonly size: number
}
interface Device {
  createBuffer(settings: BufferSettings): unknown
  destroy(): void
}

/** The next buffer that is made on a GPU finds its device destroyed. */
export function loseGpu(): void {
  atNextBuffer((device, settings, create) => {
    device.destroy()
    return create(settings)
  })
}

/** The next buffer that is made on a GPU is larger than any can be: WebGPU reports the error beside the call. */
export function exhaustGpu(): void {
  atNextBuffer((_, settings, create) => create({ ...settings, size: 2 ** 46 }))
}

function atNextBuffer(instead: (device: Device, settings: BufferSettings, create: (settings: BufferSettings) => unknown) => unknown): void {
  const { prototype } = (globalThis as unknown as { GPUDevice: { prototype: Device } }).GPUDevice
  const { createBuffer } = prototype
  prototype.createBuffer = function (this: Device, settings) {
    prototype.createBuffer = createBuffer
    return instead(this, settings, changed => createBuffer.call(this, changed))
  }
}

// What a WebGPU device says of itself while it works. It reports errors beside the
// calls that cause them, and a call that failed or came after a loss gives zeros, not
// an error: whoever runs something on the device asks here before the result is believed.

import { BackendError, BackendLostError } from '../ct/projector.ts'

/** The little of a GPUDevice that is needed here. */
export interface RawDevice {
  readonly limits: { readonly maxBufferSize: number; readonly maxStorageBufferBindingSize: number }
  readonly lost: Promise<{ readonly reason?: string; readonly message: string }>
  onuncapturederror: ((event: { readonly error: { readonly message: string } }) => void) | null
}

const known = new WeakMap<RawDevice, GpuDevice>()

export class GpuDevice {
  /** The largest buffer that it can have, whatever is free. */
  readonly largestBytes: number
  readonly #name: string
  #loss: string | null = null
  /** The first error; what the device computes after it cannot be trusted. */
  #error: { readonly kind: string; readonly message: string } | null = null

  /** The one watch over a device; `name` is its adapter's. */
  static of(raw: RawDevice, name: string): GpuDevice {
    let device = known.get(raw)
    if (!device) known.set(raw, (device = new GpuDevice(raw, name)))
    return device
  }

  private constructor(raw: RawDevice, name: string) {
    this.#name = name
    this.largestBytes = Math.min(raw.limits.maxBufferSize, raw.limits.maxStorageBufferBindingSize)
    void raw.lost.then(({ reason, message }) => {
      this.#loss = message || reason || 'no reason was given'
    })
    raw.onuncapturederror = ({ error }) => {
      this.#error ??= { kind: error.constructor.name, message: error.message }
    }
  }

  /**
   * The result of `work`, which `what` names.
   * @throws BackendLostError when the device was lost, BackendError for whatever else went wrong on it.
   */
  async run<T>(what: string, work: () => T | Promise<T>): Promise<T> {
    let result: T
    try {
      result = await work()
    } catch (error) {
      await new Promise(resolve => setImmediate(resolve)) // a call may fail before the news of the loss is here
      this.#check(what)
      throw this.#failure(what, error instanceof Error ? error.message || error.name : String(error), error)
    }
    this.#check(what)
    return result
  }

  /** @throws BackendError when no buffer of so many bytes can be had, whatever is free. */
  requireBuffer(bytes: number): void {
    if (bytes <= this.largestBytes) return
    const mib = (value: number): string => `${(value / 2 ** 20).toFixed(0)} MiB`
    throw new BackendError(`The GPU ${this.#name} holds at most ${mib(this.largestBytes)} in one buffer; one image or sinogram here has ${mib(bytes)}. Pass --backend wasm.`)
  }

  #check(what: string): void {
    if (this.#loss !== null) throw new BackendLostError(`The GPU ${this.#name} was lost (${what}): ${firstLine(this.#loss)}.`)
    if (!this.#error) return
    if (this.#error.kind === 'GPUOutOfMemoryError')
      throw new BackendError(`The GPU ${this.#name} has no memory left (${what}). Release arrays, or take smaller batches or images.`)
    throw this.#failure(what, this.#error.message)
  }

  #failure(what: string, message: string, cause?: unknown): BackendError {
    return new BackendError(`The GPU ${this.#name} failed (${what}): ${firstLine(message)}`, { cause })
  }
}

function firstLine(text: string): string {
  return text.split('\n')[0]!
}

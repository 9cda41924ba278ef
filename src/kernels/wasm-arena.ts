// First-fit allocation in one growing WebAssembly memory. Blocks are multiples of
// 64 bytes (a cache line; float32 counts padded to a multiple of 16), zeroed.

import { growTo } from './wasm-kernels.ts'

const lineBytes = 64
/** Address 0 stays unused, so that 0 can mean "none". */
const firstByte = 1024

export class WasmArena {
  readonly #memory: WebAssembly.Memory
  readonly #blocks = new Map<number, number>()
  /** Free blocks in order of address, never two side by side. */
  readonly #free: { at: number; bytes: number }[] = []
  #end = firstByte

  constructor(memory: WebAssembly.Memory) {
    this.#memory = memory
  }

  /** Byte offset of a zeroed block. @throws RangeError when the memory cannot grow so far. */
  allocate(bytes: number): number {
    const size = Math.max(lineBytes, Math.ceil(bytes / lineBytes) * lineBytes)
    const found = this.#free.findIndex(block => block.bytes >= size)
    let at = this.#end
    if (found >= 0) {
      const block = this.#free[found]!
      at = block.at
      if (block.bytes === size) this.#free.splice(found, 1)
      else this.#free[found] = { at: at + size, bytes: block.bytes - size }
    } else {
      growTo(this.#memory, at + size)
      this.#end = at + size
    }
    this.#blocks.set(at, size)
    new Uint8Array(this.#memory.buffer, at, size).fill(0)
    return at
  }

  free(at: number): void {
    const bytes = this.#blocks.get(at)
    if (bytes === undefined) throw new Error(`No block starts at byte ${at} of this memory.`)
    this.#blocks.delete(at)
    const next = this.#free.findIndex(block => block.at > at)
    const index = next < 0 ? this.#free.length : next
    this.#free.splice(index, 0, { at, bytes })
    for (const i of [index, index - 1]) {
      const [left, right] = [this.#free[i], this.#free[i + 1]]
      if (left && right && left.at + left.bytes === right.at) this.#free.splice(i, 2, { at: left.at, bytes: left.bytes + right.bytes })
    }
  }
}

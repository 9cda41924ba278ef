// A memory with the kernels on it: what an engine works in. A shared one goes to the
// next engine when its own is disposed of, since a thread that has seen a memory keeps
// it until its garbage collector runs, which in an idle thread is hardly ever: 150
// projectors of 13 MB, made and disposed of one after the other, held 1.3 GB.

import { instantiateKernels, kernelMemory, kernelModule, type Kernels } from './wasm-kernels.ts'

export interface Workspace {
  /** By this the threads know it. */
  readonly id: number
  readonly shared: boolean
  readonly module: WebAssembly.Module
  readonly memory: WebAssembly.Memory
  readonly kernels: Kernels
}

const spare: Workspace[] = []
let made = 0

/** @throws RangeError when the memory cannot be had. */
export function takeWorkspace(shared: boolean): Workspace {
  const kept = shared ? spare.pop() : undefined
  if (kept) return kept
  const module = kernelModule(shared)
  const memory = kernelMemory(shared)
  return { id: made++, shared, module, memory, kernels: instantiateKernels(module, memory) }
}

/** For the next engine; to be called once, with nothing running in it. One that is not shared goes to the garbage collector. */
export function giveBackWorkspace(workspace: Workspace): void {
  if (workspace.shared) spare.push(workspace)
}

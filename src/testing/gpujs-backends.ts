// Which backends of gpu.js tests can use here.

import type { KernelBackendId } from '../kernels/backend.ts'
import { useSoftwareGpu } from './software-gpu.ts'

/** Those without a GPU, and webgpu where an adapter answers, software or not; else a loud line says that `what` is skipped on it. */
export async function testableKernelBackends(what: string): Promise<KernelBackendId[]> {
  return ['gpujs-webasm', 'gpujs-cpu', ...((await useSoftwareGpu(`${what} on webgpu`)) ? (['webgpu'] as const) : [])]
}

// Which backends of gpu.js tests can use here. SwiftShader, a software Vulkan driver that
// comes with Debian's chromium, is WebGPU without a GPU.

import { existsSync } from 'node:fs'
import { listBackends } from '../ct/create-projector.ts'
import type { KernelBackendId } from '../kernels/backend.ts'

const swiftShader = '/usr/lib/chromium/vk_swiftshader_icd.json'

/** Allows software adapters in this process, and warns of each backend that is not available. */
export async function testableKernelBackends(): Promise<KernelBackendId[]> {
  process.env['SINOBENCH_ALLOW_SOFTWARE_GPU'] = '1'
  if (!process.env['VK_ICD_FILENAMES'] && existsSync(swiftShader)) process.env['VK_ICD_FILENAMES'] = swiftShader
  const wanted: readonly KernelBackendId[] = ['gpujs-webasm', 'gpujs-cpu', 'webgpu']
  const found = await listBackends()
  return wanted.filter(id => {
    const { available, detail } = found.find(backend => backend.id === id)!
    // eslint-disable-next-line no-console -- a test that is left out must be seen
    if (!available) console.warn(`SKIPPED: tests on ${id}. ${detail}`)
    return available
  })
}

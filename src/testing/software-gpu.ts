// WebGPU without a GPU, for tests: SwiftShader, a software Vulkan driver that comes
// with Debian's chromium (apt-get install chromium libvulkan1).

import { existsSync } from 'node:fs'
import { listBackends } from '../ct/create-projector.ts'

const swiftShader = '/usr/lib/chromium/vk_swiftshader_icd.json'

/**
 * Lets this process and its children use a software adapter.
 * @returns false, after a loud line that names what is skipped, where none answers.
 */
export async function useSoftwareGpu(what: string): Promise<boolean> {
  if (!process.env['VK_ICD_FILENAMES'] && existsSync(swiftShader)) process.env['VK_ICD_FILENAMES'] = swiftShader
  process.env['SINOBENCH_ALLOW_SOFTWARE_GPU'] = '1'
  const { available, detail } = (await listBackends()).find(({ id }) => id === 'webgpu')!
  if (!available) process.stderr.write(`SKIPPED: ${what}. ${detail} For tests, SwiftShader will do: apt-get install chromium libvulkan1.\n`)
  return available
}

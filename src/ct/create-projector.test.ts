import { existsSync } from 'node:fs'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { measureEngine } from '../testing/projector-conformance.ts'
import { createProjector, listBackends, resolveBackend } from './create-projector.ts'
import { evenAngles, fanBeam, GeometryError, imageGrid } from './geometry.ts'
import { backendIds } from './projector.ts'

// SwiftShader, a software Vulkan driver that comes with Debian's chromium: WebGPU without a GPU.
const swiftShader = '/usr/lib/chromium/vk_swiftshader_icd.json'
if (!process.env['VK_ICD_FILENAMES'] && existsSync(swiftShader)) process.env['VK_ICD_FILENAMES'] = swiftShader

/** What is available when tests may use a software adapter. */
async function testable(): Promise<string[]> {
  vi.stubEnv('SINOBENCH_ALLOW_SOFTWARE_GPU', '1')
  const found = await listBackends()
  vi.unstubAllEnvs()
  for (const { id, available, detail } of found) if (!available) console.warn(`SKIPPED: conformance of ${id}. ${detail}`)
  return found.filter(({ available }) => available).map(({ id }) => id)
}

const navigatorBefore = Object.getOwnPropertyDescriptor(globalThis, 'navigator')
const available = await testable()

describe.each(backendIds)('engine %s', backend => {
  beforeEach(() => void vi.stubEnv('SINOBENCH_ALLOW_SOFTWARE_GPU', '1'))
  afterEach(() => {
    vi.unstubAllEnvs()
    // WebGPU must be hidden again, or the process would not end.
    expect(Object.getOwnPropertyDescriptor(globalThis, 'navigator')).toEqual(navigatorBefore)
  })

  it.skipIf(!available.includes(backend))(
    'keeps every limit of the conformance suite',
    async () => {
      const measured = []
      for await (const measurement of measureEngine(backend)) measured.push(measurement)
      expect(measured.length).toBeGreaterThan(50)
      expect(measured.filter(({ value, limit }) => !(value <= limit))).toEqual([])
    },
    120_000, // SwiftShader on a busy machine; alone about 10 s
  )
})

describe('choice of an engine', () => {
  it('never takes a software adapter by itself, nor when asked without leave', async () => {
    vi.stubEnv('SINOBENCH_ALLOW_SOFTWARE_GPU', '')
    const { adapter, detail } = (await listBackends()).find(({ id }) => id === 'webgpu')!
    const chosen = await resolveBackend('auto')
    if (adapter !== null && /software/.test(detail)) {
      expect(chosen.backend).not.toBe('webgpu')
      await expect(resolveBackend('webgpu')).rejects.toThrow(/software adapter/)
      const grid = imageGrid(8, 8, 1)
      const geometry = fanBeam({ detector: 'flat', anglesRad: [0, 1], bins: 8, pitchMm: 1, sourceToIsocentreMm: 50, sourceToDetectorMm: 90 })
      await expect(createProjector({ geometry, grid, backend: 'webgpu', threads: 1 })).rejects.toThrow(/not a GPU/)
    }
    vi.unstubAllEnvs()
    expect(['webgpu', 'wasm', 'gpujs-webasm']).toContain(chosen.backend)
  })

  it('refuses a source that turns inside the image, on every engine', async () => {
    const geometry = fanBeam({
      detector: 'curved',
      anglesRad: evenAngles(4, 2 * Math.PI),
      bins: 8,
      pitchMm: 1,
      sourceToIsocentreMm: 30,
      sourceToDetectorMm: 60,
    })
    for (const backend of ['reference', 'wasm', 'gpujs-webasm', 'gpujs-cpu'] as const)
      await expect(createProjector({ geometry, grid: imageGrid(64, 64, 1), backend, threads: 1 })).rejects.toThrow(GeometryError)
  })
})

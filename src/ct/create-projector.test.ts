import { afterEach, describe, expect, it, vi } from 'vitest'
import { measureEngine } from '../testing/projector-conformance.ts'
import { useSoftwareGpu } from '../testing/software-gpu.ts'
import { createProjector, listBackends, resolveBackend, resolveWithoutGpu } from './create-projector.ts'
import { evenAngles, fanBeam, GeometryError, imageGrid } from './geometry.ts'
import { backendIds } from './projector.ts'

const navigatorBefore = Object.getOwnPropertyDescriptor(globalThis, 'navigator')
const gpu = await useSoftwareGpu('conformance of webgpu')
const statuses = await listBackends()
const software = gpu && /software/.test(statuses.find(({ id }) => id === 'webgpu')!.detail)
const available = statuses.filter(status => status.available).map(({ id }) => id)

describe.each(backendIds)('engine %s', backend => {
  afterEach(() => {
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
    300_000, // SwiftShader on a busy machine; alone about 10 s
  )
})

describe('choice of an engine', () => {
  afterEach(() => void vi.unstubAllEnvs())

  it('takes an engine that is there', async () => {
    expect(available).toContain((await resolveBackend('auto')).backend)
  })

  it.skipIf(!software).each(['1', ''])('never takes a software adapter by itself (SINOBENCH_ALLOW_SOFTWARE_GPU=%j)', async leave => {
    vi.stubEnv('SINOBENCH_ALLOW_SOFTWARE_GPU', leave)
    expect(await resolveBackend('auto')).toMatchObject({ backend: 'wasm', adapter: null })
  })

  it.skipIf(!software)('takes a software adapter that was asked for only with leave', async () => {
    expect(await resolveBackend('webgpu')).toMatchObject({ backend: 'webgpu', adapter: expect.stringContaining('SwiftShader') })
    vi.stubEnv('SINOBENCH_ALLOW_SOFTWARE_GPU', '')
    await expect(resolveBackend('webgpu')).rejects.toThrow(/^Backend "webgpu" is not available\. Only the software adapter .* Or pass --backend auto\.$/)
    const grid = imageGrid(8, 8, 1)
    const geometry = fanBeam({ detector: 'flat', anglesRad: [0, 1], bins: 8, pitchMm: 1, sourceToIsocentreMm: 50, sourceToDetectorMm: 90 })
    await expect(createProjector({ geometry, grid, backend: 'webgpu', threads: 1 })).rejects.toThrow(/not a GPU/)
  })

  it('without any WebAssembly memory it is JavaScript, and the reason says what to do', async () => {
    class Memory {
      constructor() {
        throw new RangeError('could not allocate memory')
      }
    }
    vi.stubGlobal('WebAssembly', Object.create(WebAssembly, { Memory: { value: Memory } }))
    const { backend, reason } = await resolveWithoutGpu('no GPU answered')
    vi.unstubAllGlobals()
    expect(backend).toBe('gpujs-cpu')
    expect(reason).toMatch(/^no GPU answered, nor is wasm there: The wasm engine got no memory: could not allocate memory\. .*ulimit -v.*--disable-wasm-trap-handler/)
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

import { stripVTControlCharacters } from 'node:util'
import { afterEach, describe, expect, it, vi } from 'vitest'
import type { BackendStatus } from '../ct/create-projector.ts'
import type { Measurement } from '../testing/projector-conformance.ts'
import { checkEngine, describeChecks, failed } from './check.ts'
import { buildParser } from './parser.ts'

const wasm: BackendStatus = { id: 'wasm', available: true, adapter: null, detail: 'WebAssembly SIMD' }
const webgpu: BackendStatus = { id: 'webgpu', available: false, adapter: null, detail: 'No adapter answered. Install a Vulkan driver.' }

async function* measured(...values: number[]): AsyncGenerator<Measurement> {
  for (const [i, value] of values.entries()) yield { check: 'dot test', geometry: `beam ${i}`, value, limit: 1e-6 }
}

afterEach(() => {
  vi.restoreAllMocks()
  process.exitCode = undefined
})

describe('check engines', () => {
  it('a value at its limit is within it; one beyond, or no number, fails', async () => {
    expect(failed(await checkEngine(wasm, () => measured(0, 1e-6)))).toBe(false)
    for (const wrong of [1.1e-6, NaN, Infinity]) expect(failed(await checkEngine(wasm, () => measured(0, wrong)))).toBe(true)
  })

  it('shows a block an engine, a row a check and a column a geometry, and marks what fails', async () => {
    const gpu = { ...wasm, id: 'webgpu', adapter: 'GeForce' } as const
    // Colours are on or off by the environment (CI turns them on).
    const text = stripVTControlCharacters(
      describeChecks([await checkEngine(wasm, () => measured(4.2e-8, 0.25)), await checkEngine(gpu, () => measured(0))], Infinity),
    )
    const lines = text.split('\n').map(line => line.split('│').map(cell => cell.trim()).filter(Boolean))
    expect(lines.filter(cells => cells.length > 1 || /wasm|webgpu/.test(cells[0]!))).toEqual([
      ['check', 'limit', 'beam', 'beam', 'ok'],
      ['0', '1'],
      ['wasm'],
      ['dot test', '1.0e-6', '4.2e-8', '0.25 ✗', 'NO'],
      ['webgpu (GeForce)'],
      ['dot test', '1.0e-6', '0', 'yes'],
    ])
    expect(text).toContain('3 checks of 2 engine(s): 1 beyond their limits.')
  })

  it.each([
    [[4.2e-8, 0.25, 0], '0.25 ✗', 'beam 1'],
    [[NaN, 0.25], 'NaN ✗', 'beam 0'],
    [[3e-7, NaN, 0.25], 'NaN ✗', 'beam 1'],
  ])('shows the worst geometry alone where the terminal is narrow: %j', async (values, worst, beam) => {
    const text = stripVTControlCharacters(describeChecks([await checkEngine(wasm, () => measured(...values))], 40))
    expect(text).toMatch(/check.*limit.*worst.*of.*ok/)
    expect(text).toMatch(new RegExp(`dot test.*1\\.0e-6.*${worst}.*${beam}.*NO`))
    expect(text.split('\n')[0]!.length).toBeLessThan(60)
  })

  it('an engine that throws half way has failed, with its reason', async () => {
    const checked = await checkEngine(wasm, async function* () {
      yield* measured(0)
      throw new Error('The wasm kernel forward failed: unreachable')
    })
    expect(failed(checked)).toBe(true)
    expect(describeChecks([checked], Infinity)).toContain('wasm failed: The wasm kernel forward failed: unreachable')
  })

  it('says how to get an engine that is not available, which is no failure', async () => {
    const checked = await checkEngine(webgpu, () => measured(1))
    expect(failed(checked)).toBe(false)
    expect(describeChecks([checked], Infinity)).toContain('Not available: webgpu. No adapter answered. Install a Vulkan driver.')
  })

  it('--json holds every measurement of the engine that was named', async () => {
    let printed = ''
    vi.spyOn(process.stdout, 'write').mockImplementation(text => ((printed += String(text)), true))
    await buildParser(['check', 'engines', '--backend', 'wasm', '--json'], '0').parseAsync()
    const [engine, ...others] = JSON.parse(printed)
    expect(others).toEqual([])
    expect(engine).toMatchObject({ engine: 'wasm', available: true, error: null })
    expect(engine.measurements.length).toBeGreaterThan(50)
    expect(engine.measurements[0]).toMatchObject({ check: 'dot test', geometry: 'parallel', limit: 1e-6, ok: true })
    expect(process.exitCode).toBeUndefined()
  })

  it.each([
    ['Unknown check "engine". Did you mean "engines"?', 'check engine'],
    ['Unknown backend "wsam". Did you mean "wasm"?', 'check engines --backend wsam'],
  ])('says %s', async (message, line) => {
    await expect(buildParser(line.split(' '), '0').parseAsync()).rejects.toThrow(message)
  })
})

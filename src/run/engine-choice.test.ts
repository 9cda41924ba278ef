import { expect, test } from 'vitest'
import type { ResolvedBackend } from '../ct/create-projector.ts'
import { EngineChoice } from './engine-choice.ts'
import type { Failure } from './failure.ts'

const gpu: ResolvedBackend = { backend: 'webgpu', adapter: 'GeForce', reason: 'the GPU GeForce answered' }
const lost: Failure = { gone: 'lost', reason: 'The GPU GeForce was lost.' }
const unavailable: Failure = { gone: 'unavailable', reason: 'No WebGPU adapter answered.' }
const failed: Failure = { gone: null, reason: 'thrown' }

function choice(asked: 'auto' | 'webgpu' = 'auto'): { engines: EngineChoice; warnings: string[] } {
  const warnings: string[] = []
  return { engines: new EngineChoice(asked, gpu, warning => void warnings.push(warning)), warnings }
}

test('a GPU that is not there is left at once, the job is run again, and the reason travels with the new engine', async () => {
  const { engines, warnings } = choice()
  expect(await engines.heard(gpu, unavailable)).toBe(true)
  expect(engines.now).toEqual({ backend: 'wasm', adapter: null, reason: 'the GPU GeForce is gone: No WebGPU adapter answered.' })
  expect(warnings).toEqual([expect.stringMatching(/^The GPU GeForce is gone \(No WebGPU adapter answered\.\) The rest runs on wasm\./)])
})

test('a GPU that is lost and comes back is kept; lost in two jobs in a row, it is left', async () => {
  const { engines, warnings } = choice()
  for (const failure of [lost, null, lost, null, failed, lost]) expect(await engines.heard(gpu, failure)).toBe(false)
  expect([engines.now, warnings]).toEqual([gpu, []])
  expect(await engines.heard(gpu, lost)).toBe(false)
  expect(engines.now).toMatchObject({ backend: 'wasm', reason: expect.stringContaining('was lost in 2 jobs in a row') })
  expect(warnings).toHaveLength(1)
})

test('jobs at the same time leave a GPU once', async () => {
  const { engines, warnings } = choice()
  expect(await Promise.all([engines.heard(gpu, unavailable), engines.heard(gpu, unavailable)])).toEqual([true, true])
  expect(await engines.heard(gpu, lost)).toBe(false)
  expect(warnings).toHaveLength(1)
})

test('a backend that was named is never changed, nor is a CPU', async () => {
  const { engines, warnings } = choice('webgpu')
  for (const failure of [unavailable, lost, lost, lost]) expect(await engines.heard(gpu, failure)).toBe(false)
  expect([engines.now, warnings]).toEqual([gpu, []])
  const wasm: ResolvedBackend = { backend: 'wasm', adapter: null, reason: 'no GPU answered' }
  const onCpu = new EngineChoice('auto', wasm, () => expect.unreachable())
  expect(await onCpu.heard(wasm, unavailable)).toBe(false)
  expect(onCpu.now).toBe(wasm)
})

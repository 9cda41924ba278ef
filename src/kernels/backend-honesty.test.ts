import { expect, it, vi } from 'vitest'
import { KernelBackend } from './backend.ts'
import { copy } from './elementwise.ts'

// gpu.js with its worst habit: whatever is asked for, it computes on the CPU and does not say so.
vi.mock('gpu.js', async importOriginal => {
  const { default: original } = await importOriginal<{ default: { GPU: new (settings: object) => object } }>()
  class DegradingGpu extends original.GPU {
    constructor() {
      super({ mode: 'cpu' })
    }
  }
  return { default: { ...original, GPU: DegradingGpu } }
})

it('refuses a result that another backend computed', async () => {
  const backend = await KernelBackend.open('gpujs-webasm', 1)
  const run = backend.compile(copy, { name: 'copy', width: 2, height: 1 })
  const attempt = run({ width: 2, height: 1, values: Float32Array.of(1, 2) })
  await expect(attempt).rejects.toThrow('Asked for gpujs-webasm, got cpu in kernel copy')
  await backend.close()
})

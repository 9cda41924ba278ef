import { afterEach, describe, expect, it } from 'vitest'
import { KernelBackend } from './backend.ts'
import { filterRows } from './filter-rows.ts'

describe('kernel backend', () => {
  const open: KernelBackend[] = []
  const backend = async (id: 'gpujs-webasm' | 'gpujs-cpu'): Promise<KernelBackend> => {
    open.push(await KernelBackend.open(id, 1))
    return open.at(-1)!
  }
  afterEach(async () => {
    for (const one of open.splice(0)) await one.close()
  })

  it.each(['gpujs-webasm', 'gpujs-cpu'] as const)('filters rows by convolution on %s as on the GPU', async id => {
    const bins = 5
    const rows = Float32Array.from({ length: 2 * bins }, (_, i) => Math.cos(3 * i))
    const perBin = Float32Array.of(1, 2, 3, 2, 1)
    const perRay = Float32Array.from({ length: 2 * bins }, (_, i) => i / 10)
    const ramp = Float32Array.of(4, -1, 0, -0.5, 0)
    const run = (await backend(id)).compile(filterRows, {
      name: 'filter',
      width: bins,
      height: 2,
      counts: { bins, views: 2 },
      tables: { perBin: { values: perBin }, perRay: { values: perRay, height: 2 } },
    })
    const result = await run({ width: bins, height: 2, values: rows }, { width: bins, height: 1, values: ramp })
    const got = result.values as Float32Array
    got.forEach((value, i) => {
      const start = Math.floor(i / bins) * bins
      let expected = 0
      for (let bin = 0; bin < bins; bin++)
        expected += rows[start + bin]! * perBin[bin]! * perRay[start + bin]! * ramp[Math.abs(i - start - bin)]!
      expect(value).toBeCloseTo(expected, 5)
    })
  })
})

import { fileURLToPath } from 'node:url'
import { afterAll, describe, expect, test } from 'vitest'
import { evenAngles, imageGrid, parallelBeam } from '../ct/geometry.ts'
import { defaultScale } from '../ct/units.ts'
import type { MethodJob } from './method-host.ts'
import { InProcess, MethodProcesses } from './method-process.ts'

const misbehaving = fileURLToPath(new URL('./test-methods/misbehaving.ts', import.meta.url))
const geometry = parallelBeam({ anglesRad: evenAngles(4, Math.PI), bins: 9, pitchMm: 1 })

function job(way: string, timeoutMs = 20_000): MethodJob {
  return {
    methodPath: misbehaving,
    parameters: { way },
    geometry,
    grid: imageGrid(5, 5, 1),
    noise: null,
    scale: defaultScale,
    backend: 'reference',
    threads: 1,
    sinogram: new Float32Array(36),
    randomKey: [1, 2],
    timeoutMs,
  }
}

describe('a method in its own process', () => {
  const runner = new MethodProcesses()
  afterAll(() => runner.dispose())

  test('gives its image, times, memory and trace, and the second job needs no preparation', async () => {
    const first = await runner.run('well', job('well'))
    if (first.kind !== 'done') throw new Error(first.reason)
    expect(first.result.image).toHaveLength(25)
    expect(first.result.prepareMs).toBeGreaterThan(0)
    expect(first.peakMemoryMb).toBeGreaterThan(20)
    expect(first.result.trace).toEqual([{ iteration: 1, values: { residual: 0.5 } }])
    const second = await runner.run('well', job('well'))
    expect(second).toMatchObject({ kind: 'done', result: { prepareMs: null, image: first.result.image } })
  })

  test.each([
    ['throw', /thrown on purpose/],
    ['nan', /NaN at index 0/],
    ['shape', /returned 24 values, the grid of 5 × 5 needs 25/],
    ['nothing', /returned undefined, expected a CtImage/],
    ['mutate', /changed the sinogram/],
    ['exit', /ended with code 3/],
  ])('that goes wrong by "%s" is an outcome with its reason, and the next job runs', async (way, reason) => {
    const outcome = await runner.run('bad', job(way))
    expect(outcome.kind).toBe('failed')
    expect(outcome.kind === 'failed' && outcome.reason).toMatch(reason)
    expect((await runner.run('bad', job('well'))).kind).toBe('done')
  })

  test.each(['hang', 'spin'])('that never comes back (%s) is stopped when its time is up', async way => {
    const outcome = await runner.run('slow', job(way, 200))
    expect(outcome.kind === 'failed' && outcome.reason).toMatch(/no image within 0.2 s/)
    expect((await runner.run('slow', job('well'))).kind).toBe('done')
  })

  test('never waits behind another job of its method, so that no time is lost to it', async () => {
    const both = await Promise.all([runner.run('twice', job('hang', 300)), runner.run('twice', job('well'))])
    expect(both.map(outcome => outcome.kind)).toEqual(['failed', 'done'])
  })

  test('may print without harm', async () => {
    expect((await runner.run('print', job('print'))).kind).toBe('done')
  })
})

test('in this process, a method that throws is an outcome too', async () => {
  const runner = new InProcess()
  expect(await runner.run('x', job('throw'))).toEqual({ kind: 'failed', reason: 'thrown on purpose', gone: null })
  expect((await runner.run('x', job('well'))).kind).toBe('done')
  await runner.dispose()
})

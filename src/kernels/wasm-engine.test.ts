import { expect, it } from 'vitest'
import { assemblyHash } from './assembly/hash.ts'
import { WasmArena } from './wasm-arena.ts'
import { sourceHash } from './wasm-binary.ts'
import { onWasmEngine, WasmEngine, WasmFault } from './wasm-engine.ts'
import { kernelMemory, kernelModule } from './wasm-kernels.ts'
import { livingThreads } from './wasm-threads.ts'

const beyondMemory = 2 ** 31

it('the committed binary was compiled from these sources', () => {
  expect(sourceHash, 'run: npx tsx src/kernels/assembly/build.ts').toBe(assemblyHash())
})

it('one thread starts no worker', () => {
  new WasmEngine(1)
  expect(livingThreads()).toHaveLength(0)
})

it.each([1, 2])('a trap is a WasmFault, and the engine works on: %i threads', async threads => {
  const engine = new WasmEngine(threads)
  await expect(engine.run('tableFromRows', 4, [0, beyondMemory, beyondMemory, 100])).rejects.toThrow(WasmFault)
  await expect(engine.run('tableFromRows', 4, [0, beyondMemory, beyondMemory, 100])).rejects.toThrow(
    'The wasm kernel tableFromRows failed: ',
  )
  expect(await oneRow(engine)).toEqual([0.5, 1, 1.5, 1, 1, -2])
})

it('a kernel of whole arrays that traps is a WasmFault too', () => {
  const engine = new WasmEngine(1)
  expect(() => engine.call('dot', beyondMemory, beyondMemory, 100)).toThrow(WasmFault)
  expect(() => engine.call('dot', beyondMemory, beyondMemory, 100)).toThrow('The wasm kernel dot failed: memory access out of bounds')
})

it('the memory of a disposed engine serves the next one, zeroed', () => {
  const bytes = 10 * 2 ** 20
  const engine = new WasmEngine(2)
  engine.floats(engine.allocate(bytes), 3).fill(7)
  engine.dispose()
  engine.dispose()
  const [next, another] = [new WasmEngine(2), new WasmEngine(2)]
  expect(next.floats(0, 1).buffer.byteLength).toBeGreaterThan(bytes)
  expect(another.floats(0, 1).buffer.byteLength).toBeLessThan(bytes)
  expect(next.floats(next.allocate(bytes), 3)).toEqual(new Float32Array(3))
})

it('the memory of an engine that trapped serves no other', async () => {
  const bytes = 11 * 2 ** 20
  const engine = new WasmEngine(2)
  engine.allocate(bytes)
  await expect(engine.run('tableFromRows', 4, [0, beyondMemory, beyondMemory, 100])).rejects.toThrow(WasmFault)
  engine.dispose()
  const next = new WasmEngine(2)
  expect(next.floats(0, 1).buffer.byteLength).toBeLessThan(bytes)
  expect(await oneRow(next)).toEqual([0.5, 1, 1.5, 1, 1, -2])
})

it('a thread that dies is replaced', async () => {
  const engine = new WasmEngine(2)
  const before = livingThreads()
  expect(before).toHaveLength(1)
  await before[0]!.terminate()
  expect(livingThreads()).toHaveLength(0)
  expect(await oneRow(engine)).toEqual([0.5, 1, 1.5, 1, 1, -2])
  expect(livingThreads()).toHaveLength(1)
})

it('work that a dying thread had taken fails instead of waiting for ever', async () => {
  const engine = new WasmEngine(2)
  const thread = livingThreads()[0]!
  thread.open(-1, kernelModule(true), kernelMemory(true))
  // A billion empty tiles: the thread is still at it when it is ended.
  const request = { kind: 'run', job: -1, engine: -1, kernel: 'imageFromTable', thread: 1, tiles: 2 ** 30 } as const
  const answer = thread.run({ ...request, args: [0, 0, 0, 0, 0, 0, 0], counter: new SharedArrayBuffer(4) })
  const outcome = expect(answer).rejects.toThrow('A thread of the wasm engine ended with code 1.')
  await thread.terminate()
  await outcome
  expect(await oneRow(engine)).toEqual([0.5, 1, 1.5, 1, 1, -2])
})

/** The table of two frames of the row 1, 2: mean and difference of the entries −1, 0, 1, first lane, second frame. */
async function oneRow(engine: WasmEngine): Promise<number[]> {
  const [row, lanes, table] = [engine.allocate(8), engine.allocate(2 * 48), engine.allocate(2 * 5 * 32)]
  engine.floats(row, 2).set([1, 2])
  for (let lane = 0; lane < 8; lane++) {
    engine.integers(lanes + lane * 12, 3).set([lane % 4 === 0 ? 0 : -1, 0, 0])
    engine.floats(lanes + lane * 12 + 8, 1).set([1])
  }
  await engine.run('tableFromRows', 2, [row, lanes, table, 2])
  const entries = engine.floats(table + 5 * 32, 40)
  return [8, 12, 16, 20, 24, 28].map(i => entries[i]!)
}

it('freed memory is joined, given out again and zeroed', () => {
  const memory = kernelMemory(false)
  const arena = new WasmArena(memory)
  const blocks = [100, 200, 300].map(bytes => arena.allocate(bytes))
  new Uint8Array(memory.buffer).fill(7)
  arena.free(blocks[0]!)
  arena.free(blocks[2]!)
  arena.free(blocks[1]!)
  const whole = arena.allocate(128 + 256 + 320)
  expect(whole).toBe(blocks[0])
  expect(new Uint8Array(memory.buffer, whole, 704).every(byte => byte === 0)).toBe(true)
  expect(() => arena.free(whole + 64)).toThrow(`No block starts at byte ${whole + 64}`)
})

it('what works on an engine for a moment finds its arrays zero, and no trace of one that failed', () => {
  const fill = (value: number): number =>
    onWasmEngine(engine => {
      const floats = engine.floats(engine.allocate(400), 100)
      const sum = floats.reduce((a, b) => a + b, 0)
      floats.fill(value)
      return sum
    })!
  expect([fill(3), fill(4)]).toEqual([0, 0])
  expect(() => onWasmEngine(engine => engine.call('dot', beyondMemory, beyondMemory, 100))).toThrow(WasmFault)
  expect(fill(5)).toBe(0)
})

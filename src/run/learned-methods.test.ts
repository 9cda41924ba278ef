import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import type { BackendId } from '../ct/projector.ts'
import { testableKernelBackends } from '../testing/gpujs-backends.ts'
import { affine, modelFolder, tinyUNet } from '../testing/tiny-networks.ts'
import { executeJobs } from './execute.ts'
import { findMethod } from './find-modules.ts'
import { installation } from './installation.ts'
import { MethodProcesses } from './method-process.ts'
import { makePlan } from './plan.ts'
import { moduleHash } from './provenance.ts'
import { resume } from './resume.ts'
import { readRecords } from './record-file.ts'
import { hashModule, hashSources } from './source-hashes.ts'
import { narrowSuite, readSuite } from './suite.ts'

const backends = (await testableKernelBackends('records of learned methods')).filter(backend => backend !== 'gpujs-cpu')
const models = modelFolder()
const folder = mkdtempSync(join(tmpdir(), 'sinobench-learned-'))
afterAll(() => {
  models.remove()
  rmSync(folder, { recursive: true })
})

async function planOf(methods: readonly string[], backend: BackendId = 'wasm') {
  const suite = narrowSuite(readSuite('quick'), { datasets: ['phantom-thorax'], methods, doses: [0.25], cases: 1 })
  return makePlan({ suite: { ...suite, previews: 0 }, dataDirectory: null, backendAsked: backend, engine: { backend, adapter: null, reason: 'for tests' } })
}

async function recordsOf(methods: readonly string[], backend?: BackendId) {
  const plan = await planOf(methods, backend)
  const directory = mkdtempSync(join(folder, 'run-'))
  const runner = new MethodProcesses()
  const progress = { started: () => {}, noted: () => {}, warned: () => {}, recorded: () => {} }
  await executeJobs({ plan, resumption: resume(plan, directory, false), directory, runner, concurrency: 1, threads: 1, progress })
  await runner.dispose()
  return readRecords(directory)
}

describe('an ONNX file', () => {
  test('is a method by itself: its metadata name it, its record says what ran it', async () => {
    const [fbp, unet] = await recordsOf(['fbp', models.write('my-unet.onnx', tinyUNet())])
    expect(fbp).not.toHaveProperty('network')
    expect(unet).toMatchObject({
      status: 'done',
      method: { id: 'my-unet', title: 'Tiny', family: 'learned', citation: 'a test', parameters: { filter: 'ram-lak', cutoff: 1, tile: 512, runtime: 'auto' } },
      network: { runtime: expect.stringMatching(/^onnxruntime [\d.]+ cpu$/) as string, note: null },
    })
  })

  test.each(backends)('runs on the kernels of %s where they can run it, else on ONNX Runtime, and its record says so', async backend => {
    const [unet, scaled] = await recordsOf([models.write('my-unet.onnx', tinyUNet()), models.write('scaled.onnx', affine(0.5, 0))], backend)
    expect(unet).toMatchObject({ status: 'done', backend, network: { runtime: `gpu.js ${backend.replace('gpujs-', '')}`, note: null } })
    const network = { runtime: expect.stringMatching(/^onnxruntime [\d.]+ cpu$/) as string, note: 'gpu.js kernels cannot run Mul "product": there is no kernel for it' }
    expect(scaled).toMatchObject({ status: 'done', backend, network })
  })

  test('has a key of its own weights', async () => {
    const keyOf = async (factor: number): Promise<string> => (await planOf([models.write('model-a.onnx', affine(factor, 0))])).jobs[0]!.key
    const [first, changed, again] = [await keyOf(1), await keyOf(1.5), await keyOf(1)]
    expect(changed).not.toBe(first)
    expect(again).toBe(first)
  })

  test('is called after its folder when it is called model.onnx', async () => {
    mkdirSync(join(folder, 'my-network'))
    cpSync(models.write('model.onnx', tinyUNet()), join(folder, 'my-network', 'model.onnx'))
    expect((await findMethod(join(folder, 'my-network', 'model.onnx'))).id).toBe('my-network')
  })

  test('that cannot be used is told in one line', async () => {
    await expect(findMethod('./missing.onnx')).rejects.toThrow(/^No method file at .*missing\.onnx\. Name a \.ts, \.js or \.onnx file, or an id/)
    await expect(findMethod(models.write('bare.onnx', { ...tinyUNet(), metadata: {} }))).rejects.toThrow(/bare\.onnx has no metadata "sinobench"/)
    await expect(findMethod(models.write('cut.onnx', Buffer.from('0808120401', 'hex')))).rejects.toThrow(/cut\.onnx is cut off or damaged/)
  })
})

describe('a method with weights beside it', () => {
  const api = join(installation().packageRoot, 'src', 'api.ts')
  const source = `import { defineLearnedDenoiser } from '${api}'\nexport default defineLearnedDenoiser({ model: new URL('./weights.onnx', import.meta.url) })\n`
  const write = (name: string, files: Readonly<Record<string, string | Uint8Array>>): string => {
    const path = join(folder, name)
    mkdirSync(path, { recursive: true })
    for (const [file, contents] of Object.entries(files)) writeFileSync(join(path, file), contents)
    return path
  }
  const bytes = (factor: number): Uint8Array => readFileSync(models.write('weights.onnx', affine(factor, 0)))

  test('is found by its folder, and its hash covers the weights and not what is told about them', async () => {
    const path = write('named', { 'method.ts': source, 'weights.onnx': bytes(1), 'card.md': 'A card.', 'training.json': '{}' })
    const module = join(path, 'method.ts')
    expect(await findMethod(module)).toMatchObject({ id: 'named', method: { title: 'Tiny', family: 'learned' } })
    const before = moduleHash(module)
    write('named', { 'card.md': 'Another.', 'training.json': '[]' })
    expect(moduleHash(module)).toBe(before)
    write('named', { 'weights.onnx': bytes(2) })
    expect(moduleHash(module)).not.toBe(before)
  })

  test('under another name too, and a file that is imported or named may lie deeper', () => {
    const path = write('other', { 'mine.ts': source, 'weights.onnx': bytes(1) })
    const before = hashModule(join(path, 'mine.ts'))
    write('other', { 'weights.onnx': bytes(2) })
    expect(hashModule(join(path, 'mine.ts'))).not.toBe(before)
  })

  test('is hashed with its weights among the sources of a checkout', () => {
    const root = join(folder, 'checkout')
    for (const name of ['ct', 'kernels', 'networks', 'phantoms', 'metrics', 'io']) mkdirSync(join(root, 'src', name), { recursive: true })
    mkdirSync(join(root, 'datasets'))
    write('checkout/baselines/mine', { 'method.ts': source, 'weights.onnx': bytes(1), 'card.md': 'A card.' })
    const before = hashSources(root)
    expect(Object.keys(before.modules)).toEqual(['baselines/mine'])
    write('checkout/baselines/mine', { 'card.md': 'Another.' })
    expect(hashSources(root)).toEqual(before)
    write('checkout/baselines/mine', { 'weights.onnx': bytes(2) })
    expect(hashSources(root).modules['baselines/mine']).not.toBe(before.modules['baselines/mine'])
    write('checkout/src/networks', { 'new.ts': '' })
    expect(hashSources(root).code).not.toBe(before.code)
  })

  test('whose weights are missing says which file', async () => {
    const path = write('gone', { 'method.ts': source })
    await expect(findMethod(join(path, 'method.ts'))).rejects.toThrow(/gone.method\.ts cannot be loaded: No model at .*weights\.onnx\./)
  })
})

import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { methodIds } from '../run/find-modules.ts'
import { installation } from '../run/installation.ts'
import { checkImageModel } from './model-conformance.ts'
import { globalMean, modelFolder, tinyUNet } from './tiny-networks.ts'

const folder = modelFolder()
afterAll(() => folder.remove())
const failures = async (file: string): Promise<string[]> => (await checkImageModel(file)).filter(({ passed }) => !passed).map(({ name }) => name)

it('a small U-Net conforms', async () => {
  expect(await checkImageModel(folder.write('unet.onnx', tinyUNet()))).toHaveLength(6)
  expect(await failures(folder.write('unet.onnx', tinyUNet()))).toEqual([])
})

it('a network that sees more than its metadata say does not', async () => {
  expect(await failures(folder.write('mean.onnx', globalMean()))).toEqual(['tiles of 1 pixels give the same image', 'tiles of 3 pixels give the same image'])
})

const models = methodIds()
  .map(id => join(installation().baselines, id, 'model.onnx'))
  .filter(existsSync)
describe.runIf(models.length > 0).each(models)('%s', path => {
  it('conforms', async () => {
    expect(await failures(path)).toEqual([])
  })
})

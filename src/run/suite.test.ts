import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { datasetIds, methodIds } from './find-modules.ts'
import { defaultDirectory, narrowSuite, readSuite, suiteIds } from './suite.ts'

const folder = mkdtempSync(join(tmpdir(), 'sinobench-suite-'))
afterAll(() => rmSync(folder, { recursive: true }))

function file(text: string): string {
  const path = join(folder, 'my.yaml')
  writeFileSync(path, text)
  return path
}

const minimal = 'title: T\ndatasets: [phantom-thorax]\nmethods: [fbp]\n'

describe('suite files', () => {
  test('every suite that comes with sinobench is valid and names what exists', () => {
    for (const id of suiteIds()) {
      const suite = readSuite(id)
      for (const { id: dataset } of suite.datasets) expect(datasetIds()).toContain(dataset)
      for (const { id: method } of suite.methods) expect(methodIds()).toContain(method)
    }
  })

  test('quick names doses 1, 0.25 and 0.1 and at least 6 cases per dataset, so that intervals exist', () => {
    const quick = readSuite('quick')
    expect(quick.doses).toEqual([1, 0.25, 0.1])
    expect(quick.cases).toBeGreaterThanOrEqual(6)
    expect(quick.presets.length).toBeGreaterThan(0)
  })

  test('a mistake is told with the field', () => {
    expect(() => readSuite('quik')).toThrow('Unknown suite "quik". Did you mean "quick"?')
    expect(() => readSuite(join(folder, 'none.yaml'))).toThrow(/No suite file at/)
    expect(() => readSuite(file(minimal + 'doses: [2]\n'))).toThrow(/doses\[0\]: expected a number of at most 1, got 2/)
    expect(() => readSuite(file(minimal + 'dosis: [1]\n'))).toThrow(/"dosis"; did you mean "doses"/)
    expect(() => readSuite(file('title: [\n'))).toThrow(/is not YAML/)
  })
})

describe('narrowing by flags', () => {
  const suite = readSuite(file(minimal + 'presets: [lodopab]\ncases: 6\ndoses: [1, 0.1]\n'))

  test('without flags, datasets take the presets and cases of the suite', () => {
    expect(narrowSuite(suite, {}).datasets).toEqual([{ id: 'phantom-thorax', presets: ['lodopab'], cases: 6 }])
  })

  test('a dataset from elsewhere brings its own presets and all its cases', () => {
    expect(narrowSuite(suite, { datasets: ['dicom'] }).datasets).toEqual([{ id: 'dicom' }])
    expect(narrowSuite(suite, { datasets: ['dicom'], cases: 2, presets: ['lodopab'] }).datasets).toEqual([
      { id: 'dicom', cases: 2, presets: ['lodopab'] },
    ])
  })

  test('a method of the suite keeps its entry, and doses are taken once', () => {
    const own = readSuite(file(minimal.replace('[fbp]', '[{ id: fbp, as: sharp, parameters: { cutoff: 1 } }]')))
    expect(narrowSuite(own, { methods: ['sharp', 'nlm'] }).methods).toEqual([own.methods[0], { id: 'nlm' }])
    expect(narrowSuite(suite, { doses: [0.5, 0.5] }).datasets[0]).toMatchObject({ doses: [0.5] })
  })

  test('foreign datasets and seeds write to a folder of their own', () => {
    expect(defaultDirectory(suite, narrowSuite(suite, { doses: [1] }))).toBe(join('reports', 'runs', 'my'))
    expect(defaultDirectory(suite, narrowSuite(suite, { datasets: ['dicom'], seed: 2 }))).toBe(join('reports', 'runs', 'my-dicom-seed2'))
  })
})

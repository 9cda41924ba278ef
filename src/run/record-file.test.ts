import { appendFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { readRecords, RecordFile, recordFileName } from './record-file.ts'
import type { RunRecord } from './record.ts'

let directory: string
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'sinobench-records-'))
})
afterEach(() => rmSync(directory, { recursive: true }))

const record = (key: string): RunRecord => ({
  schemaVersion: 1,
  key,
  status: 'failed',
  reason: 'a reason, with a\nnewline',
  suite: 'quick',
  seed: 1,
  dataset: 'phantom-thorax',
  case: 'test-000',
  caseKind: 'simulated',
  subject: 'anatomy-0',
  split: 'test',
  geometry: 'parallel-256',
  views: 360,
  bins: 367,
  rows: 256,
  columns: 256,
  pixelMm: 1.5,
  dose: 1,
  photonsPerRay: 1e5,
  electronicNoise: 3,
  method: { id: 'fbp', title: 'FBP', family: 'analytic', citation: '', parameters: {}, parametersFrom: 'default', sourceHash: '' },
  backendAsked: 'auto',
  window: { lowHu: -1350, highHu: 150 },
  exam: 'chest',
  credit: null,
  packageVersion: '0.1.0',
  commit: null,
  codeHash: '',
  recordedAt: '2026-01-01T00:00:00.000Z',
})

function append(...keys: string[]): void {
  const file = new RecordFile(directory)
  for (const key of keys) file.append(record(key))
  file.close()
}

test('records come back as they were appended, oldest first', () => {
  append('a', 'b')
  append('c')
  expect(readRecords(directory)).toEqual([record('a'), record('b'), record('c')])
})

test.each([1, 40, 70_000])('a line torn after %i bytes is passed over by readers and cut off by the next run', length => {
  append('a')
  appendFileSync(join(directory, recordFileName), `{"schemaVersion":1,"key":"${'x'.repeat(70_000)}`.slice(0, length))
  expect(readRecords(directory)).toEqual([record('a')])
  append('b')
  expect(readRecords(directory)).toEqual([record('a'), record('b')])
})

test('a file that is nothing but a torn line starts anew', () => {
  writeFileSync(join(directory, recordFileName), '{"schema')
  append('a')
  expect(readRecords(directory)).toEqual([record('a')])
  expect(readFileSync(join(directory, recordFileName), 'utf8').split('\n')).toHaveLength(2)
})

test('a missing file, a line that is not JSON and one that is no record are told apart, with the line', () => {
  expect(() => readRecords(directory)).toThrow(/No records.jsonl in/)
  append('a')
  appendFileSync(join(directory, recordFileName), 'not json\n')
  expect(() => readRecords(directory)).toThrow(/line 2 is not JSON/)
  writeFileSync(join(directory, recordFileName), JSON.stringify({ ...record('a'), dose: 'half' }) + '\n')
  expect(() => readRecords(directory)).toThrow(/line 1 is not a run record: dose/)
})

test('what is no valid record is never appended', () => {
  const file = new RecordFile(directory)
  expect(() => file.append({ ...record('a'), views: 1.5 })).toThrow()
  file.close()
  expect(readRecords(directory)).toEqual([])
})

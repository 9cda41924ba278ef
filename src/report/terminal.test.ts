import { describe, expect, it } from 'vitest'
import { exampleFailure, exampleMethods, exampleRecord, exampleRun, exampleSkip } from '../testing/example-records.ts'
import { aggregate } from './aggregate.ts'
import { terminalReport } from './terminal.ts'

const records = exampleRun({ datasets: ['phantom-thorax'], doses: [1, 0.1] })

describe('the table in the terminal', () => {
  it('names the protocol, every dose and every method', () => {
    const text = terminalReport(aggregate(records), { columns: 120, colour: false })
    for (const part of ['hu-window@1', 'phantom-thorax', 'full dose', '10 % dose', ...exampleMethods.map(method => method.title)])
      expect(text).toContain(part)
  })

  it.each([40, 60, 80, 100, 120, 160])('fits into %i columns', columns => {
    const long = { ...exampleMethods[0]!, id: 'long', title: 'A method whose authors gave it a title of many, many words indeed' }
    const all = [...records, exampleRecord({ method: long })]
    const lines = terminalReport(aggregate(all), { columns, colour: false }).split('\n').filter(line => !/hu-window@1|^not ranked/.test(line))
    expect(Math.max(...lines.map(line => line.trimEnd().length))).toBeLessThanOrEqual(columns)
    expect(lines.join('\n')).toContain('PSNR dB')
  })

  it('shows intervals from 6 subjects on, and no empty column before', () => {
    const few = exampleRun({ subjects: 5, doses: [1] })
    expect(terminalReport(aggregate(records), { columns: 120, colour: false })).toContain('95 %')
    expect(terminalReport(aggregate(few), { columns: 120, colour: false })).not.toContain('95 %')
  })

  it('says beside the backend what ran a network', () => {
    const network = { runtime: 'onnxruntime 1.30.0 cpu', note: null }
    expect(terminalReport(aggregate([{ ...exampleRecord(), network }]), { columns: 120, colour: false })).toContain('gpujs-webasm + onnxruntime')
  })

  it('colours only when asked', () => {
    expect(terminalReport(aggregate(records), { columns: 100, colour: false })).not.toContain('\u001b')
    expect(terminalReport(aggregate(records), { columns: 100, colour: true })).toContain('\u001b[1m')
  })

  it('lists failures and skips with their reasons', () => {
    const text = terminalReport(
      aggregate([...records, exampleFailure({ subject: 's9' }, 'Timed out after 60 s.'), exampleSkip({ subject: 's10' }, 'Too large.')]),
      { columns: 100, colour: false },
    )
    expect(text).toMatch(/failed {2}Filtered back-projection on phantom-thorax, 1 job .*Timed out after 60 s\./)
    expect(text).toMatch(/skipped .*Too large\./)
  })

  it('lets no escape sequence, line break or text direction of a name through', () => {
    const method = { ...exampleMethods[0]!, title: 'a\u001b[2Jb\nc\u202ed\u009b31m' }
    const text = terminalReport(aggregate([exampleRecord({ method }), exampleFailure({ subject: 's2', method }, 'x\u001b]0;title\u0007y\rz')]), { columns: 100, colour: false })
    expect(text).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e]/)
  })

  it('says so when there is nothing yet', () => {
    expect(terminalReport(aggregate([]), { columns: 80 })).toBe('No records yet.\n')
  })
})

// Physical image quality of a panel: each method's means over the cases that carry a
// quality layout. Curves are averaged where their frequencies agree.

import type { DoneRecord, Quality } from '../run/record.ts'
import type { Panel } from './aggregate.ts'
import { canonicalJson } from './group.ts'

export interface QualitySummary {
  readonly method: string
  readonly cases: number
  readonly inserts: readonly { readonly name: string; readonly trueHu: number; readonly biasHu: number; readonly noiseHu: number }[]
  /** Line pairs per mm; null when a case's edge never falls to one half below Nyquist. */
  readonly mtf50PerMm: number | null
  readonly mtf: Quality['mtf']
  readonly nps: Quality['nps']
  readonly npsPeakPerMm: number
}

/** One entry a method that has any, in the panel's order of methods. */
export function qualityOf(panel: Panel): QualitySummary[] {
  return panel.runs.flatMap(({ method, records }) => {
    const measured = records
      .filter((record): record is DoneRecord => record.status === 'done')
      .map(record => record.quality)
      .filter(quality => quality !== null)
    if (measured.length === 0) return []
    const first = measured[0]!
    const half = measured.map(quality => quality.mtf50PerMm)
    return {
      method,
      cases: measured.length,
      inserts: first.inserts.map(({ name, trueHu }) => {
        const same = measured.flatMap(quality => quality.inserts.filter(insert => insert.name === name && insert.trueHu === trueHu))
        return {
          name,
          trueHu,
          biasHu: mean(same.map(insert => insert.biasHu)),
          noiseHu: Math.sqrt(mean(same.map(insert => insert.noiseHu ** 2))),
        }
      }),
      mtf50PerMm: half.every(value => value !== null) ? mean(half) : null,
      mtf: meanCurve(measured.map(quality => quality.mtf)),
      nps: meanCurve(measured.map(quality => quality.nps)),
      npsPeakPerMm: mean(measured.map(quality => quality.npsPeakPerMm)),
    }
  })
}

function meanCurve(curves: readonly Quality['nps'][]): Quality['nps'] {
  const [first] = curves
  const same = curves.filter(curve => canonicalJson(curve.frequencyPerMm) === canonicalJson(first!.frequencyPerMm))
  return {
    frequencyPerMm: first!.frequencyPerMm,
    value: first!.value.map((_, i) => mean(same.map(curve => curve.value[i] ?? NaN))),
  }
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length
}

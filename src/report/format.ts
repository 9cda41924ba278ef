// How numbers are written for people. The CSV keeps full precision instead.

import type { Estimate } from './aggregate.ts'

const dash = '–'
const minus = '−'

/** Fixed decimals with a typographic minus; ∞ for identical images, a dash for what is not there. */
export function fixed(value: number | null | undefined, decimals: number): string {
  if (value === null || value === undefined || Number.isNaN(value)) return dash
  if (!Number.isFinite(value)) return value > 0 ? '∞' : `${minus}∞`
  const text = value.toFixed(decimals)
  if (Number(text) === 0) return text.replace('-', '')
  return text.replace('-', minus)
}

/** With its sign: a gain or a loss. */
export function signed(value: number | null | undefined, decimals: number): string {
  const text = fixed(value, decimals)
  return value !== null && value !== undefined && value > 0 && text !== dash && Number(text) !== 0 ? `+${text}` : text
}

/** The 95 % interval, or nothing where there are too few subjects for one. */
export function interval(estimate: Estimate | undefined, decimals: number): string {
  if (!estimate?.interval) return ''
  return `${fixed(estimate.interval.low, decimals)} … ${fixed(estimate.interval.high, decimals)}`
}

/** 0.8 ms, 12 ms, 3.4 s, 2.1 min. */
export function duration(milliseconds: number | null): string {
  if (milliseconds === null) return dash
  if (milliseconds < 9.95) return `${milliseconds.toFixed(1)} ms`
  if (milliseconds < 999.5) return `${milliseconds.toFixed(0)} ms`
  if (milliseconds < 59_950) return `${(milliseconds / 1000).toFixed(milliseconds < 9950 ? 2 : 1)} s`
  return `${(milliseconds / 60_000).toFixed(1)} min`
}

export function megabytes(value: number | null): string {
  return value === null ? dash : `${Math.round(value)} MB`
}

/** "full dose", "25 % dose"; measured data has none. */
export function doseName(dose: number | null): string {
  if (dose === null) return 'as measured'
  return dose === 1 ? 'full dose' : `${percent(dose)} dose`
}

export function percent(fraction: number): string {
  return `${Number((fraction * 100).toPrecision(3))} %`
}

/** 3.6 × 10⁵ */
export function photons(value: number): string {
  if (value < 10_000) return String(Number(value.toPrecision(4)))
  const [digits, exponent] = value.toExponential(2).split('e+')
  const superscript = [...exponent!].map(digit => '⁰¹²³⁴⁵⁶⁷⁸⁹'[Number(digit)]).join('')
  return `${Number(digits)} × 10${superscript}`
}

/** p-values are never written as zero. */
export function pValue(p: number): string {
  return p < 0.001 ? 'p < 0.001' : `p = ${p.toFixed(3)}`
}

export function plural(count: number, one: string, many = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`
}

/** "2026-11-23 11:25 UTC" from ISO 8601; anything else comes back as it is. */
export function instant(iso: string): string {
  const match = /^(\d{4}-\d{2}-\d{2})T(\d{2}:\d{2})/.exec(iso)
  return match ? `${match[1]} ${match[2]} UTC` : iso
}

/** With a capital first letter. */
export function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1)
}

/** A method's parameters on one line: "filter hann, cutoff 0.8". */
export function parametersText(parameters: Readonly<Record<string, unknown>>): string {
  const parts = Object.keys(parameters)
    .sort()
    .map(name => `${name} ${typeof parameters[name] === 'string' ? parameters[name] : JSON.stringify(parameters[name])}`)
  return parts.join(', ')
}

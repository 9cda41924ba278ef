// Charts as SVG text: Observable Plot on linkedom's document, no browser. Colours are
// CSS variables, so one drawing serves light and dark pages; text inherits the page's.

import * as Plot from '@observablehq/plot'
import { parseHTML } from 'linkedom'
import type { Estimate } from './aggregate.ts'
import { colourVariables, darkColours, lightColours, type MethodStyle } from './method-style.ts'
import { percent } from './format.ts'
import { escapeHtml } from './safe-html.ts'

const { document } = parseHTML('<!doctype html><html><body></body></html>')

const width = 360
const height = 250
/** Pixels by which methods are set apart sideways where their whiskers would hide each other. */
const stepPx = 4

export interface ChartText {
  /** Read by screen readers: what the drawing shows. */
  readonly description: string
  readonly yLabel: string
}

export interface DosePoint {
  readonly dose: number
  readonly estimate: Estimate
}

/** Mean score over dose (log axis), with whiskers from the low to the high end of the interval. */
export function doseChart(series: readonly { style: MethodStyle; points: readonly DosePoint[] }[], text: ChartText): string {
  const doses = [...new Set(series.flatMap(({ points }) => points.map(point => point.dose)))].sort((a, b) => a - b)
  const marks = series.flatMap(({ style, points }, index) => {
    const drawn = points.filter(({ estimate }) => Number.isFinite(estimate.mean)).sort((a, b) => a.dose - b.dose)
    const dx = (index - (series.length - 1) / 2) * stepPx
    const y = (point: DosePoint): number => point.estimate.mean
    return [
      Plot.ruleX(
        drawn.filter(({ estimate }) => estimate.interval),
        {
          x: 'dose',
          y1: (point: DosePoint) => point.estimate.interval!.low,
          y2: (point: DosePoint) => point.estimate.interval!.high,
          stroke: style.colour,
          strokeOpacity: 0.55,
          strokeWidth: 1.5,
          dx,
        },
      ),
      Plot.lineY(drawn, { x: 'dose', y, stroke: style.colour, strokeWidth: 1.75, dx, ...dashed(style) }),
      Plot.dot(drawn, { x: 'dose', y, symbol: style.symbol, fill: style.colour, r: 3.5, dx }),
    ]
  })
  return draw(text, {
    x: { type: 'log', label: 'dose', ticks: doses, tickFormat: percent, inset: 18 },
    y: { label: text.yLabel, grid: true, nice: true, ticks: 5 },
    marks,
  })
}

export interface TimePoint {
  readonly style: MethodStyle
  readonly milliseconds: number
  readonly estimate: Estimate
}

/** Mean score over the median time of one reconstruction (log axis). */
export function timeChart(points: readonly TimePoint[], text: ChartText): string {
  const drawn = points.filter(({ estimate, milliseconds }) => Number.isFinite(estimate.mean) && milliseconds > 0)
  const times = drawn.map(point => point.milliseconds)
  const low = Math.min(...times) / 1.6
  const high = Math.max(...times) * 1.6
  return draw(text, {
    x: { type: 'log', label: 'time per image', domain: [low, high], ticks: timeTicks(low, high), tickFormat: timeTick, inset: 8 },
    y: { label: text.yLabel, grid: true, nice: true, ticks: 5, inset: 8 },
    marks: drawn.flatMap(point => [
      Plot.ruleX(point.estimate.interval ? [point] : [], {
        x: 'milliseconds',
        y1: point.estimate.interval?.low ?? 0,
        y2: point.estimate.interval?.high ?? 0,
        stroke: point.style.colour,
        strokeOpacity: 0.55,
        strokeWidth: 1.5,
      }),
      Plot.dot([point], {
        x: 'milliseconds',
        y: point.estimate.mean,
        symbol: point.style.symbol,
        fill: point.style.colour,
        r: 6,
      }),
    ]),
  })
}

export interface CurveSeries {
  readonly style: MethodStyle
  readonly frequencyPerMm: readonly number[]
  readonly value: readonly number[]
}

/** A curve over spatial frequency: a noise power spectrum or a modulation transfer function. */
export function frequencyChart(series: readonly CurveSeries[], text: ChartText): string {
  return draw(text, {
    x: { label: 'line pairs per mm', ticks: 5, nice: true },
    y: { label: text.yLabel, grid: true, nice: true, ticks: 5, zero: true },
    marks: [
      Plot.ruleY([0], { strokeOpacity: 0.4 }),
      ...series.flatMap(({ style, frequencyPerMm, value }, index) => {
        const points = frequencyPerMm.map((frequency, i) => ({ frequency, value: value[i] ?? NaN }))
        // A few symbols along the line tell methods apart without colour; each method has its own places.
        const every = Math.max(4, Math.round(points.length / 5))
        const marked = points.filter((_, i) => i % every === (2 * index) % every)
        return [
          Plot.lineY(points, { x: 'frequency', y: 'value', stroke: style.colour, strokeWidth: 1.75, ...dashed(style) }),
          Plot.dot(marked, { x: 'frequency', y: 'value', symbol: style.symbol, fill: style.colour, r: 3.5 }),
        ]
      }),
    ],
  })
}

/** A method's symbol and line, for legends. */
export function legendSwatch(style: MethodStyle): string {
  const drawing = Plot.plot({
    document,
    width: 28,
    height: 14,
    margin: 0,
    axis: null,
    x: { domain: [0, 28], range: [0, 28] },
    y: { domain: [0, 14], range: [0, 14] },
    marks: [
      Plot.lineY([{ x: 0 }, { x: 28 }], { x: 'x', y: 7, stroke: style.colour, strokeWidth: 1.75, ...dashed(style) }),
      Plot.dot([14], { x: 14, y: 7, symbol: style.symbol, fill: style.colour, r: 4 }),
    ],
  })
  drawing.setAttribute('aria-hidden', 'true')
  return withoutStyle(drawing.outerHTML)
}

/** The drawing as a file of its own, which brings its colours along. */
export function standaloneSvg(svg: string): string {
  const style = [
    `:root{${colourVariables(lightColours)};background:#fff;color:#1d2530}`,
    `@media (prefers-color-scheme:dark){:root{${colourVariables(darkColours)};background:#12171d;color:#dfe5ec}}`,
  ].join('')
  return svg.replace(/^<svg /, '<svg xmlns="http://www.w3.org/2000/svg" ').replace('>', `><style>${style}</style>`) + '\n'
}

function draw(text: ChartText, options: Plot.PlotOptions): string {
  const drawing = Plot.plot({
    width,
    height,
    marginLeft: 44,
    marginRight: 12,
    marginTop: 26,
    marginBottom: 38,
    ...options,
    document,
    style: { fontSize: '12px' },
  })
  // linkedom leaves < and & in attributes as they are, which XML does not allow: written here instead.
  return withoutStyle(drawing.outerHTML).replace('<svg ', () => `<svg role="img" aria-label="${escapeHtml(text.description)}" `)
}

/** Plot repeats its style sheet in every drawing; the page has its own. */
function withoutStyle(svg: string): string {
  return svg.replace(/<style>[^<]*<\/style>/, '')
}

function dashed(style: MethodStyle): { strokeDasharray?: string } {
  return style.dash ? { strokeDasharray: style.dash } : {}
}

/** 1, 2, 5 times powers of ten inside the range; powers of ten alone where those would crowd. */
function timeTicks(low: number, high: number): number[] {
  const steps = high / low > 60 ? [1] : [1, 2, 5]
  const ticks: number[] = []
  for (let power = -4; power <= 9; power++) for (const step of steps) ticks.push(step * 10 ** power)
  const inside = ticks.filter(tick => tick >= low && tick <= high)
  return inside.length > 0 ? inside : [Math.sqrt(low * high)]
}

function timeTick(milliseconds: number): string {
  if (milliseconds < 1000) return `${Number(milliseconds.toPrecision(2))} ms`
  if (milliseconds < 60_000) return `${Number((milliseconds / 1000).toPrecision(2))} s`
  return `${Number((milliseconds / 60_000).toPrecision(2))} min`
}

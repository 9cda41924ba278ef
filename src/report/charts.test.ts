import { parseHTML } from 'linkedom'
import { describe, expect, it } from 'vitest'
import { doseChart, frequencyChart, legendSwatch, standaloneSvg, timeChart } from './charts.ts'
import { methodStyles } from './method-style.ts'

const names = ['a', 'b', 'c'].map(id => ({ id, label: id, family: 'analytic' as const, citation: '' }))
const [a, b] = [...methodStyles(names).values()]
const text = { description: 'Of <a> & "b"', yLabel: '↑ y' }
const estimate = (mean: number, half: number | null): { mean: number; interval: { low: number; high: number } | null; subjects: number } => ({
  mean,
  interval: half === null ? null : { low: mean - half, high: mean + half },
  subjects: 6,
})

function svg(markup: string): ReturnType<typeof parseHTML>['document'] {
  return parseHTML(`<html><body>${markup}</body></html>`).document
}

/** y of the symbols of one colour, top down as drawn. */
function symbolHeights(markup: string, colour: string): number[] {
  const groups = [...svg(markup).querySelectorAll(`g[aria-label="dot"][fill="${colour}"]`)]
  return groups.flatMap(group =>
    [...group.children].map(symbol => Number(symbol.getAttribute('cy') ?? /,([-\d.]+)\)/.exec(symbol.getAttribute('transform')!)![1])),
  )
}

describe('the dose chart', () => {
  const points = [
    { dose: 0.1, estimate: estimate(20, 1) },
    { dose: 1, estimate: estimate(30, 1) },
  ]

  it('puts a symbol for each dose, the better score higher up, and whiskers where there are intervals', () => {
    const markup = doseChart([{ style: a!, points }, { style: b!, points: points.map(point => ({ ...point, estimate: estimate(25, null) })) }], text)
    const [low, high] = symbolHeights(markup, a!.colour)
    expect(high).toBeLessThan(low!)
    const flat = symbolHeights(markup, b!.colour)
    expect(flat[0]).toBe(flat[1])
    expect(svg(markup).querySelectorAll('[aria-label="rule"] line').length).toBe(2)
    expect(svg(markup).body.textContent).toContain('10 %')
  })

  it('leaves out scores that are infinite', () => {
    const markup = doseChart([{ style: a!, points: [...points, { dose: 0.5, estimate: estimate(Infinity, null) }] }], text)
    expect(symbolHeights(markup, a!.colour)).toHaveLength(2)
    expect(markup).not.toMatch(/NaN|Infinity/)
  })

  it('draws the same twice', () => {
    expect(doseChart([{ style: a!, points }], text)).toBe(doseChart([{ style: a!, points }], text))
  })
})

it('the time chart bears one method and equal times', () => {
  const markup = timeChart([{ style: a!, milliseconds: 40, estimate: estimate(30, null) }, { style: b!, milliseconds: 40, estimate: estimate(30, null) }], text)
  expect(markup).not.toMatch(/NaN|Infinity/)
  expect(symbolHeights(markup, a!.colour)).toHaveLength(1)
})

it('the frequency chart draws a line and a few symbols a method', () => {
  const frequencyPerMm = Array.from({ length: 30 }, (_, i) => i / 30)
  const markup = frequencyChart([{ style: a!, frequencyPerMm, value: frequencyPerMm.map(f => 1 - f) }], text)
  expect(svg(markup).querySelectorAll(`[aria-label="line"] path`).length).toBe(1)
  expect(symbolHeights(markup, a!.colour).length).toBeGreaterThanOrEqual(4)
})

it('a description is escaped, in the page and as a file of its own', () => {
  const markup = timeChart([{ style: a!, milliseconds: 40, estimate: estimate(30, 1) }], text)
  expect(markup).toContain('aria-label="Of &#60;a&#62; &#38; &#34;b&#34;"')
  expect(svg(markup).querySelector('svg')!.getAttribute('aria-label')).toBe(text.description)
  expect(standaloneSvg(markup)).toMatch(/^<svg xmlns="http:\/\/www\.w3\.org\/2000\/svg" [^>]*><style>:root\{--method-1:#/)
})

it('methods beyond the palette get another dash or symbol, never the look of another', () => {
  const many = Array.from({ length: 24 }, (_, i) => ({ id: `m${i}`, label: `m${i}`, family: 'learned' as const, citation: '' }))
  const looks = [...methodStyles(many).values()].map(({ colour, symbol, dash }) => `${colour} ${symbol} ${dash}`)
  expect(new Set(looks).size).toBe(24)
  expect(legendSwatch([...methodStyles(many).values()][9]!)).toContain('stroke-dasharray')
})

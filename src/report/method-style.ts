// How a method looks in every chart and legend of one report: colour and symbol by
// its place in the list of methods. Colours are told apart by colour-blind readers
// (after Okabe & Ito 2008, darkened to 3:1 on white, lightened for dark pages);
// symbols and dashes carry the same information without colour.

import type { MethodName } from './aggregate.ts'

export const lightColours = ['#0064ad', '#c8500a', '#00805a', '#a8478a', '#8a6d00', '#2b8fc4', '#6750a4', '#5b6470'] as const
export const darkColours = ['#5cb3ff', '#ff9355', '#3fcf9f', '#f08cd0', '#e3c04a', '#8ad4ff', '#b8a5f5', '#b4bdc9'] as const
const symbols = ['circle', 'square', 'triangle', 'diamond2', 'star', 'cross', 'wye', 'diamond'] as const
const dashes = ['', '6 3', '2 3', '8 3 2 3'] as const

export interface MethodStyle {
  readonly id: string
  readonly label: string
  /** A CSS variable that the page (or the drawing itself) defines for light and dark. */
  readonly colour: string
  readonly symbol: (typeof symbols)[number]
  /** SVG stroke-dasharray; empty for the first eight methods. */
  readonly dash: string
}

export function methodStyles(methods: readonly MethodName[]): Map<string, MethodStyle> {
  return new Map(
    methods.map(({ id, label }, index) => {
      const place = index % lightColours.length
      const round = Math.floor(index / lightColours.length)
      const style: MethodStyle = {
        id,
        label,
        colour: `var(--method-${place + 1})`,
        symbol: symbols[(place + round) % symbols.length]!,
        dash: dashes[round % dashes.length]!,
      }
      return [id, style]
    }),
  )
}

/** Definitions of --method-1 … for a style sheet. */
export function colourVariables(colours: readonly string[]): string {
  return colours.map((colour, index) => `--method-${index + 1}:${colour}`).join(';')
}

// The steps of a network for images of one size, as kernel launches: how large every
// value is, where a convolution needs a frame of zeros, and what can be freed when.
// A value is a matrix of its channels one below the other; its rows are filled up to a
// multiple of four columns, and what stands there is never read for an image's sake.

import type { KernelBackend, KernelSettings } from '../kernels/backend.ts'
import { convolve } from '../kernels/convolve.ts'
import { axpby, join, rectifiedSum, rectify } from '../kernels/elementwise.ts'
import { maxPool } from '../kernels/max-pool.ts'
import { pad } from '../kernels/pad.ts'
import { upsample } from '../kernels/upsample.ts'
import { UnsupportedOperatorError, type ConvolutionStep, type NetworkStep, type NetworkSteps } from './network-steps.ts'

export interface Launch {
  readonly source: Parameters<KernelBackend['compile']>[0]
  readonly settings: KernelSettings
  /** Values by name, and scalars, in the kernel's order. */
  readonly arguments: readonly (string | number)[]
  readonly output: string
  /** Values that nothing needs any more when this launch is done. */
  readonly frees: readonly string[]
}

export interface ImageSize {
  readonly rows: number
  readonly columns: number
}

/** Columns of the matrix that holds rows of `columns` pixels. */
export function matrixWidth(columns: number): number {
  return Math.ceil(columns / 4) * 4
}

/**
 * @param largestBytes what a value may have.
 * @throws UnsupportedOperatorError when sizes do not fit each other or a value is too large, with operator and node.
 */
export function networkLaunches(
  network: NetworkSteps,
  size: ImageSize,
  largestBytes = Infinity,
): { readonly launches: readonly Launch[]; readonly outputSize: ImageSize } {
  const sizes = new Map<string, ImageSize>()
  for (const name of network.inputs.keys()) sizes.set(name, size)
  const launches = network.steps.flatMap(step => {
    const inputs = step.inputs.map(name => sizes.get(name)!)
    const output = outputSize(step, inputs)
    sizes.set(step.output, output)
    const ofStep = launchesOf(step, inputs[0]!, output)
    const bytes = Math.max(...ofStep.map(({ settings: { width, height, planes = 1 } }) => 4 * width * height * planes))
    if (bytes > largestBytes)
      throw new UnsupportedOperatorError(step.operator, step.node, `it takes ${mib(bytes)} at once, and the device has at most ${mib(largestBytes)} (a smaller tile takes less)`)
    return ofStep
  })
  return { launches: withFrees(launches, network), outputSize: sizes.get(network.output)! }
}

function mib(bytes: number): string {
  return `${Math.ceil(bytes / 2 ** 20)} MiB`
}

type BareLaunch = Omit<Launch, 'frees'>

function outputSize(step: NetworkStep, inputs: readonly ImageSize[]): ImageSize {
  const { rows, columns } = inputs[0]!
  const refuse = (problem: string): never => {
    throw new UnsupportedOperatorError(step.operator, step.node, problem)
  }
  switch (step.kind) {
    case 'convolution': {
      const { pads, tapRows, tapColumns } = step
      const size = { rows: rows + pads.top + pads.bottom - tapRows + 1, columns: columns + pads.left + pads.right - tapColumns + 1 }
      return size.rows < 1 || size.columns < 1 ? refuse(`its input of ${rows} × ${columns} is smaller than its filter`) : size
    }
    case 'sum':
    case 'join': {
      const other = inputs.find(one => one.rows !== rows || one.columns !== columns)
      return other ? refuse(`its inputs are ${rows} × ${columns} and ${other.rows} × ${other.columns}`) : { rows, columns }
    }
    case 'max-pool':
      return rows < 2 || columns < 2 ? refuse(`its input is ${rows} × ${columns}`) : { rows: rows >> 1, columns: columns >> 1 }
    case 'upsampling':
      return { rows: 2 * rows, columns: 2 * columns }
    case 'rectification':
      return { rows, columns }
    default:
      return step satisfies never
  }
}

function launchesOf(step: NetworkStep, input: ImageSize, output: ImageSize): BareLaunch[] {
  const name = `${step.operator} "${step.node}"`
  const width = matrixWidth(output.columns)
  const [first, second] = step.inputs as [string, string]
  const planes = { name, width, height: output.rows, planes: step.outputChannels }
  const whole = { name, width, height: output.rows * step.outputChannels }
  switch (step.kind) {
    case 'convolution':
      return convolution(step, input, planes)
    case 'sum':
      if (step.rectify) return [{ source: rectifiedSum, settings: whole, arguments: [first, second], output: step.output }]
      return [{ source: axpby, settings: whole, arguments: [1, first, 1, second], output: step.output }]
    case 'rectification':
      return [{ source: rectify, settings: whole, arguments: [first], output: step.output }]
    case 'max-pool':
      return [{ source: maxPool, settings: { ...planes, counts: { rows: input.rows, width: matrixWidth(input.columns) } }, arguments: [first], output: step.output }]
    case 'upsampling':
      return [{ source: upsample, settings: { ...planes, counts: { rows: input.rows } }, arguments: [first], output: step.output }]
    case 'join':
      return joins(step.inputs, step.inputChannels, step.output, whole, output.rows)
    default:
      return step satisfies never
  }
}

function convolution(step: ConvolutionStep, input: ImageSize, settings: KernelSettings): BareLaunch[] {
  const { pads, inputChannels: channels, tapRows, tapColumns, inputs, output } = step
  const rows = input.rows + pads.top + pads.bottom
  const bias = channels * tapRows * tapColumns
  const counts = { channels, rows, tapRows, tapColumns, bias, rectify: step.rectify ? 1 : 0 }
  const convolved = { ...settings, fours: true, counts, tables: { weights: { values: step.weights, height: step.outputChannels } } }
  const width = settings.width + tapColumns - 1
  if (rows === input.rows && pads.left === 0 && width <= matrixWidth(input.columns))
    return [{ source: convolve, settings: convolved, arguments: inputs, output }]
  const framed = `${output}, framed`
  const frame = { width: input.columns, height: input.rows, left: pads.left, top: pads.top }
  return [
    { source: pad, settings: { name: `${settings.name}, frame`, width, height: rows, planes: channels, counts: frame }, arguments: inputs, output: framed },
    { source: convolve, settings: convolved, arguments: [framed], output },
  ]
}

/** Joins two after two. */
function joins(inputs: readonly string[], channels: readonly number[], output: string, settings: KernelSettings, rows: number): BareLaunch[] {
  const launches: BareLaunch[] = []
  let joined = inputs[0]!
  let joinedRows = channels[0]! * rows
  for (let i = 1; i < inputs.length; i++) {
    const result = i === inputs.length - 1 ? output : `${output}, ${i + 1} parts`
    const height = joinedRows + channels[i]! * rows
    launches.push({ source: join, settings: { ...settings, height, counts: { rows: joinedRows } }, arguments: [joined, inputs[i]!], output: result })
    joined = result
    joinedRows = height
  }
  return launches
}

/** Every value is freed by the launch that reads it last, except inputs, which are the caller's, and the result. */
function withFrees(launches: readonly BareLaunch[], network: NetworkSteps): Launch[] {
  const last = new Map<string, number>()
  launches.forEach((launch, i) => {
    last.set(launch.output, i)
    for (const name of launch.arguments) if (typeof name === 'string') last.set(name, i)
  })
  const kept = (name: string): boolean => network.inputs.has(name) || name === network.output
  return launches.map((launch, i) => ({ ...launch, frees: [...last].filter(([name, at]) => at === i && !kept(name)).map(([name]) => name) }))
}

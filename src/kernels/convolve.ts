// A convolution layer, one thread for four neighbours in a row of one output channel:
// four pixels share each weight, and as a window of four slides along a row of taps each
// of them costs one new pixel. Per tap that is about 0.7 loads for each multiplication,
// where a thread for one pixel needs two. No border tests: what lies outside is in the
// source, as a frame of zeros (pad.ts).

import type { KernelThis } from './kernel-this.ts'

export interface ConvolveConstants {
  /** Channels of the source, and rows of each of them. */
  readonly channels: number
  readonly rows: number
  /** Size of the filter. */
  readonly tapRows: number
  readonly tapColumns: number
  /** Where the bias stands in a row of weights: channels · tapRows · tapColumns. */
  readonly bias: number
  /** 1: negative results become 0. */
  readonly rectify: number
  /** [output channel][channel, tap row, tap column; then the bias]. */
  readonly weights: number[][]
}

/**
 * Correlation, as networks mean it: out[z][y][x] = bias[z] + Σ source[c][y + i][x + j] · weight[z][c][i][j].
 * source: [channel][row][column], whose rows have at least (columns of the output) + tapColumns − 1 columns
 * → [output channel][row][column].
 */
export function convolve(this: KernelThis<ConvolveConstants>, source: number[][]): [number, number, number, number] {
  let sum0 = this.constants.weights[this.thread.z]![this.constants.bias]!
  let sum1 = sum0
  let sum2 = sum0
  let sum3 = sum0
  // Indices are written out, since gpu.js makes floats of those that are kept in a variable.
  for (let c = 0; c < this.constants.channels; c++) {
    for (let i = 0; i < this.constants.tapRows; i++) {
      let pixel0 = source[c * this.constants.rows + this.thread.y + i]![this.thread.x * 4]!
      let pixel1 = source[c * this.constants.rows + this.thread.y + i]![this.thread.x * 4 + 1]!
      let pixel2 = source[c * this.constants.rows + this.thread.y + i]![this.thread.x * 4 + 2]!
      for (let j = 0; j < this.constants.tapColumns; j++) {
        const pixel3 = source[c * this.constants.rows + this.thread.y + i]![this.thread.x * 4 + j + 3]!
        const weight =
          this.constants.weights[this.thread.z]![(c * this.constants.tapRows + i) * this.constants.tapColumns + j]!
        sum0 += pixel0 * weight
        sum1 += pixel1 * weight
        sum2 += pixel2 * weight
        sum3 += pixel3 * weight
        pixel0 = pixel1
        pixel1 = pixel2
        pixel2 = pixel3
      }
    }
  }
  if (this.constants.rectify > 0) {
    sum0 = Math.max(sum0, 0)
    sum1 = Math.max(sum1, 0)
    sum2 = Math.max(sum2, 0)
    sum3 = Math.max(sum3, 0)
  }
  return [sum0, sum1, sum2, sum3]
}

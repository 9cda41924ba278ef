// ndarray-fft 1.0.3 brings no types. In place; direction 1 computes e^{+i…}, −1 its inverse, scaled by 1/n.
declare module 'ndarray-fft' {
  import type { NdArray } from 'ndarray'
  export default function fft(direction: 1 | -1, real: NdArray<Float64Array>, imaginary: NdArray<Float64Array>): void
}

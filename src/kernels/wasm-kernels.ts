// The compiled kernels and their signatures, as the TypeScript side calls them.
// Pointers are byte offsets into the memory of one engine. The sources, with the
// layouts of frames, runs and lanes, are in assembly/.

import { wasmBase64 } from './wasm-binary.ts'

/** Kernels that threads share: one call computes one tile of the output. */
export interface TileKernels {
  layRays: [runs: number, rays: number, detector: number, sourceMm: number, pixelMm: number, rows: number, columns: number]
  tableFromImage: [image: number, lanes: number, table: number, rowBytes: number, rows: number, columns: number]
  imageFromTable: [
    ...[image: number, lanes: number, table: number, rowBytes: number, rows: number, columns: number],
    ...[fresh: number],
  ]
  forward: [
    ...[scratch: number, runs: number, runCount: number, rays: number, sums: number, table: number, rowBytes: number],
    ...[rows: number, columns: number, sinogram: number, bins: number, pixelMm: number],
  ]
  gatherRun: [runs: number, rays: number, values: number, sinogram: number, bins: number, pixelMm: number]
  adjoint: [
    ...[scratch: number, runs: number, runCount: number, rays: number, values: number, table: number, rowBytes: number],
    ...[rows: number, columns: number],
  ]
  tableFromRows: [sinogram: number, lanes: number, table: number, bins: number]
  backproject: [
    ...[scratch: number, accumulators: number, kind: number, frames: number, first: number, end: number, table: number],
    ...[bins: number, middleBin: number, binsPerUnit: number, columns: number, mirrors: number],
  ]
  imageFromTile: [
    ...[accumulators: number, rows: number, columns: number, fullRows: number, fullColumns: number, lanes: number],
    ...[image: number, mirrors: number],
  ]
  filterRows: [
    ...[scratch: number, input: number, output: number, rows: number, bins: number, views: number],
    ...[perBin: number, perRay: number, response: number, length: number, twiddles: number, twiddlesEnd: number],
  ]
  spectrumOfRows: [
    ...[scratch: number, scratchBytes: number, image: number, weights: number, rows: number, columns: number],
    ...[length: number, twiddles: number, positions: number, spectrum: number, groupBytes: number],
  ]
  convolveColumns: [
    ...[scratch: number, scratchBytes: number, spectrum: number, groupBytes: number, rows: number],
    ...[length: number, twiddles: number, twiddlesEnd: number, response: number],
  ]
  rowsOfSpectrum: [
    ...[scratch: number, scratchBytes: number, image: number, weights: number, rows: number, columns: number],
    ...[length: number, twiddlesEnd: number, positions: number, spectrum: number, groupBytes: number],
  ]
}

/** Rows or runs that one tile of a kernel covers (constants of the same meaning in assembly/). */
export const tileSize = { tableRows: 16, forwardRuns: 8, backprojectPixels: 32, filterRows: 8, spectrumRows: 8 } as const

/** Kernels of whole arrays, run by the calling thread alone. */
export interface ArrayKernels {
  readonly axpby: (a: number, x: number, b: number, y: number, count: number) => void
  readonly multiply: (x: number, y: number, count: number) => void
  readonly dot: (x: number, y: number, count: number) => number
  readonly similarity: (
    ...args: [
      ...[truth: number, image: number, rows: number, columns: number, weights: number, taps: number, pad: number, norm: number],
      ...[region: number, constants: number, ranges: number, totals: number, scratch: number],
    ]
  ) => number
  readonly ssimScratchBytes: (columns: number, taps: number) => number
  readonly valuesOfHu: (hu: number, values: number, count: number, scale: number, offset: number, low: number, high: number) => void
  readonly meanSquaredError: (truth: number, image: number, count: number, region: number) => number
  readonly acquire: (
    ...args: [
      ...[exact: number, measured: number, firstView: number, views: number, bins: number, photons: number, logPhotons: number],
      ...[electronicNoise: number, floor: number, key0: number, key1: number, logFactorials: number],
    ]
  ) => void
  readonly addPaint: (
    ...args: [
      ...[row: number, rays: number, bins: number, ranges: number, shapes: number, count: number],
      ...[clipStart: number, clips: number, clipCount: number, covered: number],
    ]
  ) => void
  readonly paintScratchBytes: (bins: number, count: number) => number
  readonly addBlobs: (
    ...args: [
      ...[row: number, rays: number, bins: number, ranges: number, shapes: number, count: number],
      ...[table: number, limit: number, rootTwoPi: number],
    ]
  ) => void
  readonly similarPixelsScratchBytes: (columns: number, patch: number) => number
  readonly addSimilarPixels: (
    ...args: [
      ...[values: number, padded: number, sums: number, weights: number, largest: number, table: number, tableLength: number],
      ...[work: number, rows: number, columns: number, patch: number, search: number, scale: number],
    ]
  ) => void
}

export type Kernels = {
  readonly [Name in keyof TileKernels]: (tile: number, thread: number, ...args: TileKernels[Name]) => void
} & ArrayKernels & {
  /** Scratch that `backproject`, and `forward` and `adjoint`, need for each thread. */
  readonly backprojectScratchBytes: () => number
  readonly projectScratchBytes: () => number
}

const pageBytes = 65536
/** As declared by the module: 4 GiB, reserved as addresses only. */
const maximumPages = 65536

const modules: { shared?: WebAssembly.Module; single?: WebAssembly.Module } = {}

/**
 * The compiled module. The binary imports a shared memory; the variant for one
 * thread differs in a single bit of that import, since no kernel uses atomics.
 */
export function kernelModule(shared: boolean): WebAssembly.Module {
  const key = shared ? 'shared' : 'single'
  return (modules[key] ??= new WebAssembly.Module(kernelBinary(shared)))
}

export function kernelMemory(shared: boolean): WebAssembly.Memory {
  return new WebAssembly.Memory({ initial: 1, maximum: maximumPages, shared })
}

/** Grows the memory until it holds `bytes`. @throws RangeError when it cannot. */
export function growTo(memory: WebAssembly.Memory, bytes: number): void {
  const missing = Math.ceil((bytes - memory.buffer.byteLength) / pageBytes)
  if (missing > 0) memory.grow(Math.min(missing, maximumPages + 1)) // a number beyond 32 bits would be a TypeError
}

export function instantiateKernels(module: WebAssembly.Module, memory: WebAssembly.Memory): Kernels {
  return new WebAssembly.Instance(module, { env: { memory } }).exports as unknown as Kernels
}

function kernelBinary(shared: boolean): Uint8Array<ArrayBuffer> {
  const binary = Uint8Array.from(Buffer.from(wasmBase64, 'base64'))
  if (shared) return binary
  // Import entry: "env", "memory", kind 2 (memory), then the limits' flags: 3 = shared with a maximum, 1 = with a maximum.
  const entry = [3, ...Buffer.from('env'), 6, ...Buffer.from('memory'), 2, 3]
  const at = Buffer.from(binary).indexOf(Buffer.from(entry))
  if (at < 0) throw new Error('The kernels import no shared memory. Rebuild src/kernels/wasm-binary.ts.')
  binary[at + entry.length - 1] = 1
  return binary
}

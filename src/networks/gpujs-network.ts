// A network as gpu.js kernels, from the same ONNX weights that ONNX Runtime would use.
// Weights are uploaded once and activations stay on the device from layer to layer; what
// nobody needs any more is freed at once. Images may be handed over as matrices that are
// on the device already, such as a projector's.

import { UserError } from '../ct/user-error.ts'
import { KernelBackend, type CompiledKernel, type KernelBackendId, type Matrix } from '../kernels/backend.ts'
import type { Network, Tensor } from './network.ts'
import { matrixWidth, networkLaunches, type ImageSize, type Launch } from './network-launches.ts'
import { networkSteps, type NetworkSteps } from './network-steps.ts'
import type { OnnxModel } from './onnx-model.ts'

export interface GpujsNetworkRequest {
  readonly backend: KernelBackendId
  /** Threads that gpujs-webasm may use; the bits of a result never depend on it. */
  readonly threads: number
  /** Of the images to come, for which all is compiled at once; others may come too. */
  readonly size?: ImageSize
}

/**
 * The model on gpu.js kernels.
 * @throws UnsupportedOperatorError when it needs what the kernels cannot do, or its layers do not fit each other at
 * the size; BackendError when the backend is not there.
 */
export async function openGpujsNetwork(model: OnnxModel, { backend, threads, size }: GpujsNetworkRequest): Promise<GpujsNetwork> {
  const network = new GpujsNetwork(networkSteps(model), await KernelBackend.open(backend, threads))
  try {
    if (size) await network.prepare(size)
    return network
  } catch (error) {
    await network.dispose()
    throw error
  }
}

/** A network for images of one size. */
interface Program extends ImageSize {
  readonly launches: readonly Launch[]
  readonly outputSize: ImageSize
  /** By launch. On a GPU they are kept; on a CPU a kernel holds all the memory that it worked in, so it is made for each run. */
  readonly compiled: Map<Launch, CompiledKernel>
}

export class GpujsNetwork implements Network {
  readonly runtime: string
  /** Where it runs: what makes its inputs on the device. */
  readonly kernels: KernelBackend
  readonly #network: NetworkSteps
  #program: Program | null = null

  constructor(network: NetworkSteps, kernels: KernelBackend) {
    this.#network = network
    this.kernels = kernels
    this.runtime = `gpu.js ${kernels.id.replace('gpujs-', '')}`
  }

  /** Checks that images of `size` can run. A GPU, which compiles a kernel when it first runs, runs all of them once. */
  async prepare(size: ImageSize): Promise<void> {
    this.#programFor(size)
    if (this.kernels.id !== 'webgpu') return
    const width = matrixWidth(size.columns)
    const inputs: Record<string, Matrix> = {}
    for (const [name, channels] of this.#network.inputs) {
      const height = channels * size.rows
      inputs[name] = await this.kernels.upload(new Float32Array(width * height), width, height)
    }
    const result = await this.runMatrices(inputs, size)
    await this.kernels.download(result)
    for (const matrix of [result, ...Object.values(inputs)]) this.kernels.free(matrix)
  }

  /** @throws UserError for inputs of other names or shapes than the model's, UnsupportedOperatorError as openGpujsNetwork. */
  async run(inputs: Readonly<Record<string, Tensor>>): Promise<Tensor> {
    const { batch, rows, columns } = this.#requireInputs(inputs)
    const dims = [batch, ...this.outputDims({ rows, columns })]
    const data = new Float32Array(product(dims))
    for (let item = 0; item < batch; item++) {
      const uploaded: Record<string, Matrix> = {}
      try {
        for (const [name, tensor] of Object.entries(inputs)) {
          const length = tensor.data.length / batch
          uploaded[name] = await this.#upload(tensor.data.subarray(item * length, (item + 1) * length), columns)
        }
        const result = await this.runMatrices(uploaded, { rows, columns })
        data.set(await this.download(result, { rows, columns }), item * (data.length / batch))
        this.kernels.free(result)
      } finally {
        for (const matrix of Object.values(uploaded)) this.kernels.free(matrix)
      }
    }
    return { data, dims }
  }

  /** Channels, rows and columns of the result for an image of `size`. */
  outputDims(size: ImageSize): [channels: number, rows: number, columns: number] {
    const { rows, columns } = this.#programFor(size).outputSize
    return [this.#network.outputChannels, rows, columns]
  }

  /**
   * The same on the device, for one image of `size`: matrices of matrixWidth(columns) × (channels · rows) → one
   * such matrix. The inputs stay the caller's, and the result becomes it.
   */
  async runMatrices(inputs: Readonly<Record<string, Matrix>>, size: ImageSize): Promise<Matrix> {
    const program = this.#programFor(size)
    const made = new Map<string, Matrix>()
    try {
      for (const launch of program.launches) {
        const values = launch.arguments.map(name => (typeof name === 'number' ? name : (made.get(name) ?? inputs[name]!)))
        made.set(launch.output, await this.#launch(program, launch, values))
        for (const name of launch.frees) {
          this.kernels.free(made.get(name)!)
          made.delete(name)
        }
      }
      const result = made.get(this.#network.output)!
      made.delete(this.#network.output)
      return result
    } finally {
      for (const matrix of made.values()) this.kernels.free(matrix)
    }
  }

  /** The values of a result of runMatrices for an image of `size`: row-major [channel][row][column]. */
  async download(result: Matrix, size: ImageSize): Promise<Float32Array> {
    const [, , columns] = this.outputDims(size)
    return withoutFill(await this.kernels.download(result), result.width, columns)
  }

  async dispose(): Promise<void> {
    this.#forget()
    await this.kernels.close()
  }

  /** The network for images of one size, in the place of the size before. */
  #programFor(size: ImageSize): Program {
    if (this.#program?.rows === size.rows && this.#program.columns === size.columns) return this.#program
    const { launches, outputSize } = networkLaunches(this.#network, size, this.kernels.largestBytes)
    this.#forget()
    this.#program = { ...size, launches, outputSize, compiled: new Map() }
    return this.#program
  }

  async #launch({ compiled }: Program, launch: Launch, values: readonly (Matrix | number)[]): Promise<Matrix> {
    const kernel = compiled.get(launch) ?? this.kernels.compile(launch.source, launch.settings)
    if (this.kernels.id === 'webgpu') {
      compiled.set(launch, kernel)
      return kernel(...values)
    }
    const result = await kernel(...values)
    kernel.destroy()
    return result
  }

  #forget(): void {
    for (const kernel of this.#program?.compiled.values() ?? []) kernel.destroy()
    this.#program = null
  }

  #upload(values: Float32Array, columns: number): Promise<Matrix> {
    const width = matrixWidth(columns)
    const filled = withFill(values, columns, width)
    return this.kernels.upload(filled, width, filled.length / width)
  }

  #requireInputs(inputs: Readonly<Record<string, Tensor>>): { batch: number; rows: number; columns: number } {
    const wanted = [...this.#network.inputs]
    const names = Object.keys(inputs)
    if (names.length !== wanted.length || wanted.some(([name]) => !(name in inputs)))
      throw new UserError(`The network has the inputs ${wanted.map(([name]) => name).join(', ')}, got ${names.join(', ')}.`)
    const [batch, , rows, columns] = inputs[wanted[0]![0]]!.dims as [number, number, number, number]
    for (const [name, channels] of wanted) {
      const expected = [batch, channels, rows, columns]
      const { dims, data } = inputs[name]!
      if (String(dims) !== String(expected) || data.length !== product(expected))
        throw new UserError(`The network's input "${name}" is ${dims.join(' × ')} with ${data.length} values, expected ${expected.join(' × ')}.`)
    }
    return { batch, rows, columns }
  }
}

function product(dims: readonly number[]): number {
  return dims.reduce((all, dim) => all * dim, 1)
}

/** Rows of `columns` values → rows of `width`, zeros behind them. */
function withFill(values: Float32Array, columns: number, width: number): Float32Array {
  if (columns === width) return values
  const filled = new Float32Array((values.length / columns) * width)
  for (let row = 0; row * columns < values.length; row++) filled.set(values.subarray(row * columns, (row + 1) * columns), row * width)
  return filled
}

/** The inverse of withFill. */
function withoutFill(values: Float32Array, width: number, columns: number): Float32Array {
  if (columns === width) return values
  const bare = new Float32Array((values.length / width) * columns)
  for (let row = 0; row * width < values.length; row++) bare.set(values.subarray(row * width, row * width + columns), row * columns)
  return bare
}

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
}

/**
 * The model on gpu.js kernels.
 * @throws UnsupportedOperatorError when it needs what the kernels cannot do, BackendError when the backend is not there.
 */
export async function openGpujsNetwork(model: OnnxModel, { backend, threads }: GpujsNetworkRequest): Promise<GpujsNetwork> {
  const steps = networkSteps(model)
  return new GpujsNetwork(steps, await KernelBackend.open(backend, threads))
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

  /**
   * Compiles for images of one size, in the place of the size before.
   * @throws UnsupportedOperatorError when its layers do not fit each other at that size.
   */
  prepare(size: ImageSize): void {
    if (this.#program?.rows === size.rows && this.#program.columns === size.columns) return
    const { launches, outputSize } = networkLaunches(this.#network, size)
    this.#forget()
    this.#program = { ...size, launches, outputSize, compiled: new Map() }
  }

  /** @throws UserError for inputs of other names or shapes than the model's. */
  async run(inputs: Readonly<Record<string, Tensor>>): Promise<Tensor> {
    const { batch, rows, columns } = this.#requireInputs(inputs)
    this.prepare({ rows, columns })
    const { outputSize } = this.#program!
    const channels = this.#network.outputChannels
    const valuesPerItem = channels * outputSize.rows * outputSize.columns
    const data = new Float32Array(batch * valuesPerItem)
    for (let item = 0; item < batch; item++) {
      const uploaded: Record<string, Matrix> = {}
      try {
        for (const [name, tensor] of Object.entries(inputs)) {
          const length = tensor.data.length / batch
          uploaded[name] = await this.#upload(tensor.data.subarray(item * length, (item + 1) * length), columns)
        }
        const result = await this.runMatrices(uploaded, { rows, columns })
        data.set(withoutFill(await this.kernels.download(result), result.width, outputSize.columns), item * valuesPerItem)
        this.kernels.free(result)
      } finally {
        for (const matrix of Object.values(uploaded)) this.kernels.free(matrix)
      }
    }
    return { data, dims: [batch, channels, outputSize.rows, outputSize.columns] }
  }

  /**
   * The same on the device, for one image of `size`: matrices of matrixWidth(columns) × (channels · rows) → one
   * such matrix. The inputs stay the caller's, and the result becomes it.
   */
  async runMatrices(inputs: Readonly<Record<string, Matrix>>, size: ImageSize): Promise<Matrix> {
    this.prepare(size)
    const made = new Map<string, Matrix>()
    try {
      for (const launch of this.#program!.launches) {
        const values = launch.arguments.map(name => (typeof name === 'number' ? name : (made.get(name) ?? inputs[name]!)))
        made.set(launch.output, await this.#launch(launch, values))
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

  async dispose(): Promise<void> {
    this.#forget()
    await this.kernels.close()
  }

  async #launch(launch: Launch, values: readonly (Matrix | number)[]): Promise<Matrix> {
    const { compiled } = this.#program!
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
      if (String(dims) !== String(expected) || data.length !== expected.reduce((product, dim) => product * dim, 1))
        throw new UserError(`The network's input "${name}" is ${dims.join(' × ')} with ${data.length} values, expected ${expected.join(' × ')}.`)
    }
    return { batch, rows, columns }
  }
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

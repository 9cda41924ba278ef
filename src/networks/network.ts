// What a network is once it is loaded, whatever runs it.

/** Row-major float32 values: images are [batch][channel][row][column]. */
export interface Tensor {
  readonly data: Float32Array
  readonly dims: readonly number[]
}

export interface Network {
  /** What really runs it: "onnxruntime 1.30.0 cpu", "gpu.js webgpu". */
  readonly runtime: string
  /** Inputs by their names in the model → its output. Inputs are left untouched. Same inputs, same bits. */
  run(inputs: Readonly<Record<string, Tensor>>): Promise<Tensor>
  dispose(): Promise<void>
}

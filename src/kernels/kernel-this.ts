/**
 * What a kernel sees as `this`. Kernels are plain functions that gpu.js reads as
 * text and compiles: no closures, no arrow functions, no names from outside.
 * thread.x is the column of the output value, thread.y its row, thread.z its plane:
 * the image or sinogram of a batch, the channel of a network.
 */
export interface KernelThis<Constants> {
  readonly thread: { readonly x: number; readonly y: number; readonly z: number }
  readonly constants: Constants
}

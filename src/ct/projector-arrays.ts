// Book-keeping that every engine shares: which arrays a projector has handed out,
// of which space and batch, and what each is stored in (typed array, device buffer).

import { imageLength, sinogramLength, type Geometry, type ImageGrid } from './geometry.ts'
import { BackendError, type ProjectorArray } from './projector.ts'

export class ProjectorArrays<Storage> {
  readonly #valuesPerItem: Readonly<Record<ProjectorArray['space'], number>>
  readonly #stored = new Map<ProjectorArray, Storage>()

  constructor(geometry: Geometry, grid: ImageGrid) {
    this.#valuesPerItem = { image: imageLength(grid), sinogram: sinogramLength(geometry) }
  }

  /**
   * Registers a new array whose storage `make` builds from its length.
   * @throws RangeError for a batch below 1, BackendError when `make` gets no memory (JavaScript's RangeError).
   */
  add(space: ProjectorArray['space'], batch: number, make: (length: number, batch: number) => Storage): ProjectorArray {
    if (!Number.isInteger(batch) || batch < 1) throw new RangeError(`batch is ${batch}, expected a whole number of at least 1.`)
    const array: ProjectorArray = Object.freeze({ space, batch, length: batch * this.#valuesPerItem[space] })
    this.#stored.set(array, withMemory(array, () => make(array.length, batch)))
    return array
  }

  /** The storage of an array. @throws Error when it is another projector's, released, or of another space than `space`. */
  get(array: ProjectorArray, space: ProjectorArray['space'] = array.space): Storage {
    const storage = this.#stored.get(array)
    if (storage === undefined) throw new Error(`This ${array.space} array was released, or belongs to another projector.`)
    if (array.space !== space) throw new Error(`Expected an array of the ${space} space, got one of the ${array.space} space.`)
    return storage
  }

  set(array: ProjectorArray, storage: Storage): void {
    this.#stored.set(array, storage)
  }

  release(array: ProjectorArray): Storage {
    const storage = this.get(array)
    this.#stored.delete(array)
    return storage
  }

  releaseAll(): Storage[] {
    const all = [...this.#stored.values()]
    this.#stored.clear()
    return all
  }
}

function withMemory<T>(array: ProjectorArray, make: () => T): T {
  try {
    return make()
  } catch (error) {
    if (!(error instanceof RangeError)) throw error
    throw new BackendError(
      `No memory for ${array.batch} ${array.space}(s), ${array.length} values in all: ${error.message}. Release arrays, or take smaller batches or images.`,
      { cause: error },
    )
  }
}

/** @throws Error when two arrays of one operation differ in batch or, with `sameSpace`, in space. */
export function requireAlike(x: ProjectorArray, y: ProjectorArray, sameSpace: boolean): void {
  if (x.batch !== y.batch) throw new Error(`The arrays have batches of ${x.batch} and ${y.batch}; they must agree.`)
  if (sameSpace && x.space !== y.space) throw new Error(`The arrays are of the ${x.space} and the ${y.space} space; they must agree.`)
}

/** @throws Error when `values` does not fill the array. */
export function requireLength(values: Float32Array, array: ProjectorArray): void {
  if (values.length !== array.length) throw new Error(`Got ${values.length} values for an array of ${array.length}.`)
}

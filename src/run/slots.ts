/**
 * Lets a bounded number of jobs run at a time and remembers the first that went
 * wrong, so that the loop stops instead of piling up work.
 */
export class Slots {
  #free: number
  readonly #waiting: (() => void)[] = []
  readonly #running = new Set<Promise<void>>()
  #failure: { readonly error: unknown } | null = null

  constructor(count: number) {
    this.#free = count
  }

  /** Waits for a free slot; the function that it gives hands the slot back. @throws the error of a job that failed. */
  async acquire(): Promise<() => void> {
    if (this.#free > 0) this.#free--
    else await new Promise<void>(resolve => this.#waiting.push(resolve))
    let released = false
    const release = (): void => {
      if (released) return
      released = true
      const next = this.#waiting.shift()
      if (next) next()
      else this.#free++
    }
    if (this.#failure) {
      release()
      throw this.#failure.error
    }
    return release
  }

  /** Watches a job that holds a slot. */
  follow(job: Promise<void>): void {
    const watched = job
      .catch((error: unknown) => {
        this.#failure ??= { error }
      })
      .finally(() => this.#running.delete(watched))
    this.#running.add(watched)
  }

  /** Waits for every job. @throws the error of the first that failed. */
  async settled(): Promise<void> {
    await this.abandoned()
    if (this.#failure) throw this.#failure.error
  }

  /** Waits for every job, whatever becomes of it. */
  async abandoned(): Promise<void> {
    while (this.#running.size > 0) await Promise.all(this.#running)
  }
}

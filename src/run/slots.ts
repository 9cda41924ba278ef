/**
 * Shares a number of cores among methods' jobs and the run's own work on this thread
 * (simulating, scoring), so that a job that is timed has a core to itself. Own work
 * goes first, one piece at a time; of the jobs that wait, the first whose method has
 * none running, so that few methods need a second process. Remembers the first job that
 * went wrong, so that the loop stops instead of piling up work.
 */
export class Slots {
  #free: number
  #ownWorkRuns = false
  readonly #ownWork: (() => void)[] = []
  readonly #jobs: { readonly method: string; readonly granted: () => void }[] = []
  /** Methods of the jobs that hold a slot. */
  readonly #methods: string[] = []
  readonly #running = new Set<Promise<void>>()
  #failure: { readonly error: unknown } | null = null

  constructor(count: number) {
    this.#free = count
  }

  /** Waits for a free slot for a job of `method`; the function that it gives hands the slot back. @throws the error of a job that failed. */
  async acquire(method: string): Promise<() => void> {
    await new Promise<void>(granted => {
      this.#jobs.push({ method, granted })
      this.#grant()
    })
    let released = false
    const release = (): void => {
      if (released) return
      released = true
      this.#methods.splice(this.#methods.indexOf(method), 1)
      this.#free++
      this.#grant()
    }
    if (this.#failure) {
      release()
      throw this.#failure.error
    }
    return release
  }

  /** Does work of this thread in a slot of its own. */
  async work<T>(work: () => T | Promise<T>): Promise<T> {
    await new Promise<void>(granted => {
      this.#ownWork.push(granted)
      this.#grant()
    })
    try {
      return await work()
    } finally {
      this.#ownWorkRuns = false
      this.#free++
      this.#grant()
    }
  }

  /** Watches a job, from before it has its slot until it is done with. */
  follow(job: Promise<void>): void {
    const watched = job
      .catch((error: unknown) => {
        this.#failure ??= { error }
      })
      .finally(() => this.#running.delete(watched))
    this.#running.add(watched)
  }

  /** @throws the error of the first job that failed, if one has. */
  rethrow(): void {
    if (this.#failure) throw this.#failure.error
  }

  /** Waits for every job. @throws the error of the first that failed. */
  async settled(): Promise<void> {
    await this.abandoned()
    this.rethrow()
  }

  /** Waits for every job, whatever becomes of it. */
  async abandoned(): Promise<void> {
    while (this.#running.size > 0) await Promise.all(this.#running)
  }

  #grant(): void {
    while (this.#free > 0) {
      if (!this.#ownWorkRuns && this.#ownWork.length > 0) {
        this.#ownWorkRuns = true
        this.#free--
        this.#ownWork.shift()!()
        continue
      }
      if (this.#jobs.length === 0) return
      const idle = this.#jobs.findIndex(({ method }) => !this.#methods.includes(method))
      const [next] = this.#jobs.splice(Math.max(0, idle), 1)
      this.#methods.push(next!.method)
      this.#free--
      next!.granted()
    }
  }
}

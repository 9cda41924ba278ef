// Which engine the jobs of a run go to. A backend that was named is kept, whatever
// becomes of it. Under `auto` a GPU that is gone is left for the CPU, for the rest of
// the run: a job never moves half-way, and its key and record name the engine it ran on.

import { resolveWithoutGpu, type ResolvedBackend } from '../ct/create-projector.ts'
import type { BackendChoice } from '../ct/projector.ts'
import type { Failure } from './failure.ts'

/** So many jobs in a row may lose the GPU, which came back each time, before it is left. */
const patience = 2

export class EngineChoice {
  readonly #mayChange: boolean
  readonly #noted: (note: string) => void
  #now: ResolvedBackend
  #losses = 0

  constructor(asked: BackendChoice, first: ResolvedBackend, noted: (note: string) => void) {
    this.#mayChange = asked === 'auto'
    this.#noted = noted
    this.#now = first
  }

  get now(): ResolvedBackend {
    return this.#now
  }

  /**
   * Takes in how a job on `engine` ended; null when it was done.
   * @returns true when it was not even begun and is to be run on what is `now` the engine.
   */
  async heard(engine: ResolvedBackend, failure: Failure | null): Promise<boolean> {
    if (failure === null) this.#losses = 0
    if (!this.#mayChange || engine.backend !== 'webgpu' || !failure?.gone) return false
    this.#losses++
    if (engine === this.#now && (failure.gone === 'unavailable' || this.#losses >= patience)) await this.#leave(engine, failure)
    return failure.gone === 'unavailable'
  }

  async #leave(engine: ResolvedBackend, { gone, reason }: Failure): Promise<void> {
    const what = gone === 'lost' ? `was lost in ${patience} jobs in a row` : 'is gone'
    const next = await resolveWithoutGpu(`the GPU ${engine.adapter} ${what}: ${reason}`)
    if (engine !== this.#now) return // another job was faster
    this.#now = next
    this.#noted(
      `The GPU ${engine.adapter} ${what} (${reason}) The rest runs on ${next.backend}. ` +
        'Methods that ran on both get no rank; the same command again brings them to one engine.',
    )
  }
}

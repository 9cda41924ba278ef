// The runner's side of the process boundary: child processes that serve one method
// each, kept for its next job, ended when they hang and replaced when they die or
// fail: after a failure nobody knows what their engine and memory are worth.

import { fork, type ChildProcess } from 'node:child_process'
import { failureOf, type Failure } from './failure.ts'
import { installation } from './installation.ts'
import { MethodHost, type MethodJob, type MethodResult } from './method-host.ts'
import type { WorkerAnswer, WorkerRequest } from './worker.ts'

export type Outcome =
  | { readonly kind: 'done'; readonly result: MethodResult; readonly peakMemoryMb: number | null }
  | ({ readonly kind: 'failed' } & Failure)

/** Something that runs methods' jobs: child processes, or this process when debugging. */
export interface MethodRunner {
  /** Never rejects for what a method does: that is an outcome. `name` keeps the jobs of one method together. */
  run(name: string, job: MethodJob): Promise<Outcome>
  /** Resolves when no job or answer is on its way: images are sent and received only while this thread has nothing else to do. */
  delivered(): Promise<void>
  dispose(): Promise<void>
}

const graceMs = 2000
const keptProcesses = 12

/** A child process is kept for one method and has one job at a time; the least recently used idle one ends when there are many. */
export class MethodProcesses implements MethodRunner {
  /** In the order of their last use. */
  readonly #processes: { readonly name: string; readonly process: MethodProcess }[] = []
  readonly #ending = new Set<Promise<void>>()

  run(name: string, job: MethodJob): Promise<Outcome> {
    const at = this.#processes.findIndex(kept => kept.name === name && kept.process.alive && !kept.process.busy)
    const kept = at >= 0 ? this.#processes.splice(at, 1)[0]! : { name, process: new MethodProcess() }
    this.#processes.push(kept)
    const outcome = kept.process.run(job)
    this.#endSpare()
    return outcome
  }

  async delivered(): Promise<void> {
    for (let one; (one = this.#processes.find(({ process }) => process.transit)); ) await one.process.transit!.ended
  }

  async dispose(): Promise<void> {
    for (const { process } of this.#processes.splice(0)) this.#end(process)
    await Promise.all(this.#ending)
  }

  #endSpare(): void {
    for (const kept of [...this.#processes]) {
      if (kept.process.alive && (kept.process.busy || this.#processes.length <= keptProcesses)) continue
      this.#processes.splice(this.#processes.indexOf(kept), 1)
      this.#end(kept.process)
    }
  }

  #end(process: MethodProcess): void {
    const ended = process.end().finally(() => this.#ending.delete(ended))
    this.#ending.add(ended)
  }
}

/** Runs methods in this process: for a debugger, without protection from hangs and crashes. */
export class InProcess implements MethodRunner {
  #host = new MethodHost()

  async run(_name: string, job: MethodJob): Promise<Outcome> {
    try {
      return { kind: 'done', result: await this.#host.run(job), peakMemoryMb: null }
    } catch (error) {
      const broken = this.#host
      this.#host = new MethodHost()
      const failure = failureOf(error)
      const trouble = await broken.dispose().then(
        () => '',
        (more: unknown) => ` Nor could it be cleared away: ${failureOf(more).reason}`,
      )
      return { kind: 'failed', ...failure, reason: failure.reason + trouble }
    }
  }

  async delivered(): Promise<void> {}

  async dispose(): Promise<void> {
    await this.#host.dispose()
  }
}

interface Transit {
  readonly ended: Promise<void>
  readonly end: () => void
}

class MethodProcess {
  readonly #child: ChildProcess
  readonly #waiting = new Map<number, (outcome: Outcome) => void>()
  readonly #ended: Promise<void>
  #nextId = 0
  #lastWords = ''
  #timedOutMs: number | null = null
  alive = true
  /** While a job or its answer is on its way. A process that is only starting may take long to read its first job: that is not waited for. */
  transit: Transit | null = null
  #isUp = false

  constructor() {
    const { worker, execArgv } = installation()
    this.#child = fork(worker, [], { serialization: 'advanced', execArgv: [...execArgv], stdio: ['ignore', 'pipe', 'pipe', 'ipc'] })
    this.#child.on('message', (answer: WorkerAnswer) => this.#settle(answer))
    this.#child.on('error', error => this.#fail(`The method's process could not start: ${error.message}`))
    for (const stream of [this.#child.stdout, this.#child.stderr])
      stream?.on('data', (text: Buffer) => {
        this.#lastWords = (this.#lastWords + text.toString()).slice(-2000)
      })
    this.#ended = new Promise(resolve => {
      // 'close' comes once the last words are read; a grandchild that holds the pipe must not delay the end.
      this.#child.on('exit', (code, signal) => {
        const end = (): void => {
          clearTimeout(timer)
          this.#fail(this.#explainEnd(code, signal))
          resolve()
        }
        const timer = setTimeout(end, 200)
        this.#child.on('close', end)
      })
      this.#child.on('error', () => resolve())
    })
  }

  get busy(): boolean {
    return this.#waiting.size > 0
  }

  run(job: MethodJob): Promise<Outcome> {
    const id = this.#nextId++
    return new Promise(resolve => {
      const timer = setTimeout(() => {
        this.#timedOutMs = job.timeoutMs
        this.#child.kill('SIGKILL')
      }, job.timeoutMs + graceMs)
      this.#waiting.set(id, outcome => {
        clearTimeout(timer)
        resolve(outcome)
      })
      if (this.#isUp) this.#beginTransit()
      this.#child.send({ id, job } satisfies WorkerRequest, error => {
        this.#endTransit()
        if (error) this.#fail(`The method's process does not answer: ${error.message}`)
      })
    })
  }

  /** Resolves when the process is gone; one that does not go by itself is killed. */
  async end(): Promise<void> {
    this.alive = false
    if (this.#child.connected) this.#child.disconnect()
    const timer = setTimeout(() => this.#child.kill('SIGKILL'), graceMs)
    await this.#ended
    clearTimeout(timer)
  }

  #beginTransit(): void {
    let end = (): void => {}
    this.transit = { ended: new Promise<void>(resolve => (end = resolve)), end }
  }

  #endTransit(): void {
    this.transit?.end()
    this.transit = null
  }

  #settle(answer: WorkerAnswer): void {
    if (answer.kind === 'coming') return this.#beginTransit()
    this.#isUp = true
    this.#endTransit()
    const resolve = this.#waiting.get(answer.id)
    this.#waiting.delete(answer.id)
    if (answer.kind === 'failed') void this.end()
    resolve?.(
      answer.kind === 'done'
        ? { kind: 'done', result: answer.result, peakMemoryMb: answer.peakMemoryMb }
        : { kind: 'failed', ...answer.failure },
    )
  }

  #fail(reason: string): void {
    this.alive = false
    this.#endTransit()
    for (const resolve of this.#waiting.values()) resolve({ kind: 'failed', reason, gone: null })
    this.#waiting.clear()
  }

  #explainEnd(code: number | null, signal: NodeJS.Signals | null): string {
    if (this.#timedOutMs !== null) return `The method gave no image within ${this.#timedOutMs / 1000} s and was stopped. Raise timeoutS in the suite if it needs longer.`
    const words = this.#lastWords.trim().split('\n').filter(line => /^\S*(error|trap|fatal)\S*:|out of memory/i.test(line.trim())).at(0)
    const how = signal ? `was ended by ${signal}${signal === 'SIGKILL' ? ' (out of memory?)' : ''}` : `ended with code ${code}`
    return `The method's process ${how}${words ? `: ${words.trim()}` : '.'}`
  }
}

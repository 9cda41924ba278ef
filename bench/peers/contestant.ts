// Another program that does one task a line of its input and answers with a line of JSON.

import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process'
import { createInterface } from 'node:readline'

export interface Answer {
  readonly ms: number
  /** Mean attenuation in the middle of a reconstruction, 1/mm; null where there is none. */
  readonly value: number | null
}

interface Hello {
  readonly tasks: readonly string[]
  readonly missing: readonly string[]
  readonly versions: Readonly<Record<string, string>>
}

export class Contestant {
  readonly tasks: readonly string[]
  /** What it could not load, in its words. */
  readonly missing: readonly string[]
  /** Of its libraries, by name. */
  readonly versions: Readonly<Record<string, string>>
  readonly #child: ChildProcessWithoutNullStreams
  readonly #lines: AsyncIterator<string>

  /** @throws Error when the program does not start or does not answer. */
  static async start(command: string, args: readonly string[], threads: number): Promise<Contestant> {
    const child = spawn(command, args, { env: { ...process.env, OMP_NUM_THREADS: String(threads) } })
    child.stderr.pipe(process.stderr)
    const started = new Promise<never>((_, reject) => child.once('error', reject))
    const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
    const hello = await Promise.race([lines.next(), started])
    if (hello.done) throw new Error(`${command} ended before it was ready.`)
    return new Contestant(child, lines, JSON.parse(hello.value) as Hello)
  }

  private constructor(
    child: ChildProcessWithoutNullStreams,
    lines: AsyncIterator<string>,
    hello: Hello,
  ) {
    this.#child = child
    this.#lines = lines
    this.tasks = hello.tasks
    this.missing = hello.missing
    this.versions = hello.versions
  }

  async run(task: string): Promise<Answer> {
    this.#child.stdin.write(`${task}\n`)
    const line = await this.#lines.next()
    if (line.done) throw new Error(`The program that runs "${task}" ended.`)
    return JSON.parse(line.value) as Answer
  }

  stop(): void {
    this.#child.stdin.end()
  }
}

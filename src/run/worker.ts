// Entry point of a method's child process: a job in, a result or a reason out.

import { Worker } from 'node:worker_threads'
import { failureOf, type Failure } from './failure.ts'
import { MethodHost, type MethodJob, type MethodResult } from './method-host.ts'

export type WorkerRequest = { readonly id: number; readonly job: MethodJob }
export type WorkerAnswer =
  /** An answer follows. It may be larger than what the channel holds, so that the parent must read it piece by piece. */
  | { readonly kind: 'coming' }
  | { readonly id: number; readonly kind: 'done'; readonly result: MethodResult; readonly peakMemoryMb: number }
  | { readonly id: number; readonly kind: 'failed'; readonly failure: Failure }

const host = new MethodHost()
let queue: Promise<unknown> = Promise.resolve()

process.on('message', (request: WorkerRequest) => {
  queue = queue.then(async () => {
    const answer = await answerTo(request)
    process.send!({ kind: 'coming' } satisfies WorkerAnswer)
    await new Promise<void>(sent => process.send!(answer, () => sent()))
  })
})

// The parent closes the channel when it has no more jobs; when it died, the channel closes too.
process.on('disconnect', () => {
  queue.then(() => host.dispose()).then(
    () => process.exit(0),
    () => process.exit(1),
  )
})

// A method that never yields cannot see the channel close: a thread beside it looks
// whether the parent still lives, and ends the process when it does not.
new Worker(
  `const parent = ${process.ppid}
   setInterval(() => { if (process.ppid !== parent) process.kill(process.pid, 'SIGKILL') }, 1000)`,
  { eval: true },
).unref()

async function answerTo({ id, job }: WorkerRequest): Promise<WorkerAnswer> {
  try {
    const result = await host.run(job)
    return { id, kind: 'done', result, peakMemoryMb: process.resourceUsage().maxRSS / 1024 }
  } catch (error) {
    return { id, kind: 'failed', failure: failureOf(error) }
  }
}

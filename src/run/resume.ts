// The run's folder is the cache: which jobs of a plan have a valid record already,
// and a lock so that two runs do not write to one folder.

import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { UserError } from '../ct/user-error.ts'
import { makeFolder, writeError } from '../io/atomic-write.ts'
import { previewsArePresent } from './artefacts.ts'
import type { Job, Plan } from './plan.ts'
import { readRecords, recordFileName } from './record-file.ts'
import type { RunRecord } from './record.ts'

export interface Resumption {
  readonly pending: readonly Job[]
  /** Newest record of each job that need not run again. */
  readonly reused: readonly RunRecord[]
}

/**
 * @param retryFailed runs jobs again whose record says failed.
 * @throws UserError when the folder holds records of another suite or seed.
 */
export function resume(plan: Plan, directory: string, retryFailed: boolean): Resumption {
  const byKey = new Map<string, RunRecord>()
  const recorded = existsSync(join(directory, recordFileName)) ? readRecords(directory) : []
  for (const record of recorded) {
    if (record.seed !== plan.suite.seed || record.suite !== plan.suite.id)
      throw new UserError(
        `${directory} holds records of suite "${record.suite}" with seed ${record.seed}; asked for "${plan.suite.id}" with seed ${plan.suite.seed}. Name another folder with --out.`,
      )
    byKey.set(record.key, record)
  }
  const pending: Job[] = []
  const reused: RunRecord[] = []
  for (const job of plan.jobs) {
    const record = byKey.get(job.key)
    if (record && isValid(record, job, directory) && !(retryFailed && record.status === 'failed')) reused.push(record)
    else pending.push(job)
  }
  return { pending, reused }
}

function isValid(record: RunRecord, job: Job, directory: string): boolean {
  if (record.status !== 'done' || !job.preview) return true
  return record.artefacts.image !== undefined && previewsArePresent(directory, record)
}

/** Makes the folder and takes its lock; the function that it gives lets go. @throws UserError when that cannot be had. */
export function lockDirectory(directory: string): () => void {
  makeFolder(directory)
  const lock = join(directory, 'run.lock')
  for (let attempt = 0; ; attempt++) {
    try {
      writeFileSync(lock, String(process.pid), { flag: 'wx' })
      return () => rmSync(lock, { force: true })
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw writeError(lock, error)
      const owner = Number(readFileSync(lock, 'utf8'))
      if (attempt > 0 || isAlive(owner))
        throw new UserError(`Another run (process ${owner}) is writing to ${directory}. Wait for it, or name another folder with --out.`)
      rmSync(lock, { force: true }) // its owner was killed
    }
  }
}

function isAlive(pid: number): boolean {
  if (!Number.isInteger(pid) || pid <= 0 || pid === process.pid) return false
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

// The run's folder is the cache: which jobs of a plan have a valid record already,
// and a lock so that two runs do not write to one folder.

import { existsSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { UserError } from '../ct/user-error.ts'
import { makeFolder, writeError } from '../io/atomic-write.ts'
import { previewsArePresent } from './artefacts.ts'
import type { Job, Plan } from './plan.ts'
import { readRecords, RecordFile, recordFileName } from './record-file.ts'
import { recordIdentity, type RunRecord } from './record.ts'

export interface Resumption {
  readonly pending: readonly Job[]
  /** Newest record of each job that need not run again. */
  readonly reused: readonly RunRecord[]
  /** Those of them that a newer record with other settings hides from reports: to be appended again. */
  readonly hidden: readonly RunRecord[]
  /** The valid record of a job, planned or on another engine than was planned; null when it is to be run. */
  recorded(job: Job): RunRecord | null
}

/**
 * @param retryFailed runs jobs again whose record says failed.
 * @throws UserError when the folder holds records of another suite or seed.
 */
export function resume(plan: Plan, directory: string, retryFailed: boolean): Resumption {
  const byKey = new Map<string, RunRecord>()
  const newest = new Map<string, RunRecord>()
  for (const record of existsSync(join(directory, recordFileName)) ? readRecords(directory) : []) {
    if (record.seed !== plan.suite.seed || record.suite !== plan.suite.id)
      throw new UserError(
        `${directory} holds records of suite "${record.suite}" with seed ${record.seed}; asked for "${plan.suite.id}" with seed ${plan.suite.seed}. Name another folder with --out.`,
      )
    byKey.set(record.key, record)
    newest.set(recordIdentity(record), record)
  }
  const recorded = (job: Job): RunRecord | null => {
    const record = byKey.get(job.key)
    return record && isValid(record, job, directory) && !(retryFailed && record.status === 'failed') ? record : null
  }
  const pending: Job[] = []
  const reused: RunRecord[] = []
  for (const job of plan.jobs) {
    const record = recorded(job)
    if (record) reused.push(record)
    else pending.push(job)
  }
  return { pending, reused, hidden: reused.filter(record => newest.get(recordIdentity(record))!.key !== record.key), recorded }
}

/** Appends records again, as the newest of their kind. */
export function takeUpAgain(directory: string, hidden: readonly RunRecord[]): void {
  if (hidden.length === 0) return
  const records = new RecordFile(directory)
  try {
    for (const record of hidden) records.append(recordedNow(record))
  } finally {
    records.close()
  }
}

/** The record as the newest of its kind. */
export function recordedNow(record: RunRecord): RunRecord {
  return { ...record, recordedAt: new Date().toISOString() }
}

/** Removes what a killed run was writing when it ended: files whose names pass. */
export function sweepPassingFiles(directory: string): void {
  for (const entry of readdirSync(directory, { recursive: true, withFileTypes: true }))
    if (entry.isFile() && /^\..+\.[0-9a-f]{8}\.tmp$/.test(entry.name)) rmSync(join(entry.parentPath, entry.name), { force: true })
}

function isValid(record: RunRecord, job: Job, directory: string): boolean {
  if (record.status !== 'done' || !job.preview) return true
  return record.artefacts.image !== undefined && previewsArePresent(directory, record)
}

/** Makes the folder and takes its lock; the function that it gives lets go. @throws UserError when that cannot be had. */
export function lockDirectory(directory: string): () => void {
  makeFolder(directory)
  const lock = join(directory, 'run.lock')
  try {
    for (let attempt = 0; attempt < 3; attempt++) {
      try {
        writeFileSync(lock, String(process.pid), { flag: 'wx' })
        return () => rmSync(lock, { force: true })
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
        const owner = ownerOf(lock)
        if (owner !== null && isAlive(owner, dyingMs))
          throw new UserError(`Another run (process ${owner}) is writing to ${directory}. Wait for it, or name another folder with --out.`)
        if (owner !== null) removeStale(lock, owner)
      }
    }
    throw new UserError(`Another run is starting in ${directory}. Wait for it, or name another folder with --out.`)
  } catch (error) {
    throw writeError(lock, error)
  }
}

/** The process that a lock names, 0 when it names none; null when the lock is gone or has just been made. */
function ownerOf(lock: string): number | null {
  try {
    const text = readFileSync(lock, 'utf8')
    if (text === '' && Date.now() - statSync(lock).mtimeMs < 5000) return null
    return Number(text)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null
    throw error
  }
}

/** Takes a killed run's lock away, and puts it back if another run took its place in between. */
function removeStale(lock: string, owner: number): void {
  const aside = `${lock}.stale.${process.pid}`
  try {
    renameSync(lock, aside)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return
    throw error
  }
  if (ownerOf(aside) === owner) rmSync(aside, { force: true })
  else renameSync(aside, lock)
}

/** A process that was just killed is still listed until its parent took note: it has this long to vanish. */
const dyingMs = 2000

function isAlive(pid: number, patienceMs: number): boolean {
  if (!Number.isInteger(pid) || pid <= 0 || pid === process.pid) return false
  for (const until = Date.now() + patienceMs; ; Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 50)) {
    try {
      process.kill(pid, 0)
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EPERM') return false
    }
    if (Date.now() >= until) return true
  }
}

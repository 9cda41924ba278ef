// records.jsonl: one record a line, appended, never rewritten. A kill in the middle
// of a line leaves a torn tail, which readers pass over and the next run cuts off.

import { closeSync, existsSync, fstatSync, ftruncateSync, openSync, readFileSync, readSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { pathOf, readableIssue } from '../ct/readable-issue.ts'
import { UserError } from '../ct/user-error.ts'
import { runRecordSchema, type RunRecord } from './record.ts'

export const recordFileName = 'records.jsonl'

/**
 * All whole records of a run's folder, oldest first.
 * @throws UserError when there is none, or a line is no record of this version.
 */
export function readRecords(directory: string): RunRecord[] {
  const path = join(directory, recordFileName)
  if (!existsSync(path)) throw new UserError(`No ${recordFileName} in ${directory}. Name the folder that \`sinobench run --out\` wrote.`)
  const lines = readFileSync(path, 'utf8').split('\n')
  lines.pop() // what follows the last newline is nothing, or torn
  return lines.map((line, index) => {
    let value: unknown
    try {
      value = JSON.parse(line)
    } catch {
      throw new UserError(`${path}, line ${index + 1} is not JSON. Delete that line and run again; its job is then repeated.`)
    }
    const parsed = runRecordSchema.safeParse(value)
    if (parsed.success) return parsed.data
    const issue = parsed.error.issues[0]!
    throw new UserError(`${path}, line ${index + 1} is not a run record: ${pathOf(issue)}: ${readableIssue(issue, value)}. Was it written by another version?`)
  })
}

/** Appends records, each in one write. */
export class RecordFile {
  readonly #descriptor: number

  /** Opens or creates the file and cuts off a torn last line. @throws UserError when the folder cannot be written. */
  constructor(directory: string) {
    const path = join(directory, recordFileName)
    try {
      this.#descriptor = openSync(path, 'a+')
    } catch (error) {
      throw new UserError(`Cannot write ${path}: ${(error as Error).message}`)
    }
    cutTornTail(this.#descriptor)
  }

  /** @throws UserError when the disk is full; the torn line is cut off first. */
  append(record: RunRecord): void {
    const line = Buffer.from(JSON.stringify(runRecordSchema.parse(record)) + '\n')
    const before = fstatSync(this.#descriptor).size
    try {
      let written = 0
      while (written < line.length) written += writeSync(this.#descriptor, line, written)
    } catch (error) {
      ftruncateSync(this.#descriptor, before)
      throw new UserError(`Cannot append to ${recordFileName}: ${(error as Error).message}. Free some space and run again; nothing recorded is lost.`)
    }
  }

  close(): void {
    closeSync(this.#descriptor)
  }
}

function cutTornTail(descriptor: number): void {
  const { size } = fstatSync(descriptor)
  const chunk = Buffer.alloc(65536)
  let end = size
  while (end > 0) {
    const start = Math.max(0, end - chunk.length)
    const count = readSync(descriptor, chunk, 0, end - start, start)
    const newline = chunk.lastIndexOf(0x0a, count - 1)
    if (newline >= 0) {
      if (start + newline + 1 < size) ftruncateSync(descriptor, start + newline + 1)
      return
    }
    end = start
  }
  if (size > 0) ftruncateSync(descriptor, 0)
}

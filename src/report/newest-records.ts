// records.jsonl only grows: a job that is run again, with a new seed, new parameters
// or newer code, leaves its older record behind. Reports show the newest of each.

import type { RunRecord } from '../run/record.ts'

/**
 * What a record is about, whatever its numbers: two records of one identity are two
 * runs of the same job, and the newer one counts. Seed, parameters, backend and code
 * are not part of it, since changing them and running again is meant to supersede.
 */
export function recordIdentity(record: RunRecord): string {
  return JSON.stringify([
    record.suite,
    record.dataset,
    record.geometry,
    record.dose,
    record.split,
    record.subject,
    record.case,
    record.method.id,
  ])
}

/**
 * The newest record of each identity, in one pass, ordered by identity: the order in
 * which records come changes nothing. Two of one instant are told apart by their keys.
 */
export function newestRecords(records: Iterable<RunRecord>): RunRecord[] {
  const newest = new Map<string, RunRecord>()
  for (const record of records) {
    const identity = recordIdentity(record)
    const known = newest.get(identity)
    if (!known || isNewer(record, known)) newest.set(identity, record)
  }
  return [...newest.entries()].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, record]) => record)
}

function isNewer(record: RunRecord, other: RunRecord): boolean {
  if (record.recordedAt !== other.recordedAt) return record.recordedAt > other.recordedAt
  if (record.key !== other.key) return record.key > other.key
  return JSON.stringify(record) > JSON.stringify(other)
}

// records.jsonl only grows: a job that is run again, with a new seed, new parameters
// or newer code, leaves its older record behind. Reports show the newest of each.

import { recordIdentity, type RunRecord } from '../run/record.ts'

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

// Which patients of a folder of real slices are for tuning alone. A hash of the
// patient's id decides, so that every program draws the same line.

import { createHash } from 'node:crypto'
import { UserError } from '../ct/user-error.ts'

const tuningPatients = 4

export interface PatientSplit {
  /** The first four in the order of the SHA-256 of their ids: parameters and the end of training are chosen on them. */
  readonly tune: readonly string[]
  /** All others, in the same order. */
  readonly fit: readonly string[]
}

/**
 * @param subjects patient ids, each once.
 * @param directory how the error calls the folder.
 * @throws UserError when there are too few patients to leave any beside those for tuning.
 */
export function splitPatients(subjects: Iterable<string>, directory: string): PatientSplit {
  const hash = (subject: string): string => createHash('sha256').update(subject).digest('hex')
  const ordered = [...subjects].sort((a, b) => (hash(a) < hash(b) ? -1 : 1))
  if (ordered.length <= tuningPatients)
    throw new UserError(`${directory} holds slices of ${ordered.length} patients; ${tuningPatients} are for tuning, so at least ${tuningPatients + 1} are needed.`)
  return { tune: ordered.slice(0, tuningPatients), fit: ordered.slice(tuningPatients) }
}

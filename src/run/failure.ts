// Why a job failed, as it travels from the method's process to its record, and
// whether that says something about the engine.

import { BackendLostError, BackendUnavailableError } from '../ct/projector.ts'

export interface Failure {
  readonly reason: string
  /** lost: the job's engine went away under it. unavailable: it was not there at all. Null for any other failure. */
  readonly gone: 'lost' | 'unavailable' | null
}

export function failureOf(error: unknown): Failure {
  return { reason: reasonOf(error), gone: goneOf(error) }
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return `The method threw ${String(error)}.`
  return error.name === 'Error' || error.name.endsWith('Error') ? error.message || error.name : `${error.name}: ${error.message}`
}

/** A method may have wrapped what the engine threw. */
function goneOf(error: unknown): Failure['gone'] {
  for (let cause = error; cause instanceof Error; cause = cause.cause) {
    if (cause instanceof BackendLostError) return 'lost'
    if (cause instanceof BackendUnavailableError) return 'unavailable'
  }
  return null
}

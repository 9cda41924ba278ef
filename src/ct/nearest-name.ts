// The answer to a mistyped name, one wording for the whole program.

import { closest } from 'fastest-levenshtein'
import { UserError } from './user-error.ts'

/** `Unknown method "srit". Did you mean "sirt"? Known: fbp, sirt.` For the caller to throw. */
export function unknownName(kind: string, given: string, known: readonly string[]): UserError {
  const start = `Unknown ${kind} ${JSON.stringify(given)}.`
  if (known.length === 0) return new UserError(`${start} There is none.`)
  return new UserError(`${start} Did you mean "${closest(given, known)}"? Known: ${known.join(', ')}.`)
}

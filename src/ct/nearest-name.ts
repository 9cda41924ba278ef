// The answer to a mistyped name, one wording for the whole program.

import { closest } from 'fastest-levenshtein'
import { UserError } from './user-error.ts'

/** `Unknown method "srit". Did you mean "sirt"? Known: fbp, sirt.` For the caller to throw. */
export function unknownName(kind: string, given: string, known: readonly string[]): UserError {
  const start = `Unknown ${kind} ${JSON.stringify(given)}.`
  if (known.length === 0) return new UserError(`${start} There is none.`)
  return new UserError(`${start} Did you mean "${nearestName(given, known)}"? Known: ${known.join(', ')}.`)
}

/** A name that begins with what was given, one that holds it (three letters or more), else the nearest by edits. */
export function nearestName(given: string, known: readonly string[]): string {
  const text = given.toLowerCase()
  const begins = text.replace(/^-+/, '') !== '' && known.find(name => name.toLowerCase().startsWith(text))
  const holds = text.length >= 3 && known.find(name => name.toLowerCase().includes(text))
  return begins || holds || closest(given, known)
}

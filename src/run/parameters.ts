// Parameters of a method: from a suite, the tuning table or --set, checked by the
// method's own schema.

import { z } from 'zod'
import { unknownName } from '../ct/nearest-name.ts'
import type { Method } from '../ct/method.ts'
import { pathOf, readableIssue } from '../ct/readable-issue.ts'
import { UserError } from '../ct/user-error.ts'

/**
 * Checked parameters with defaults filled in. Strings are read as numbers or booleans
 * where the schema wants those (flags are text).
 * @throws UserError that names the parameter, with the known ones.
 */
export function parseParameters(
  methodId: string,
  schema: Method['parameters'],
  given: Readonly<Record<string, unknown>>,
): Record<string, unknown> {
  const shape = schema instanceof z.ZodObject ? schema.shape : null
  if (shape) {
    const known = Object.keys(shape)
    const foreign = Object.keys(given).find(name => !known.includes(name))
    if (foreign !== undefined) throw unknownName(`parameter of method "${methodId}"`, foreign, known)
  }
  const converted = Object.fromEntries(Object.entries(given).map(([name, value]) => [name, fromText(value)]))
  let parsed = schema.safeParse(given)
  if (!parsed.success) parsed = schema.safeParse(converted)
  if (parsed.success) return parsed.data as Record<string, unknown>
  const issue = parsed.error.issues[0]!
  const name = pathOf(issue)
  throw new UserError(`Parameter ${name || '(all)'} of method "${methodId}": ${readableIssue(issue, converted, schema)}.`)
}

/** "key=value" pairs of --set as an object. @throws UserError when one has no "=". */
export function parsePairs(pairs: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    pairs.map(pair => {
      const at = pair.indexOf('=')
      if (at < 1) throw new UserError(`--set ${pair} is not key=value. Example: --set filter=hann --set cutoff=0.7.`)
      return [pair.slice(0, at), pair.slice(at + 1)]
    }),
  )
}

function fromText(value: unknown): unknown {
  if (typeof value !== 'string') return value
  if (value === 'true') return true
  if (value === 'false') return false
  return value.trim() !== '' && Number.isFinite(Number(value)) ? Number(value) : value
}

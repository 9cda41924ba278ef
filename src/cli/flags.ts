// Values of flags: text to checked values, with errors that show what was expected.

import { requireDose } from '../ct/acquisition.ts'
import { unknownName } from '../ct/nearest-name.ts'
import { UserError } from '../ct/user-error.ts'

/** "a,b" → ["a", "b"]. @throws UserError for an empty item. */
export function parseNames(flag: string, text: string | undefined): string[] | undefined {
  if (text === undefined) return undefined
  const names = text.split(',').map(name => name.trim())
  if (names.includes('')) throw new UserError(`--${flag} ${text || '""'} has an empty item. Write names with commas between them: --${flag} a,b.`)
  return [...new Set(names)]
}

/** "1,0.25" → [1, 0.25], every one above 0 and at most 1. @throws UserError. */
export function parseDoses(text: string | undefined, flag = 'dose'): number[] | undefined {
  if (text === undefined) return undefined
  const doses = text.split(',').map(item => {
    const dose = item.trim() === '' ? NaN : Number(item)
    if (Number.isNaN(dose))
      throw new UserError(`--${flag} ${text || '""'}: "${item}" is not a number. A dose is a fraction of the full dose, above 0 and at most 1: --${flag} 1,0.25.`)
    requireDose(dose)
    return dose
  })
  return [...new Set(doses)]
}

/** A whole number of at least `least`. @throws UserError. */
export function parseWhole(flag: string, text: string | undefined, least: number): number | undefined {
  if (text === undefined) return undefined
  const value = text.trim() === '' ? NaN : Number(text)
  if (!Number.isSafeInteger(value) || value < least)
    throw new UserError(`--${flag} ${text || '""'} is not a whole number of at least ${least}.`)
  return value
}

/** One of a closed set of names. @throws UserError with the nearest. */
export function parseChoice<T extends string>(flag: string, text: string, known: readonly T[]): T {
  const found = known.find(name => name === text)
  if (found === undefined) throw unknownName(flag, text, known)
  return found
}

/** A finite number. @throws UserError. */
export function parseNumber(flag: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined
  const value = text.trim() === '' ? NaN : Number(text)
  if (!Number.isFinite(value)) throw new UserError(`--${flag} ${text || '""'} is not a number.`)
  return value
}

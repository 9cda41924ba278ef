// zod's account of what is wrong, in this project's words: what was expected, what came.

import { z } from 'zod'
import { nearestName } from './nearest-name.ts'

type Issue = z.core.$ZodIssue

/**
 * The first half of an error message: `expected a string, got 3`, `unknown key "dosis"; did you mean "doses"?`
 * without a full stop. The place is issue.path; pathOf writes it.
 * @param root the value that was parsed, in which the issue's path leads to what is wrong.
 * @param schema what it was parsed with: unknown keys are then told with the nearest known one.
 */
export function readableIssue(issue: Issue, root: unknown, schema?: z.ZodType): string {
  const value = valueAt(root, issue.path)
  const got = `got ${shown(value)}`
  switch (issue.code) {
    case 'invalid_type':
      return `expected ${typeNames[issue.expected] ?? issue.expected}, ${got}`
    case 'invalid_value':
      return `expected ${listed(issue.values)}, ${got}`
    case 'too_small':
      return `expected ${bounded(issue.origin, issue.minimum, issue.inclusive ? 'at least' : 'more than', issue.exact)}, ${amount(value, got)}`
    case 'too_big':
      return `expected ${bounded(issue.origin, issue.maximum, issue.inclusive ? 'at most' : 'less than', issue.exact)}, ${amount(value, got)}`
    case 'not_multiple_of':
      return `expected a multiple of ${issue.divisor}, ${got}`
    case 'invalid_format':
      return `expected text of the form ${issue.pattern ?? issue.format}, ${got}`
    case 'unrecognized_keys': {
      const known = schema ? keysAt(schema, issue.path) : []
      const keys = issue.keys.map(key => JSON.stringify(key)).join(', ')
      return `unknown key${issue.keys.length > 1 ? 's' : ''} ${keys}${known.length > 0 ? `; did you mean "${nearestName(issue.keys[0]!, known)}"?` : ''}`
    }
    case 'invalid_union':
      return unionIssue(issue, root, schema, got)
    default:
      return `${issue.message}, ${got}`
  }
}

/** "datasets[0].id"; empty for the whole. */
export function pathOf(issue: Pick<Issue, 'path'>): string {
  return issue.path.reduce<string>((text, key) => (typeof key === 'number' ? `${text}[${key}]` : `${text}${text && '.'}${String(key)}`), '')
}

const typeNames: Readonly<Record<string, string>> = {
  string: 'a string',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list',
  object: 'an object',
  record: 'an object',
  null: 'null',
}

/** The branch that got furthest explains best; where none got beyond the type, all are named. */
function unionIssue(issue: Extract<Issue, { code: 'invalid_union' }>, root: unknown, schema: z.ZodType | undefined, got: string): string {
  const { options } = issue as { options?: readonly unknown[] }
  if (issue.errors.length === 0) return options ? `expected ${listed(options)}, ${got}` : `${issue.message}, ${got}`
  const inner = issue.errors.flat().map((one): Issue => ({ ...one, path: [...issue.path, ...one.path] }) as Issue)
  const deep = inner.find(one => one.path.length > issue.path.length || one.code !== 'invalid_type')
  if (!deep) {
    const types = inner.map(one => (one.code === 'invalid_type' ? (typeNames[one.expected] ?? one.expected) : ''))
    return `expected ${[...new Set(types)].join(' or ')}, ${got}`
  }
  const place = pathOf({ path: deep.path.slice(issue.path.length) })
  return `${place && `${place}: `}${readableIssue(deep, root, schema)}`
}

function bounded(origin: string, bound: number | bigint, relation: string, exact: boolean | undefined): string {
  const words = exact ? 'exactly' : relation
  switch (origin) {
    case 'array':
    case 'set':
      return `${words} ${bound} ${Number(bound) === 1 ? 'item' : 'items'}`
    case 'string':
      return `${words} ${bound} ${Number(bound) === 1 ? 'character' : 'characters'}`
    case 'int':
      return `a whole number of ${words} ${bound}`
    default:
      return `a number of ${words} ${bound}`
  }
}

/** How much came where a length is wrong, else what came. */
function amount(value: unknown, got: string): string {
  return Array.isArray(value) ? `got ${value.length}` : got
}

function listed(values: readonly unknown[]): string {
  const all = values.map(value => JSON.stringify(value))
  return all.length < 2 ? all.join('') : `${all.slice(0, -1).join(', ')} or ${all.at(-1)}`
}

function shown(value: unknown): string {
  if (value === undefined) return 'nothing'
  if (typeof value === 'number') return String(value) // JSON knows no NaN
  const text = JSON.stringify(value) ?? String(value)
  return text.length <= 80 ? text : `${text.slice(0, 77)}…`
}

function valueAt(root: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>((value, key) => (typeof value === 'object' && value !== null ? (value as Record<PropertyKey, unknown>)[key] : undefined), root)
}

/** Keys of the object that the path leads to, through lists, unions and defaults. */
function keysAt(schema: unknown, path: readonly PropertyKey[]): string[] {
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodNullable || schema instanceof z.ZodDefault) return keysAt(schema.unwrap(), path)
  if (schema instanceof z.ZodUnion) return schema.options.flatMap(option => keysAt(option, path))
  if (schema instanceof z.ZodArray) return path.length > 0 ? keysAt(schema.element, path.slice(1)) : []
  if (!(schema instanceof z.ZodObject)) return []
  return path.length === 0 ? Object.keys(schema.shape) : keysAt(schema.shape[path[0] as string], path.slice(1))
}

import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { pathOf, readableIssue } from './readable-issue.ts'

function told(schema: z.ZodType, value: unknown): string {
  const issue = schema.safeParse(value).error!.issues[0]!
  return `${pathOf(issue)}: ${readableIssue(issue, value, schema)}`
}

const entry = z.union([z.string().transform(id => ({ id })), z.strictObject({ id: z.string(), doses: z.array(z.number().gt(0).lte(1)).min(1).optional() })])
const suite = z.strictObject({ title: z.string(), datasets: z.array(entry).min(1), split: z.enum(['test', 'validation']).default('test') })
const whole = { title: 'x', datasets: ['a'] }

describe('a value that does not fit its schema', () => {
  it.each([
    ['expected a string, got 3', z.string(), 3],
    ['expected a string, got nothing', z.string(), undefined],
    ['expected a number, got NaN', z.number(), NaN],
    ['expected a whole number, got 1.5', z.int(), 1.5],
    ['expected true or false, got "on"', z.boolean(), 'on'],
    ['expected "x", "y" or "z", got "w"', z.enum(['x', 'y', 'z']), 'w'],
    ['expected "x", got null', z.literal('x'), null],
    ['expected a number of more than 0, got 0', z.number().gt(0), 0],
    ['expected a number of at most 1, got 25', z.number().lte(1), 25],
    ['expected at least 1 item, got 0', z.array(z.string()).min(1), []],
    ['expected exactly 2 items, got 1', z.array(z.string()).length(2), ['a']],
    ['expected at least 1 character, got ""', z.string().min(1), ''],
    ['expected a multiple of 2, got 3', z.number().multipleOf(2), 3],
    ['expected text of the form /^[a-z]+$/, got "A b"', z.string().regex(/^[a-z]+$/), 'A b'],
    ['expected a string or an object, got 3', entry, 3],
    ['id: expected a string, got nothing', entry, {}],
    ['k: expected "p" or "q", got "z"', z.discriminatedUnion('k', [z.object({ k: z.literal('p') }), z.object({ k: z.literal('q') })]), { k: 'z' }],
    ['odd ones only, got 2', z.number().refine(n => n % 2 === 1, 'odd ones only'), 2],
  ])('is told as %s', (message, schema, value) => {
    expect(told(schema, value).replace(/^: /, '')).toBe(message)
  })

  it('is placed, and an unknown key comes with the nearest one', () => {
    expect(told(suite, { ...whole, datasets: ['a', { id: 'b', doses: [0.5, 2] }] })).toBe('datasets[1].doses[1]: expected a number of at most 1, got 2')
    expect(told(suite, { ...whole, datset: [] })).toBe(': unknown key "datset"; did you mean "datasets"?')
    expect(told(suite, { ...whole, datasets: [{ id: 'b', dose: [1] }] })).toBe('datasets[0]: unknown key "dose"; did you mean "doses"?')
    expect(told(suite, { ...whole, split: 'tset' })).toBe('split: expected "test" or "validation", got "tset"')
    expect(told(suite, null)).toBe(': expected an object, got null')
  })

  it('is cut when it is long', () => {
    expect(told(z.number(), 'x'.repeat(500)).length).toBeLessThan(120)
  })
})

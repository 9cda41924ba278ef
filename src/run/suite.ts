// A suite says what is benchmarked: datasets, presets, doses, methods. It is a YAML
// file in bench/suites (or the user's own), narrowed or replaced by flags.

import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { basename, join, resolve } from 'node:path'
import { parse } from 'yaml'
import { z } from 'zod'
import { splits } from '../ct/case.ts'
import { unknownName } from '../ct/nearest-name.ts'
import { pathOf, readableIssue } from '../ct/readable-issue.ts'
import { UserError } from '../ct/user-error.ts'
import { installation } from './installation.ts'

const dose = z.number().gt(0).lte(1)

const datasetEntry = z.union([
  z.string().transform(id => ({ id })),
  z.strictObject({
    id: z.string(),
    presets: z.array(z.string()).min(1).optional(),
    doses: z.array(dose).min(1).optional(),
    cases: z.int().min(1).optional(),
  }),
])

const methodEntry = z.union([
  z.string().transform(id => ({ id })),
  z.strictObject({
    id: z.string(),
    /** Name in the records, when one method runs with several settings. */
    as: z.string().regex(/^[a-z0-9][a-z0-9.-]*$/).optional(),
    title: z.string().optional(),
    /** Set values; what is not named comes from the tuning table, then from the defaults. */
    parameters: z.record(z.string(), z.unknown()).optional(),
    /** false: the method's own defaults, whatever the tuning table says. */
    tuned: z.boolean().optional(),
  }),
])

const suiteSchema = z.strictObject({
  title: z.string(),
  description: z.string().optional(),
  split: z.enum(splits).default('test'),
  seed: z.int().min(0).default(1),
  datasets: z.array(datasetEntry).min(1),
  presets: z.array(z.string()).min(1).default(['parallel-256']),
  doses: z.array(dose).min(1).default([1]),
  /** Cases per dataset; all of them when absent. */
  cases: z.int().min(1).optional(),
  methods: z.array(methodEntry).min(1),
  /** Cases per dataset and preset whose images are kept for the report. */
  previews: z.int().min(0).default(1),
  /** Seconds after which a job is given up. */
  timeoutS: z.number().gt(0).max(1_000_000).default(600),
})

export type SuiteMethod = z.infer<typeof methodEntry>
export type SuiteDataset = z.infer<typeof datasetEntry>
export type Suite = z.infer<typeof suiteSchema> & { readonly id: string }

export interface SuiteFlags {
  readonly datasets?: readonly string[] | undefined
  readonly methods?: readonly string[] | undefined
  readonly doses?: readonly number[] | undefined
  readonly cases?: number | undefined
  readonly presets?: readonly string[] | undefined
  readonly seed?: number | undefined
}

export function suiteIds(): string[] {
  return readdirSync(installation().suites)
    .filter(name => name.endsWith('.yaml'))
    .map(name => name.slice(0, -5))
    .sort()
}

/** @param idOrPath "quick", or the path of a YAML file. @throws UserError naming the field that is wrong. */
export function readSuite(idOrPath: string): Suite {
  const isPath = /[\\/]/.test(idOrPath) || /\.ya?ml$/.test(idOrPath)
  const path = isPath ? resolve(idOrPath) : join(installation().suites, `${idOrPath}.yaml`)
  if (!existsSync(path) || statSync(path).isDirectory()) {
    if (isPath) throw new UserError(`No suite file at ${path}. Name a YAML file, or one of: ${suiteIds().join(', ')}.`)
    throw unknownName('suite', idOrPath, suiteIds())
  }
  let value: unknown
  try {
    value = parse(readFileSync(path, 'utf8'))
  } catch (error) {
    throw new UserError(`${path} is not YAML: ${(error as Error).message.split('\n')[0]}`)
  }
  const parsed = suiteSchema.safeParse(value)
  if (!parsed.success) {
    const issue = parsed.error.issues[0]!
    throw new UserError(`${path}: ${pathOf(issue) || 'the suite'}: ${readableIssue(issue, value, suiteSchema)}.`)
  }
  return { ...parsed.data, id: basename(path).replace(/\.ya?ml$/, '') }
}

/**
 * The suite that flags ask for. A dataset or method that the suite names keeps its
 * entry; any other is taken as it is, with all its cases.
 */
export function narrowSuite(suite: Suite, flags: SuiteFlags): Suite {
  const asked: SuiteDataset[] = flags.datasets
    ? flags.datasets.map(id => suite.datasets.find(entry => entry.id === id) ?? { id })
    : suite.datasets
  return {
    ...suite,
    datasets: asked.map(entry => {
      // Only datasets that the suite names take its presets and number of cases.
      const own = suite.datasets.includes(entry) ? { presets: suite.presets, cases: suite.cases, ...entry } : entry
      return {
        ...own,
        ...(flags.presets && { presets: [...flags.presets] }),
        ...(flags.doses && { doses: [...new Set(flags.doses)] }),
        ...(flags.cases !== undefined && { cases: flags.cases }),
      }
    }),
    methods: flags.methods
      ? flags.methods.map(id => suite.methods.find(entry => methodName(entry) === id) ?? { id })
      : suite.methods,
    seed: flags.seed ?? suite.seed,
  }
}

/** The id under which a method's records stand. */
export function methodName(entry: SuiteMethod): string {
  return ('as' in entry ? entry.as : undefined) ?? entry.id.replace(/^.*[\\/]/, '').replace(/\.(ts|js|mjs|onnx)$/, '')
}

/** Where a suite writes when no folder is named: datasets or seeds that the file does not know get a folder of their own. */
export function defaultDirectory(original: Suite, narrowed: Suite): string {
  const known = new Set(original.datasets.map(entry => entry.id))
  const foreign = narrowed.datasets.filter(entry => !known.has(entry.id)).map(entry => basename(entry.id).replace(/\.\w+$/, ''))
  const seed = narrowed.seed === original.seed ? '' : `-seed${narrowed.seed}`
  return join('reports', 'runs', [original.id, ...foreign].join('-') + seed)
}

// `sinobench list`: what can be named on the command line or in a suite.

import Table from 'cli-table3'
import type { Argv, CommandModule } from 'yargs'
import { listBackends } from '../ct/create-projector.ts'
import { viewCount } from '../ct/geometry.ts'
import { presetIds, presets } from '../ct/presets.ts'
import { metrics } from '../metrics/metric-list.ts'
import { protocolIds, protocols } from '../metrics/protocols.ts'
import { datasetIds, findDataset, findMethod, methodIds } from '../run/find-modules.ts'
import { parseParameters } from '../run/parameters.ts'
import { readSuite, suiteIds } from '../run/suite.ts'
import { parseChoice } from './flags.ts'

type Row = Readonly<Record<string, unknown>> & { readonly id: string }

const listings = {
  methods: async (): Promise<Row[]> =>
    Promise.all(
      methodIds().map(async id => {
        const { method } = await findMethod(id)
        const parameters = parseParameters(id, method.parameters, {})
        return { id, family: method.family, title: method.title, parameters, citation: method.citation }
      }),
    ),
  datasets: async (): Promise<Row[]> =>
    Promise.all(
      datasetIds().map(async id => {
        const { dataset } = await findDataset(id)
        return { id, kind: dataset.kind, title: dataset.title, needsData: dataset.needsData, licence: dataset.licence }
      }),
    ),
  suites: async (): Promise<Row[]> =>
    suiteIds().map(id => {
      const suite = readSuite(id)
      const names = (entries: readonly { id: string }[]): string[] => entries.map(entry => entry.id)
      return { id, title: suite.title, datasets: names(suite.datasets), presets: suite.presets, doses: suite.doses, methods: names(suite.methods) }
    }),
  metrics: async (): Promise<Row[]> => metrics.map(metric => ({ ...metric })),
  protocols: async (): Promise<Row[]> => 
    protocolIds.map(id => {
      const { title, description, regions, range } = protocols[id]
      return { id, title, values: description, regions, range }
    }),
  presets: async (): Promise<Row[]> =>
    presetIds.map(id => {
      const { title, geometry, grid, acquisition, source } = presets[id]
      return {
        id,
        title,
        kind: geometry.kind === 'fan' ? `${geometry.detector} fan` : 'parallel',
        ...{ views: viewCount(geometry), bins: geometry.bins, image: `${grid.columns}²` },
        ...{ photonsPerRay: acquisition.photonsPerRay, electronicNoise: Number(acquisition.electronicNoise.toPrecision(4)) },
        source,
      }
    }),
  backends: async (): Promise<Row[]> => (await listBackends()).map(backend => ({ ...backend })),
}

/** Columns that only --json shows, since they are long. */
const longColumns = new Set(['citation', 'source', 'licence'])

interface ListFlags {
  what: string
  json: boolean
}

const command: CommandModule<object, ListFlags> = {
  command: 'list <what>',
  describe: `List ${Object.keys(listings).join(', ')}`,
  builder: (yargs: Argv) =>
    yargs
      .positional('what', { type: 'string', demandOption: true, describe: Object.keys(listings).join(' | ') })
      .option('json', { type: 'boolean', default: false, describe: 'everything, as JSON' })
      .example('$0 list methods', 'what --method takes')
      .example('$0 list protocols --json', 'with every field') as Argv<ListFlags>,
  handler: async ({ what, json }) => {
    const rows = await listings[parseChoice('list', what, Object.keys(listings) as (keyof typeof listings)[])]()
    process.stdout.write(json ? `${JSON.stringify(rows, null, 2)}\n` : `${tableOf(rows)}\n`)
  },
}

export default command

function tableOf(rows: readonly Row[]): string {
  const columns = [...new Set(rows.flatMap(row => Object.keys(row)))].filter(column => !longColumns.has(column))
  const cells = rows.map(row => columns.map(column => cellOf(row[column])))
  const widths = columns.map((column, i) => Math.max(column.length, ...cells.map(row => row[i]!.length)))
  const room = (process.stdout.columns ?? 120) - columns.length * 3 - 1
  const narrow = widths.map(width => Math.min(width, Math.floor(room / columns.length)))
  const spare = room - narrow.reduce((sum, width) => sum + width, 0)
  const colWidths = widths.map((width, i) => Math.min(width, narrow[i]! + Math.max(0, Math.floor(spare / widths.filter((w, j) => w > narrow[j]!).length || 0))) + 2)
  const table = new Table({ head: columns, colWidths, wordWrap: true, style: { head: [], border: [] } })
  table.push(...cells)
  return table.toString()
}

function cellOf(value: unknown): string {
  if (value === null || value === undefined) return ''
  if (Array.isArray(value)) return value.map(cellOf).join(', ')
  if (typeof value === 'object')
    return Object.entries(value)
      .map(([name, one]) => `${name}=${cellOf(one)}`)
      .join(' ')
  return String(value)
}

// `npm run bench:peers [-- --pipeline] [--rounds 6] [--json FILE]`: sinobench's work by
// others, beside sinobench. Prints Markdown tables; bench/peers/setup.sh installs the others.

import { writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { UserError } from '../../src/ct/user-error.ts'
import { describeMachine, machineLine } from '../machine.ts'
import { compareKernels } from './kernels.ts'
import { comparePipelines } from './pipeline.ts'

try {
  const { values: flags } = parseArgs({
    options: { pipeline: { type: 'boolean', default: false }, rounds: { type: 'string' }, json: { type: 'string' } },
  })
  const rounds = Number(flags.rounds ?? (flags.pipeline ? 3 : 6))
  if (!Number.isInteger(rounds) || rounds < 1) throw new UserError(`--rounds is "${flags.rounds}", expected a whole number from 1.`)
  const machine = describeMachine()
  const { found, text } = await (flags.pipeline ? comparePipelines(rounds) : compareKernels(rounds))
  if (flags.json !== undefined) writeFileSync(flags.json, JSON.stringify({ machine, rounds, ...found }, null, 2) + '\n')
  console.log(`${machineLine(machine)}; ${rounds} alternating rounds: median (least–most).\n\n${text}`)
} catch (error) {
  const isUsersMistake = error instanceof UserError || (error as { code?: string }).code?.startsWith('ERR_PARSE_ARGS')
  if (!isUsersMistake) throw error
  console.error((error as Error).message)
  process.exitCode = 2
}

// The yargs parser: every command, strict about what it does not know.

import yargs, { type Argv, type CommandModule } from 'yargs'
import { unknownName } from '../ct/nearest-name.ts'
import { UserError } from '../ct/user-error.ts'
import list from './list.ts'
import reconstruct from './reconstruct.ts'
import report from './report.ts'
import run from './run.ts'
import score from './score.ts'
import simulate from './simulate.ts'

const commands = [run, report, list, simulate, reconstruct, score]
const commandNames = ['run', 'report', 'list', 'simulate', 'reconstruct', 'score']

/** Names that are places, not flags. */
const positionals = new Set(['suite', 'directory', 'what', 'input', 'sinogram', 'truth', 'image'])

/** What yargs really hands to `fail`: its account of the command at hand (the types say Argv). */
interface Usage {
  getDescriptions(): Record<string, unknown>
}

export function buildParser(args: readonly string[], version: string): Argv {
  const parser = yargs([...args])
    .scriptName('sinobench')
    .usage('$0 <command>\n\nBenchmarks low-dose CT reconstruction: physical doses, exact phantoms, named protocols.')
    .parserConfiguration({ 'duplicate-arguments-array': false, 'camel-case-expansion': false, 'boolean-negation': false })
    .demandCommand(1, 'Name a command. `sinobench --help` lists them.')
    .strict()
    .version(version)
    .help()
    .alias('help', 'h')
    .wrap(Math.min(110, process.stdout.columns ?? 110))
    .example('$0 run quick', 'the quick suite; reports in reports/runs/quick')
    .example('$0 run quick --dose 0.1 --method fbp,nlm', 'part of it')
    .example('$0 list methods', 'what can be named')
    .epilogue('Exit code: 0 done, 1 some jobs failed, 2 wrong usage or input.')
    .exitProcess(false)
    .fail((message, error, failed) => {
      throw error ?? usageError(message, failed as unknown as Usage, args)
    })
  for (const command of commands) parser.command(command as unknown as CommandModule)
  return parser
}

/** yargs' message about an unknown flag or command, with the nearest name that is known. */
function usageError(message: string, usage: Usage, args: readonly string[]): UserError {
  const unknown = /^Unknown (?:argument|command)s?: ([^,]+)/.exec(message)?.[1]
  if (unknown === undefined) return new UserError(message.replace(/\s*\n\s*/g, ' '))
  const command = args.find(argument => !argument.startsWith('-'))
  const isFlag = args.some(argument => argument.replace(/^-+/, '').split('=')[0] === unknown && argument.startsWith('-'))
  if (!isFlag && command !== undefined && !commandNames.includes(command)) return unknownName('command', unknown, commandNames)
  if (!isFlag) return new UserError(`Unexpected argument "${unknown}". \`sinobench ${command ?? ''} --help\` shows what is expected.`)
  const known = Object.keys(usage.getDescriptions()).filter(name => name.length > 1 && !positionals.has(name))
  return unknownName('flag', `--${unknown}`, known.map(name => `--${name}`))
}

// The yargs parser: every command, strict about what it does not know.

import yargs, { type Argv, type CommandModule } from 'yargs'
import { unknownName } from '../ct/nearest-name.ts'
import { UserError } from '../ct/user-error.ts'
import check from './check.ts'
import exportPairs from './export-pairs.ts'
import list from './list.ts'
import reconstruct from './reconstruct.ts'
import report from './report.ts'
import run from './run.ts'
import score from './score.ts'
import simulate from './simulate.ts'

/** By name, with what to type. */
const commands = {
  run: { module: run, example: 'sinobench run quick' },
  report: { module: report, example: 'sinobench report reports/runs/quick' },
  list: { module: list, example: 'sinobench list methods' },
  simulate: { module: simulate, example: 'sinobench simulate phantom-thorax --preset mayo-siemens --dose 0.1 --out scan' },
  reconstruct: { module: reconstruct, example: 'sinobench reconstruct scan/sinogram.npy --geometry scan/geometry.json --out image.npy' },
  score: { module: score, example: 'sinobench score truth.npy image.npy' },
  'export-pairs': { module: exportPairs, example: 'sinobench export-pairs --dataset phantom-thorax --cases 60 --preset parallel-256 --doses 1,0.25 --out pairs.h5' },
  check: { module: check, example: 'sinobench check engines' },
} as const
type CommandName = keyof typeof commands
const commandNames = Object.keys(commands) as CommandName[]
/** Flags that may be given several times. */
const repeatable = new Set(['--set'])
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
    .epilogue('Exit code: 0 done, 1 some jobs or checks failed, 2 wrong usage or input.')
    .exitProcess(false)
    .check(flags => {
      requireOnce(args)
      const empty = Object.keys(flags).find(name => flags[name] === '' || (Array.isArray(flags[name]) && name !== '_' && flags[name].length === 0))
      if (empty !== undefined) throw new UserError(positionals.has(empty) ? `<${empty}> is empty.` : `--${empty} needs a value after it.`)
      return true
    })
    .fail((message, error, failed) => {
      throw error ?? usageError(message, failed as unknown as Usage, args)
    })
  for (const { module } of Object.values(commands)) parser.command(module as unknown as CommandModule)
  return parser
}

/** @throws UserError when a flag is given twice: yargs would take the last and say nothing. */
function requireOnce(args: readonly string[]): void {
  const seen = new Map<string, string>()
  for (const [i, argument] of args.entries()) {
    const [, flag, value = args[i + 1] ?? ''] = /^(--[^=]+)(?:=(.*))?$/s.exec(argument) ?? []
    if (flag === undefined || repeatable.has(flag)) continue
    const first = seen.get(flag)
    if (first !== undefined)
      throw new UserError(`${flag} is given twice, ${first || '""'} and ${value || '""'}. Give it once; a flag that takes several values has commas between them.`)
    seen.set(flag, value)
  }
}

/** yargs' complaint in this program's words: what is missing or unknown, with what to type. */
function usageError(message: string, usage: Usage, args: readonly string[]): UserError {
  const command = commandNames.find(name => args.includes(name))
  const missing = /^Missing required arguments?: (.+)/.exec(message)?.[1]
  if (command && missing) return new UserError(`${command} needs ${missing.split(', ').map(flag => `--${flag}`).join(', ')}. Example: ${commands[command].example}`)
  if (command && /^Not enough non-option arguments/.test(message)) return new UserError(`${command} needs ${placesOf(command)}. Example: ${commands[command].example}`)
  return unknownError(message, usage, args)
}

/** "<truth> and <image>", as the command declares them. */
function placesOf(command: CommandName): string {
  return (String(commands[command].module.command).match(/<\w+>/g) ?? []).join(' and ')
}

/** An unknown flag or command, with the nearest name that is known. */
function unknownError(message: string, usage: Usage, args: readonly string[]): UserError {
  const unknown = /^Unknown (?:argument|command)s?: ([^,]+)/.exec(message)?.[1]
  if (unknown === undefined) return new UserError(message.replace(/\s*\n\s*/g, ' '))
  const command = args.find(argument => !argument.startsWith('-'))
  const isFlag = args.some(argument => argument.replace(/^-+/, '').split('=')[0] === unknown && argument.startsWith('-'))
  if (!isFlag && command !== undefined && !Object.hasOwn(commands, command)) return unknownName('command', unknown, commandNames)
  if (!isFlag) return new UserError(`Unexpected argument "${unknown}". \`sinobench ${command ?? ''} --help\` shows what is expected.`)
  const known = Object.keys(usage.getDescriptions()).filter(name => name.length > 1 && !positionals.has(name))
  return unknownName('flag', `--${unknown}`, known.map(name => `--${name}`))
}

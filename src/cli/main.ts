#!/usr/bin/env node
// The command line: parses, calls one function, prints. Exit 0 done, 1 some jobs
// or checks failed, 2 wrong usage or input; only a bug prints a stack.

import { UserError } from '../ct/user-error.ts'
import { installation } from '../run/installation.ts'
import { buildParser } from './parser.ts'

const valueFlags = ['--window', '--centre', '--seed', '--dose', '--doses', '--dose-range', '--photons', '--cases', '--row', '--pixel-mm']

/** `--window -600,1500` as people type it: a value that begins with a minus sign is no flag. */
function joinNegativeValues(args: readonly string[]): string[] {
  const joined: string[] = []
  for (let i = 0; i < args.length; i++) {
    const next = args[i + 1]
    if (valueFlags.includes(args[i]!) && next !== undefined && /^-[\d.]/.test(next)) joined.push(`${args[i++]}=${next}`)
    else joined.push(args[i]!)
  }
  return joined
}

let finished = false

/** A closed pipe (`sinobench list | head`) is no error. */
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') {
    finished = true
    process.exit(0)
  }
  throw error
})

/** Messages that nobody reads (a closed 2>pipe) do not end the work. */
process.stderr.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error
})

process.on('exit', code => {
  if (finished || code !== 0) return
  process.exitCode = 2
  process.stderr.write('sinobench: a module that was loaded ended the process before the work was done.\n')
})

try {
  await buildParser(joinNegativeValues(process.argv.slice(2)), installation().version).parseAsync()
} catch (error) {
  process.exitCode = 2
  if (error instanceof UserError) process.stderr.write(`sinobench: ${error.message}\n`)
  else {
    process.exitCode = 70
    process.stderr.write(`sinobench: this is a bug, please report it.\n${error instanceof Error ? error.stack : String(error)}\n`)
  }
}
finished = true

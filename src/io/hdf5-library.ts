// The HDF5 library (h5wasm), told to throw instead of printing its troubles.

import type * as Library from 'h5wasm/node'

export type Hdf5Library = typeof Library

/** Loaded on first use: the library is 4 MB. */
export async function loadHdf5Library(): Promise<Hdf5Library> {
  const library = await import('h5wasm/node')
  const module = await library.ready
  module.activate_throwing_error_handler()
  return library
}

/** The library's errors are a stack of C calls; one line of it, or the system's own message in it, says what happened. */
export function hdf5Reason(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error)
  const fromSystem = /error message = '([^']+)'/.exec(message)
  if (fromSystem) return fromSystem[1]!
  const truncated = /truncated file: eof = (\d+).*stored_eof = (\d+)/.exec(message)
  if (truncated) return `it is truncated, expected ${truncated[2]} bytes, got ${truncated[1]}`
  const calls = message.split('\n').filter(line => /^\s*#\d+:/.test(line))
  return calls.at(-1)?.replace(/^.*\(\): /, '') ?? message
}

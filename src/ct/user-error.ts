/**
 * A mistake in what the user gave: a file, a flag, a plugin. Its message says what
 * was expected, what came and what to do, in one or two lines; the CLI prints it
 * without a stack and exits 2. Every error class of an input boundary extends it.
 */
export class UserError extends Error {
  override readonly name: string = 'UserError'
}

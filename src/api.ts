// All that a method, a dataset or a plugin imports, and what the npm package exports.

export * from './ct/geometry.ts'
export * from './ct/image.ts'
export * from './ct/units.ts'
export * from './ct/user-error.ts'
export * from './ct/projector.ts'
export * from './ct/method.ts'
export * from './ct/case.ts'
export { PhiloxRandom, seedKey, type Random, type SeedKey } from './ct/random.ts'
export { exactCos, exactExp, exactLog, exactSin } from './ct/exact-math.ts'
export type { RunRecord, DoneRecord, FailedRecord, Quality, Scores } from './run/record.ts'

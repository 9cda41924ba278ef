// Parameters found by bench/tune.ts on the tune split of the phantoms and, for real
// slices, on four training patients (baselines/tuned.json; log in
// baselines/tuned.log.md). Every method is scored with its own tuned values, or the
// comparison is of settings and not of methods.

import { z } from 'zod'
import tunedTable from '../../baselines/tuned.json' with { type: 'json' }

const entrySchema = z.strictObject({
  /** Id of the method's file. */
  method: z.string(),
  dataset: z.string(),
  preset: z.string(),
  /** Fraction of the full dose. */
  dose: z.number().gt(0).lte(1),
  /** All of the method's parameters. */
  parameters: z.record(z.string(), z.union([z.number(), z.string(), z.boolean()])),
  /** Mean over the tune cases, dB. */
  psnrDb: z.number(),
  /** Tune cases averaged over. */
  cases: z.int().min(1),
  protocol: z.literal('hu-window@1'),
})

export type TunedEntry = z.infer<typeof entrySchema>

/** The table in the order of the file. */
export const tunedEntries: readonly TunedEntry[] = Object.freeze(z.strictObject({ entries: z.array(entrySchema) }).parse(tunedTable).entries)

/**
 * The tuned parameters for a dataset (its `tunedAs`, or its own id), preset and dose:
 * those of the nearest tuned dose, by ratio; of two equally near, the lower. `entry`
 * says which. Null when the method was never tuned on this dataset and preset.
 */
export function tunedParameters(
  methodId: string,
  datasetId: string,
  presetId: string,
  dose: number,
  entries: readonly TunedEntry[] = tunedEntries,
): { readonly parameters: Readonly<Record<string, unknown>>; readonly entry: TunedEntry } | null {
  let nearest: TunedEntry | null = null
  let nearestDistance = Infinity
  for (const entry of entries) {
    if (entry.method !== methodId || entry.dataset !== datasetId || entry.preset !== presetId) continue
    // max(a/b, b/a) orders like |log a − log b| and is the same on every machine.
    const distance = Math.max(entry.dose / dose, dose / entry.dose)
    if (distance < nearestDistance || (distance === nearestDistance && entry.dose < nearest!.dose)) {
      nearest = entry
      nearestDistance = distance
    }
  }
  return nearest && { parameters: nearest.parameters, entry: nearest }
}

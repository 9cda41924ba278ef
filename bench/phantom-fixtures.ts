// Which fixtures are fingerprinted: the first test cases of every analytic phantom.

import abdomen from '../datasets/phantom-abdomen.ts'
import head from '../datasets/phantom-head.ts'
import quality from '../datasets/phantom-quality.ts'
import thorax from '../datasets/phantom-thorax.ts'
import { fixtureChecksum, type FixtureChecksum } from '../src/phantoms/fixture-checksum.ts'

const datasets = {
  'phantom-thorax': thorax,
  'phantom-abdomen': abdomen,
  'phantom-head': head,
  'phantom-quality': quality,
}

/** By dataset, then case id: the first `count` cases of each test split. */
export async function phantomFixtures(count: number): Promise<Record<string, Record<string, FixtureChecksum>>> {
  const fixtures: Record<string, Record<string, FixtureChecksum>> = {}
  for (const [id, dataset] of Object.entries(datasets)) {
    const checksums: Record<string, FixtureChecksum> = {}
    let found = 0
    for await (const one of dataset.cases({ split: 'test', dataDirectory: null, skipped: () => {} })) {
      if (one.kind !== 'simulated' || one.object.kind !== 'analytic') continue
      checksums[one.id] = fixtureChecksum(one.object)
      if (++found === count) break
    }
    fixtures[id] = checksums
  }
  return fixtures
}

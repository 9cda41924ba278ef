import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { phantomFixtures } from './phantom-fixtures.ts'

it('phantoms are the very bits whose checksums are committed', async () => {
  const committed = JSON.parse(readFileSync(new URL('../datasets/checksums.json', import.meta.url), 'utf8'))
  for (const [dataset, cases] of Object.entries(await phantomFixtures(2)))
    for (const [id, checksums] of Object.entries(cases))
      expect(
        checksums,
        `${dataset} ${id} is not what datasets/checksums.json says. Either this machine computes other bits (fixture code may use only ` +
          '+ − × ÷, Math.sqrt and src/ct/exact-math.ts), or a phantom was changed: if that was meant, run `npx tsx bench/fixtures.ts`, ' +
          'commit the file and say in the changelog that scores before and after do not compare.',
      ).toEqual(committed[dataset]?.[id])
})

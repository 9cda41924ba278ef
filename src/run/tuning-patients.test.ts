import { describe, expect, it } from 'vitest'
import { splitPatients } from './tuning-patients.ts'

describe('splitPatients', () => {
  it('takes the first four in the order of the SHA-256 of their ids, whatever order they come in', () => {
    // sha256sum of the letters: d 18ac…, f 252f…, c 2e7d…, b 3e23…, e 3f79…, a ca97…
    const expected = { tune: ['d', 'f', 'c', 'b'], fit: ['e', 'a'] }
    expect(splitPatients(['a', 'b', 'c', 'd', 'e', 'f'], 'folder')).toEqual(expected)
    expect(splitPatients(new Set(['f', 'e', 'd', 'c', 'b', 'a']), 'folder')).toEqual(expected)
  })

  it('refuses to leave no patient beside those for tuning', () => {
    expect(() => splitPatients(['a', 'b', 'c', 'd'], 'folder')).toThrow('folder holds slices of 4 patients; 4 are for tuning, so at least 5 are needed.')
  })
})

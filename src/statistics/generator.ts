// Where resampling takes its random numbers from. Statistics take a generator as an
// argument; who has none (reports see only records) makes one from a name here.

/** Any source of whole numbers; the generators of src/ct/random.ts are some. */
export interface Generator {
  /** Whole number in [low, high], each as likely. */
  integer(low: number, high: number): number
}

/** Small Fast Counter, 32 bits (sfc32, PractRand), keyed by a name: the same name, the same numbers, on every machine. */
export function namedGenerator(name: string): Generator {
  let a = 0x9e3779b9
  let b = 0x243f6a88
  let counter = 1
  let c = 0x811c9dc5
  for (let i = 0; i < name.length; i++) c = Math.imul(c ^ name.charCodeAt(i), 0x01000193)
  const next = (): number => {
    const sum = (a + b + counter) | 0
    counter = (counter + 1) | 0
    a = b ^ (b >>> 9)
    b = (c + (c << 3)) | 0
    c = (((c << 21) | (c >>> 11)) + sum) | 0
    return sum >>> 0
  }
  for (let i = 0; i < 15; i++) next() // mixes the name into the whole state
  return { integer: (low, high) => low + Math.floor((next() / 4294967296) * (high - low + 1)) }
}

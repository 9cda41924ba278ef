/** Index into a line of `length` values that is mirrored at both ends: … 1 0 | 0 1 2 … n−1 | n−1 n−2 …, for any whole index. */
export function reflectedIndex(index: number, length: number): number {
  const period = 2 * length
  const inPeriod = ((index % period) + period) % period
  return inPeriod < length ? inPeriod : period - 1 - inPeriod
}

// What is already covered along each of many lines, as sorted disjoint intervals.
// Shapes are met from the top of the paint down: the part of a shape's chord that no
// shape above it covers is what the line sees of it. Small shapes on top vanish in
// the larger ones below, so the lists stay a few entries long.

export interface Coverage {
  /** Intervals of line i begin at index i · capacity. */
  readonly capacity: number
  readonly count: Int32Array
  readonly low: Float64Array
  readonly high: Float64Array
}

/** Room for `lines` lines crossed by up to `shapes` shapes each. */
export function coverage(lines: number, shapes: number): Coverage {
  const capacity = shapes + 1
  return {
    capacity,
    count: new Int32Array(lines),
    low: new Float64Array(lines * capacity),
    high: new Float64Array(lines * capacity),
  }
}

/** Adds [from, to] to a line's covered part and returns the length of what was not covered before. */
export function cover(covered: Coverage, line: number, from: number, to: number): number {
  const { low, high, count } = covered
  const start = line * covered.capacity
  const end = start + count[line]!
  let first = start
  while (first < end && high[first]! < from) first++
  let visible = to - from
  let last = first
  let mergedLow = from
  let mergedHigh = to
  for (; last < end && low[last]! <= to; last++) {
    const a = low[last]!
    const b = high[last]!
    visible -= (b < to ? b : to) - (a > from ? a : from)
    if (a < mergedLow) mergedLow = a
    if (b > mergedHigh) mergedHigh = b
  }
  // [first, last) becomes one interval.
  const shift = 1 - (last - first)
  if (shift === 1) {
    for (let i = end; i > first; i--) {
      low[i] = low[i - 1]!
      high[i] = high[i - 1]!
    }
  } else if (shift < 0) {
    for (let i = last; i < end; i++) {
      low[i + shift] = low[i]!
      high[i + shift] = high[i]!
    }
  }
  low[first] = mergedLow
  high[first] = mergedHigh
  count[line] = end - start + shift
  return visible
}

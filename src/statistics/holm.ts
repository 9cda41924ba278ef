/**
 * p values adjusted for the number of comparisons (Holm 1979, step-down): comparing each with 0.05 keeps the chance of any
 * false claim among them below 5 %. In the order given.
 */
export function holm(pValues: readonly number[]): number[] {
  const order = pValues.map((_, i) => i).sort((a, b) => pValues[a]! - pValues[b]!)
  const adjusted = new Array<number>(pValues.length)
  let largest = 0
  order.forEach((at, position) => {
    largest = Math.max(largest, Math.min(1, (pValues.length - position) * pValues[at]!))
    adjusted[at] = largest
  })
  return adjusted
}

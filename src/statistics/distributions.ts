// The normal and Student's distribution, as far as intervals and tests need them.

/** P(Z ≤ z) of the standard normal; absolute error below 1e-14 (Marsaglia 2004, the series about 0). */
export function normalCdf(z: number): number {
  if (z < -38) return 0
  if (z > 38) return 1
  if (Math.abs(z) > 6) return z > 0 ? 1 - normalTail(z) : normalTail(-z)
  let term = z
  let sum = z
  for (let k = 3; Math.abs(term) > 1e-17; k += 2) {
    term *= (z * z) / k
    sum += term
  }
  return 0.5 + (sum * Math.exp(-0.5 * z * z)) / Math.sqrt(2 * Math.PI)
}

/** P(Z > z) for z > 6, by the continued fraction (Abramowitz & Stegun 26.2.14). */
function normalTail(z: number): number {
  let fraction = z
  for (let k = 60; k >= 1; k--) fraction = z + k / fraction
  return Math.exp(-0.5 * z * z) / (fraction * Math.sqrt(2 * Math.PI))
}

/** P(T ≤ t) of Student's distribution with a whole number of degrees of freedom (Abramowitz & Stegun 26.7.3, 26.7.4). */
export function studentCdf(t: number, degrees: number): number {
  const angle = Math.atan2(t, Math.sqrt(degrees))
  const cosine2 = Math.cos(angle) ** 2
  const odd = degrees % 2 === 1
  let term = odd ? Math.cos(angle) : 1
  let sum = degrees === 1 ? 0 : term
  for (let k = odd ? 3 : 2; k <= degrees - 2; k += 2) {
    term *= ((k - 1) / k) * cosine2
    sum += term
  }
  const within = odd ? (2 / Math.PI) * (angle + Math.sin(angle) * sum) : Math.sin(angle) * sum
  return 0.5 + 0.5 * within
}

/** The t with P(T ≤ t) = probability, by bisection; probability in (0, 1). */
export function studentQuantile(probability: number, degrees: number): number {
  let low = -1e6
  let high = 1e6
  for (let i = 0; i < 100; i++) {
    const middle = 0.5 * (low + high)
    if (studentCdf(middle, degrees) < probability) low = middle
    else high = middle
  }
  return 0.5 * (low + high)
}

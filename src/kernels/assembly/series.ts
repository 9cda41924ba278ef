// The polynomials behind exact-math.ts and random.ts, in the part of TypeScript that is
// AssemblyScript too (there, `number` is f64): the kernels and JavaScript share them, and
// so their bits. No imports; fractions are written out, for 1 / 3 is 0 in AssemblyScript.

/** e^r for |r| ≤ 0.35: Taylor's series from 1/14! down. */
export function expSeries(r: number): number {
  let sum = 1.1470745597729725e-11 * r + 1.6059043836821613e-10
  sum = sum * r + 2.08767569878681e-9
  sum = sum * r + 2.505210838544172e-8
  sum = sum * r + 2.755731922398589e-7
  sum = sum * r + 0.0000027557319223985893
  sum = sum * r + 0.0000248015873015873
  sum = sum * r + 0.0001984126984126984
  sum = sum * r + 0.001388888888888889
  sum = sum * r + 0.008333333333333333
  sum = sum * r + 0.041666666666666664
  sum = sum * r + 0.16666666666666666
  sum = sum * r + 0.5
  sum = sum * r + 1.0
  return sum * r + 1.0
}

/** atanh(f)/f − 1 from f², |f| ≤ 0.18: the series from the term of power 23 down. */
export function atanhSeries(f2: number): number {
  let sum = 0.043478260869565216 * f2
  sum = (sum + 0.047619047619047616) * f2
  sum = (sum + 0.05263157894736842) * f2
  sum = (sum + 0.058823529411764705) * f2
  sum = (sum + 0.06666666666666667) * f2
  sum = (sum + 0.07692307692307693) * f2
  sum = (sum + 0.09090909090909091) * f2
  sum = (sum + 0.1111111111111111) * f2
  sum = (sum + 0.14285714285714285) * f2
  sum = (sum + 0.2) * f2
  return (sum + 0.3333333333333333) * f2
}

/** log k! for k ≥ 32 by Stirling's series, error below 1e-15 relative. `x`: k + 1, and its logarithm. */
export function stirlingSeries(x: number, logX: number): number {
  const inverse = 1.0 / (x * x)
  return (x - 0.5) * logX - x + 0.9189385332046727 + (0.08333333333333333 - (0.002777777777777778 - inverse / 1260.0) * inverse) / x
}

/** Φ⁻¹(½ + q) for |q| ≤ 0.425: Wichura 1988, algorithm AS 241 (PPND16). */
export function normalMiddle(q: number): number {
  const r = 0.180625 - q * q
  const above =
    ((((((2509.0809287301226727 * r + 33430.575583588128105) * r + 67265.770927008700853) * r + 45921.953931549871457) * r +
      13731.693765509461125) * r + 1971.5909503065514427) * r + 133.14166789178437745) * r + 3.387132872796366608
  const below =
    ((((((5226.495278852854561 * r + 28729.085735721942674) * r + 39307.89580009271061) * r + 21213.794301586595867) * r +
      5394.1960214247511077) * r + 687.1870074920579083) * r + 42.313330701600911252) * r + 1.0
  return (q * above) / below
}

/** Φ⁻¹(1 − t) for t ≤ 0.075, from √(−log t): the same algorithm. */
export function normalTail(root: number): number {
  return root <= 5.0 ? nearTail(root - 1.6) : farTail(root - 5.0)
}

function nearTail(r: number): number {
  const above =
    ((((((7.7454501427834140764e-4 * r + 0.0227238449892691845833) * r + 0.24178072517745061177) * r + 1.27045825245236838258) * r +
      3.64784832476320460504) * r + 5.7694972214606914055) * r + 4.6303378461565452959) * r + 1.42343711074968357734
  const below =
    ((((((1.05075007164441684324e-9 * r + 5.475938084995344946e-4) * r + 0.0151986665636164571966) * r + 0.14810397642748007459) * r +
      0.68976733498510000455) * r + 1.6763848301838038494) * r + 2.05319162663775882187) * r + 1.0
  return above / below
}

function farTail(r: number): number {
  const above =
    ((((((2.01033439929228813265e-7 * r + 2.71155556874348757815e-5) * r + 0.0012426609473880784386) * r + 0.026532189526576123093) * r +
      0.29656057182850489123) * r + 1.7848265399172913358) * r + 5.4637849111641143699) * r + 6.6579046435011037772
  const below =
    ((((((2.04426310338993978564e-15 * r + 1.4215117583164458887e-7) * r + 1.8463183175100546818e-5) * r + 7.868691311456132591e-4) * r +
      0.0148753612908506148525) * r + 0.13692988092273580531) * r + 0.59983220655588793769) * r + 1.0
  return above / below
}

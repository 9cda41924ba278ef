// Linear interpolation at four positions at a time; what is interpolated is itself
// a vector of four lanes. A position τ, already less one half, is rounded by adding
// 1.5·2²³: the integer k appears in the low bits of the sum, and the rest w = τ − k
// lies in [−½, ½]. No truncation, no branch; at a tie either neighbour gives the
// same value, since linear interpolation is continuous.
// Trap: exact only for small |τ|, so positions are counted from the middle of a
// tile: 2⁻¹⁸ of a sample is then lost, instead of 2⁻¹³ when counted from the end of a row.

/** 1.5·2²³. */
const ROUND: f32 = 12582912
/** Its bit pattern. */
const ROUND_BITS: i32 = 0x4b400000

/** τ + 1.5·2²³, whose low bits are k. */
// @ts-ignore: decorator
@inline
export function rounded(tau: v128): v128 {
  return f32x4.add(tau, f32x4.splat(ROUND))
}

/** w = τ − k. */
// @ts-ignore: decorator
@inline
export function remainder(tau: v128, sum: v128): v128 {
  return f32x4.sub(tau, f32x4.sub(sum, f32x4.splat(ROUND)))
}

/** What to add to `sum << shift` for the address of entry k, when entry 0 lies at `origin` and entries are 1 << shift bytes. */
// @ts-ignore: decorator
@inline
export function addressBias(origin: usize, shift: i32): v128 {
  return i32x4.splat(<i32>origin - (ROUND_BITS << shift))
}

/** τ within [low, high]. */
// @ts-ignore: decorator
@inline
export function clamped(tau: v128, low: v128, high: v128): v128 {
  return f32x4.pmin(high, f32x4.pmax(low, tau))
}

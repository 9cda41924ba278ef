// The only place that converts between CT numbers (HU) and attenuation (1/mm).
// HU = 1000·(mu − muWater)/(muWater − muAir); the default pair has muAir = 0.

export interface AttenuationScale {
  /** Attenuation of water, 1/mm. */
  readonly muWater: number
  /** Attenuation of air, 1/mm. */
  readonly muAir: number
}

export const defaultScale: AttenuationScale = Object.freeze({ muWater: 0.0192, muAir: 0 })

/** LoDoPaB-CT (Leuschner et al. 2021): 20 /m and 0.02 /m. */
export const lodopabScale: AttenuationScale = Object.freeze({ muWater: 0.02, muAir: 0.00002 })

/** CT number (HU) → attenuation (1/mm). Not clipped. */
export function attenuationFromHu(hu: number, scale: AttenuationScale = defaultScale): number {
  return (hu / 1000) * (scale.muWater - scale.muAir) + scale.muWater
}

/** Attenuation (1/mm) → CT number (HU). */
export function huFromAttenuation(mu: number, scale: AttenuationScale = defaultScale): number {
  return (1000 * (mu - scale.muWater)) / (scale.muWater - scale.muAir)
}

/** A new array of attenuation (1/mm, float32), clipped at 0 as every simulated object is. */
export function attenuationImage(hu: ArrayLike<number>, scale: AttenuationScale = defaultScale): Float32Array {
  const mu = new Float32Array(hu.length)
  for (let i = 0; i < hu.length; i++) mu[i] = Math.max(0, attenuationFromHu(hu[i]!, scale))
  return mu
}

/** A new array of CT numbers (HU, float32). */
export function huImage(mu: ArrayLike<number>, scale: AttenuationScale = defaultScale): Float32Array {
  const hu = new Float32Array(mu.length)
  for (let i = 0; i < mu.length; i++) hu[i] = huFromAttenuation(mu[i]!, scale)
  return hu
}

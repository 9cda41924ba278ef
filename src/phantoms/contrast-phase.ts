// CT numbers of abdominal tissue without contrast medium and in the portal venous phase.

/** CT numbers, HU. */
export interface Phase {
  readonly liver: number
  readonly spleen: number
  readonly cortex: number
  readonly medulla: number
  readonly vein: number
  readonly artery: number
  readonly gland: number
  readonly wall: number
}

/** No contrast medium. */
export const plainPhase: Phase = { liver: 57, spleen: 48, cortex: 34, medulla: 30, vein: 42, artery: 43, gland: 40, wall: 40 }
/** About 70 s after the injection. */
export const portalPhase: Phase = {
  liver: 108,
  spleen: 120,
  cortex: 185,
  medulla: 140,
  vein: 160,
  artery: 150,
  gland: 95,
  wall: 75,
}

/** Draws organs in the frame of a cavity of 128 × 84 mm (half sizes), stretched to the patient's. */
export type Place = (hu: number, x: number, y: number, a: number, b: number, degrees?: number) => void

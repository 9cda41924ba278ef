/** A function of spatial frequency. */
export interface Curve {
  /** Line pairs per mm. */
  readonly frequencyPerMm: number[]
  readonly value: number[]
}

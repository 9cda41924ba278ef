import { describe, expect, it } from 'vitest'
import { evenAngles } from './geometry.ts'
import { PhiloxRandom, seedKey } from './random.ts'
import { estimateRotationCentre } from './rotation-centre.ts'

const discs = [
  { x: 0, y: 0, radius: 70, mu: 0.02 },
  { x: 30, y: 20, radius: 15, mu: 0.01 },
  { x: -25, y: -33, radius: 9, mu: -0.008 },
  { x: 5, y: -50, radius: 4, mu: 0.03 },
]

/** Exact line integrals of the discs; the axis projects to bin `centre`. */
function scan(anglesRad: readonly number[], bins: number, centre: number, noise = 0): Float32Array {
  const random = new PhiloxRandom(seedKey('rotation-centre'))
  const data = new Float32Array(anglesRad.length * bins)
  anglesRad.forEach((angle, view) => {
    for (let bin = 0; bin < bins; bin++) {
      let sum = noise * random.normal()
      for (const { x, y, radius, mu } of discs) {
        const distance = bin - centre - (x * Math.cos(angle) + y * Math.sin(angle))
        sum += 2 * mu * Math.sqrt(Math.max(0, radius * radius - distance * distance))
      }
      data[view * bins + bin] = sum
    }
  })
  return data
}

describe('estimateRotationCentre', () => {
  // Half the shift of a pair: whole-bin data, refined by a parabola, is good to a twentieth of a bin.
  it.each([99.5, 96.2, 104.85, 85])('finds an axis at bin %d of 200 in a half turn without its end', centre => {
    const anglesRad = evenAngles(181, Math.PI)
    expect(Math.abs(estimateRotationCentre({ anglesRad, bins: 200 }, scan(anglesRad, 200, centre)) - centre)).toBeLessThan(0.05)
  })

  it.each([
    { name: 'a half turn with its end', anglesRad: Array.from({ length: 91 }, (_, k) => (k * Math.PI) / 90) },
    { name: 'a full turn', anglesRad: evenAngles(90, 2 * Math.PI, 0.3) },
    { name: 'a full turn the other way', anglesRad: evenAngles(90, -2 * Math.PI) },
  ])('finds it in $name, with noise of a hundredth of the object', ({ anglesRad }) => {
    const data = scan(anglesRad, 201, 96.7, 0.025)
    expect(Math.abs(estimateRotationCentre({ anglesRad, bins: 201 }, data) - 96.7)).toBeLessThan(0.1)
  })

  it('does not guess where no two views are opposite', () => {
    const anglesRad = evenAngles(60, Math.PI / 2)
    expect(() => estimateRotationCentre({ anglesRad, bins: 200 }, scan(anglesRad, 200, 99))).toThrow('--centre')
  })
})

import { describe, expect, it } from 'vitest'
import { evenAngles, fanBeam, parallelBeam, type Geometry } from './geometry.ts'
import { forEachView } from './ray-lines.ts'

// Independent of the normal form: two points of each ray straight from the conventions.
function twoPoints(geometry: Geometry, view: number, bin: number): [number, number][] {
  const angle = geometry.anglesRad[view]!
  const [ux, uy] = [Math.cos(angle), Math.sin(angle)]
  const [cx, cy] = [-uy, ux] // along the central ray
  const s = (bin - (geometry.bins - 1) / 2) * geometry.pitchMm + geometry.offsetMm
  if (geometry.kind === 'parallel') return [-50, 50].map(t => [s * ux + t * cx, s * uy + t * cy])
  const { sourceToIsocentreMm: D, sourceToDetectorMm: E } = geometry
  const source: [number, number] = [D * Math.sin(angle), -D * Math.cos(angle)]
  const [along, across] = geometry.detector === 'flat' ? [E, s] : [E * Math.cos(s / E), E * Math.sin(s / E)]
  return [source, [source[0] + along * cx + across * ux, source[1] + along * cy + across * uy]]
}

const fan = { anglesRad: evenAngles(7, 2 * Math.PI, 0.1), bins: 9, pitchMm: 20, offsetMm: 3, sourceToIsocentreMm: 150, sourceToDetectorMm: 260 }
const geometries: [string, Geometry][] = [
  ['parallel', parallelBeam({ anglesRad: evenAngles(7, Math.PI, 0.1), bins: 9, pitchMm: 20, offsetMm: 3 })],
  ['flat fan', fanBeam({ ...fan, detector: 'flat' })],
  ['curved fan', fanBeam({ ...fan, detector: 'curved' })],
]

describe.each(geometries)('rays of a %s', (_, geometry) => {
  it('are lines through the source and the bin, with unit normals', () => {
    const views: number[] = []
    forEachView(geometry, (view, { normalX, normalY, distanceMm }) => {
      views.push(view)
      for (let bin = 0; bin < geometry.bins; bin++) {
        expect(normalX[bin]! ** 2 + normalY[bin]! ** 2).toBeCloseTo(1, 12)
        for (const [x, y] of twoPoints(geometry, view, bin))
          expect(x * normalX[bin]! + y * normalY[bin]!).toBeCloseTo(distanceMm[bin]!, 10)
      }
    })
    expect(views).toEqual([0, 1, 2, 3, 4, 5, 6])
  })
})

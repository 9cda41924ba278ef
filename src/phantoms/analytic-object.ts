// An object whose line integrals are known exactly, made from shapes.

import type { AnalyticObject } from '../ct/case.ts'
import { UserError } from '../ct/user-error.ts'
import { compileShapes } from './compiled-shapes.ts'
import { lineIntegrals } from './line-integrals.ts'
import { rasterise } from './rasterise.ts'
import { scaleShape, type Shape } from './shapes.ts'

/** @throws UserError when there is no shape or a number in one is not finite. */
export function analyticObject(shapes: readonly Shape[]): AnalyticObject {
  if (shapes.length === 0) throw new UserError('An analytic object has no shapes, expected at least one.')
  const compiled = compileShapes(shapes)
  const columns = [compiled.paint, compiled.blobs].flatMap(part => [part.x, part.y, part.root, part.value])
  if (![...columns, compiled.paint.clipOffset].every(column => column.every(Number.isFinite)))
    throw new UserError('A shape of an analytic object holds a number that is not finite.')
  return {
    kind: 'analytic',
    radiusMm: compiled.radiusMm,
    lineIntegrals(geometry) {
      if (geometry.kind === 'fan' && geometry.sourceToIsocentreMm <= compiled.radiusMm)
        throw new UserError(
          `The object reaches ${compiled.radiusMm.toFixed(1)} mm from the isocentre, the source is ` +
            `${geometry.sourceToIsocentreMm} mm away. Scale the object down or move the source.`,
        )
      return lineIntegrals(compiled, geometry)
    },
    rasterise: grid => rasterise(compiled, grid),
    scaled(factor) {
      if (!(factor > 0 && Number.isFinite(factor)))
        throw new UserError(`The scale factor is ${factor}, expected a positive number.`)
      return analyticObject(shapes.map(shape => scaleShape(shape, factor)))
    },
  }
}

// An object before a scanner: how large it is, what its truth is on the preset's grid,
// and its exact line integrals. Objects keep their size and are refused, by name, when
// they reach out of the field of view; `lodopab` alone scales them (Leuschner et al. 2021).
// Trap: phantoms are drawn with the default attenuation scale at every preset.

import type { AnalyticObject, RasterObject, ScanObject } from './case.ts'
import { fieldOfViewRadiusMm, gridRadiusMm, imageGrid, type Geometry, type ImageGrid } from './geometry.ts'
import { ctImage, type CtImage } from './image.ts'
import type { Preset } from './presets.ts'
import { rasterIntegrator } from './raster-integrals.ts'
import { areaAverage, bilinear, type Pixels } from './resample.ts'
import { attenuationImage, defaultScale, type AttenuationScale } from './units.ts'
import { UserError } from './user-error.ts'

export interface PlacedObject {
  readonly grid: ImageGrid
  /** Converts the truth's attenuation into CT numbers: the default for phantoms, the preset's for slices. */
  readonly scale: AttenuationScale
  /** Size before the scanner ÷ size as drawn: 1 but for a phantom scaled down at `lodopab`. Scales a QualityLayout too. */
  readonly magnification: number
  /** What of a slice was left out, in one line for the user; null when nothing was. */
  readonly note: string | null
  /** On `grid`, 1/mm, clipped at 0. */
  readonly truth: CtImage
  /** Of the preset's geometry, or of some of its views. Row-major [view][bin], float64, dimensionless. Computed anew at each call: keep it. */
  exactLineIntegrals(geometry?: Geometry): Float64Array
}

/** Above this a pixel counts as part of the object, below as air, HU. */
const contentHu = -900
/**
 * Share of a slice's content that may lie outside its inscribed circle. Clinical slices are
 * zoomed: of 95 chest slices of three vendors 89 reach out of it with the table, the arms or
 * the sides of the patient, by up to 14.9 %. A square without any air has 21.5 %.
 */
const mostOutside = 0.2
/** LoDoPaB-CT crops slices to 362² pixels and projects them from 1000². */
const lodopabCrop = 362
const lodopabFineSide = 1000

/**
 * @param name how errors call the object: a file, or dataset/case.
 * @throws UserError when the object does not fit the field of view, much of a slice lies outside its inscribed
 * circle, a slice is too small for `lodopab`, or a CT number is not finite.
 */
export function placeObject(object: ScanObject, preset: Preset, name: string): PlacedObject {
  switch (object.kind) {
    case 'analytic':
      return placeAnalytic(object, preset, name)
    case 'raster':
      requireSlice(object, name)
      return preset.fit === 'lodopab' ? placeAsLodopab(object, preset, name) : placeSlice(object, preset, name)
    default:
      return object satisfies never
  }
}

function placeAnalytic(drawn: AnalyticObject, preset: Preset, name: string): PlacedObject {
  const { geometry, grid } = preset
  const limitMm = Math.min(gridRadiusMm(grid), fieldOfViewRadiusMm(geometry))
  const tooLarge = drawn.radiusMm > limitMm
  if (tooLarge && preset.fit !== 'lodopab')
    throw new UserError(
      `Object "${name}" reaches ${mm(drawn.radiusMm)} from the isocentre, preset ${preset.id} sees ${mm(limitMm)}. Choose a preset with a larger field of view.`,
    )
  const magnification = tooLarge ? limitMm / drawn.radiusMm : 1
  const object = tooLarge ? drawn.scaled(magnification) : drawn
  return {
    grid,
    scale: defaultScale,
    magnification,
    note: null,
    truth: ctImage(grid, object.rasterise(grid), `Truth of "${name}"`),
    exactLineIntegrals: (views = geometry) => object.lineIntegrals(views),
  }
}

/** Pixels keep their size; the grid covers the slice. What lies outside its circle is taken as air, and said. */
function placeSlice(slice: RasterObject, preset: Preset, name: string): PlacedObject {
  const side = Math.min(slice.rows, slice.columns)
  const sideMm = side * slice.pixelMm
  const limitMm = fieldOfViewRadiusMm(preset.geometry)
  const hu = slice.hu.slice()
  const middleRow = (slice.rows - 1) / 2
  const middleColumn = (slice.columns - 1) / 2
  let furthest = 0
  let content = 0
  let outside = 0
  for (let row = 0, i = 0; row < slice.rows; row++)
    for (let column = 0; column < slice.columns; column++, i++) {
      const y = (row - middleRow) * slice.pixelMm
      const x = (column - middleColumn) * slice.pixelMm
      const radius = Math.sqrt(x * x + y * y)
      const outsideSlice = radius > sideMm / 2
      if (hu[i]! > contentHu) {
        content++
        if (outsideSlice) outside++
        else if (radius > limitMm) furthest = Math.max(furthest, radius)
      }
      if (outsideSlice || radius > limitMm) hu[i] = -1000
    }
  if (furthest > 0)
    throw new UserError(
      `Slice "${name}" of ${mm(sideMm)} holds more than air up to ${mm(furthest)} from its centre, preset ${preset.id} sees ${mm(limitMm)}. ` +
        'Choose a preset with a larger field of view.',
    )
  const share = content === 0 ? 0 : outside / content
  const told = `${(100 * share).toPrecision(2)} % of the pixels above ${contentHu} HU lie outside its inscribed circle (${mm(sideMm)} across)`.replace('-', '−')
  if (share > mostOutside)
    throw new UserError(
      `Slice "${name}" has ${slice.rows} × ${slice.columns} pixels of ${Number(slice.pixelMm.toPrecision(4))} mm: ${told}, ` +
        `at most ${100 * mostOutside} % may be cut. Pad it with air (−1000 HU) to a larger square.`,
    )
  const note = outside === 0 ? null : `${told} and are taken as air`
  const { rows } = preset.grid
  const source: Pixels = { rows: slice.rows, columns: slice.columns, data: attenuationImage(hu, preset.scale) }
  return placePixels(source, side, Math.max(2 * rows, side), imageGrid(rows, rows, sideMm / rows), preset, name, note)
}

/** The central 362² pixels, taken as 260 mm whatever their spacing. */
function placeAsLodopab(slice: RasterObject, preset: Preset, name: string): PlacedObject {
  if (slice.rows < lodopabCrop || slice.columns < lodopabCrop)
    throw new UserError(
      `Slice "${name}" has ${slice.rows} × ${slice.columns} pixels, preset lodopab takes the central ${lodopabCrop} × ${lodopabCrop}. ` +
        'Give a larger slice or another preset.',
    )
  // An odd rest is cropped as LoDoPaB would: one pixel more at the right and the bottom.
  const top = Math.floor((slice.rows - lodopabCrop) / 2)
  const left = Math.floor((slice.columns - lodopabCrop) / 2)
  const hu = new Float32Array(lodopabCrop * lodopabCrop)
  for (let row = 0; row < lodopabCrop; row++) {
    const start = (top + row) * slice.columns + left
    hu.set(slice.hu.subarray(start, start + lodopabCrop), row * lodopabCrop)
  }
  const source: Pixels = { rows: lodopabCrop, columns: lodopabCrop, data: attenuationImage(hu, preset.scale) }
  return placePixels(source, lodopabCrop, lodopabFineSide, preset.grid, preset, name, null)
}

/** Truth on the grid, line integrals of a raster that is finer than the grid. */
function placePixels(
  source: Pixels,
  extent: number,
  fineSide: number,
  grid: ImageGrid,
  preset: Preset,
  name: string,
  note: string | null,
): PlacedObject {
  const resample = grid.rows <= extent ? areaAverage : bilinear
  const truth = ctImage(grid, resample(source, extent, grid.rows), `Truth of "${name}"`)
  const pixelMm = (grid.rows * grid.pixelMm) / fineSide
  let integrate: ReturnType<typeof rasterIntegrator> | undefined
  return {
    grid,
    scale: preset.scale,
    magnification: 1,
    note,
    truth,
    exactLineIntegrals(views = preset.geometry) {
      integrate ??= rasterIntegrator({ side: fineSide, pixelMm, data: bilinear(source, extent, fineSide) })
      return integrate(views)
    },
  }
}

function requireSlice({ rows, columns, pixelMm, hu }: RasterObject, name: string): void {
  if (hu.length !== rows * columns || hu.length === 0)
    throw new UserError(`Slice "${name}" has ${hu.length} values, expected ${rows} × ${columns}.`)
  if (!(pixelMm > 0 && pixelMm < Infinity)) throw new UserError(`Slice "${name}" has pixels of ${pixelMm} mm, expected a positive size.`)
  const bad = hu.findIndex(value => !Number.isFinite(value))
  if (bad >= 0)
    throw new UserError(
      `Slice "${name}" holds ${hu[bad]} at row ${Math.floor(bad / columns)}, column ${bad % columns}; every CT number must be finite.`,
    )
}

function mm(length: number): string {
  return `${length.toFixed(1)} mm`
}

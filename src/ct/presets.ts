// Scanner presets: published geometries with the acquisition that goes with each.
// Angles are built on first use, so that importing this file costs nothing.
// Numbers that no publication states are assumptions and say so in `source`.

import { evenAngles, fanBeam, imageGrid, parallelBeam, type Geometry, type ImageGrid } from './geometry.ts'
import { unknownName } from './nearest-name.ts'
import { defaultScale, lodopabScale, type AttenuationScale } from './units.ts'

export const presetIds = ['parallel-256', 'parallel-256-sparse', 'lodopab', 'mayo-siemens', 'xcist-ge', '2detect', 'htc2022'] as const
export type PresetId = (typeof presetIds)[number]

/** How a scan at full dose is counted. */
export interface PresetAcquisition {
  /** Photons per ray at dose 1, before the bowtie. */
  readonly photonsPerRay: number
  /** Standard deviation of the electronic noise, in photons. */
  readonly electronicNoise: number
  /** Counts below this are raised to it before the logarithm. */
  readonly floor: number
  /** Relative photon number per bin (1 = all pass); null without a bowtie. */
  readonly bowtie: readonly number[] | null
}

export interface Preset {
  readonly id: PresetId
  readonly title: string
  /** Where the numbers come from, and which of them are assumed. */
  readonly source: string
  readonly geometry: Geometry
  /** For phantoms; a slice of CT numbers brings its own pixel size (place-object.ts). */
  readonly grid: ImageGrid
  /** How CT numbers of slices become attenuation. */
  readonly scale: AttenuationScale
  readonly acquisition: PresetAcquisition
  /**
   * true-size: objects keep their size, and one that reaches out of the field of view is refused.
   * lodopab: the central 362² pixels of a slice are taken as 260 mm whatever their spacing, and
   * phantoms that are too large are scaled down (Leuschner et al. 2021).
   */
  readonly fit: 'true-size' | 'lodopab'
}

/**
 * Photons per ray of `mayo-siemens` at dose 1: a 300 mm water disc, FBP with a Hann
 * window cut at 0.8, 0.8 mm pixels, has 12 HU standard deviation at its centre.
 * Found by bench/calibrate-mayo-siemens.ts; log beside it.
 */
const mayoPhotonsPerRay = 3.21e5

const withElectronics = { electronicNoise: Math.sqrt(10), floor: 1, bowtie: null } as const

export const presets: Readonly<Record<PresetId, Preset>> = {
  'parallel-256': preset({
    id: 'parallel-256',
    title: 'Parallel beam, 360 views, 256² pixels of 1.5 mm',
    source: "sinobench's own, small and quick. Photons and electronic noise as mayo-siemens (assumed).",
    makeGeometry: () => parallelBeam({ anglesRad: evenAngles(360, Math.PI), bins: 367, pitchMm: 1.5 }),
    grid: imageGrid(256, 256, 1.5),
    scale: defaultScale,
    acquisition: { photonsPerRay: mayoPhotonsPerRay, ...withElectronics },
    fit: 'true-size',
  }),
  'parallel-256-sparse': preset({
    id: 'parallel-256-sparse',
    title: 'Parallel beam, 120 views, 256² pixels of 1.5 mm',
    source: 'parallel-256 with every third view: what few views cost, and what methods that know the projector make of them.',
    makeGeometry: () => parallelBeam({ anglesRad: evenAngles(120, Math.PI), bins: 367, pitchMm: 1.5 }),
    grid: imageGrid(256, 256, 1.5),
    scale: defaultScale,
    acquisition: { photonsPerRay: mayoPhotonsPerRay, ...withElectronics },
    fit: 'true-size',
  }),
  lodopab: preset({
    id: 'lodopab',
    title: 'LoDoPaB-CT: parallel beam, 1000 views × 513 bins, 362² pixels',
    source: 'Leuschner et al. 2021, LoDoPaB-CT, Scientific Data 8:109, doi:10.1038/s41597-021-00893-z.',
    makeGeometry: () =>
      parallelBeam({
        anglesRad: evenAngles(1000, Math.PI, Math.PI / 2000),
        bins: 513,
        pitchMm: (260 * Math.SQRT2) / 513,
      }),
    grid: imageGrid(362, 362, 260 / 362),
    scale: lodopabScale,
    acquisition: { photonsPerRay: 4096, electronicNoise: 0, floor: 0.1, bowtie: null },
    fit: 'lodopab',
  }),
  'mayo-siemens': preset({
    id: 'mayo-siemens',
    title: 'Siemens Definition AS+ as in the Mayo data: curved fan, 1152 views × 736 bins, 512² pixels',
    source:
      'Moen et al. 2021, Low-dose CT image and projection dataset, Medical Physics 48:902, doi:10.1002/mp.14594; ' +
      'no flying focal spot, detector centred. Photons calibrated by bench/calibrate-mayo-siemens.ts.',
    makeGeometry: () =>
      fanBeam({
        detector: 'curved',
        anglesRad: evenAngles(1152, 2 * Math.PI),
        bins: 736,
        pitchMm: 1.2858,
        sourceToIsocentreMm: 595,
        sourceToDetectorMm: 1085.6,
      }),
    grid: imageGrid(512, 512, 0.8),
    scale: defaultScale,
    acquisition: { photonsPerRay: mayoPhotonsPerRay, ...withElectronics },
    fit: 'true-size',
  }),
  'xcist-ge': preset({
    id: 'xcist-ge',
    title: 'GE as in XCIST: curved fan, 1000 views × 900 bins, quarter-bin offset, 512² pixels',
    source:
      'Wu et al. 2022, XCIST, Physics in Medicine and Biology 67:194002, doi:10.1088/1361-6560/ac9174. Pixels of 0.9 mm ' +
      'assumed; photons assumed so that a rotation sends as many per mm of the isocentre as mayo-siemens.',
    makeGeometry: () =>
      fanBeam({
        detector: 'curved',
        anglesRad: evenAngles(1000, 2 * Math.PI),
        bins: 900,
        pitchMm: 1,
        offsetMm: 0.25,
        sourceToIsocentreMm: 540,
        sourceToDetectorMm: 950,
      }),
    grid: imageGrid(512, 512, 0.9),
    scale: defaultScale,
    acquisition: { photonsPerRay: 2.98e5, ...withElectronics },
    fit: 'true-size',
  }),
  '2detect': preset({
    id: '2detect',
    title: '2DeteCT: flat fan, 3600 views × 956 bins, 1024² pixels',
    source:
      'Kiss et al. 2023, 2DeteCT, Scientific Data 10:576, doi:10.1038/s41597-023-02484-6; detector centred ' +
      '(real slices 1–2830 and 5521–5870 are shifted by 0.0748 mm). Photons and electronic noise assumed.',
    makeGeometry: () =>
      fanBeam({
        detector: 'flat',
        anglesRad: evenAngles(3600, 2 * Math.PI),
        bins: 956,
        pitchMm: 0.1496,
        sourceToIsocentreMm: 431.02,
        sourceToDetectorMm: 529,
      }),
    grid: imageGrid(1024, 1024, 116.53 / 1024),
    scale: defaultScale,
    acquisition: { photonsPerRay: 1e5, ...withElectronics },
    fit: 'true-size',
  }),
  htc2022: preset({
    id: 'htc2022',
    title: 'Helsinki Tomography Challenge 2022: flat fan, 720 views × 560 bins, 512² pixels',
    source:
      'Meaney, Silva de Moura & Siltanen 2022, Helsinki Tomography Challenge 2022 open tomographic dataset, ' +
      "doi:10.5281/zenodo.6937616; pixels of 0.14832 mm as in the challenge's own FBP. Photons and electronic noise assumed.",
    makeGeometry: () =>
      fanBeam({
        detector: 'flat',
        anglesRad: evenAngles(720, 2 * Math.PI),
        bins: 560,
        pitchMm: 0.2,
        sourceToIsocentreMm: 410.66,
        sourceToDetectorMm: 553.74,
      }),
    grid: imageGrid(512, 512, 0.14832),
    scale: defaultScale,
    acquisition: { photonsPerRay: 1e5, ...withElectronics },
    fit: 'true-size',
  }),
}

/** @throws UserError that suggests the nearest preset. */
export function findPreset(id: string): Preset {
  const known: readonly string[] = presetIds
  if (!known.includes(id)) throw unknownName('preset', id, known)
  return presets[id as PresetId]
}

function preset({ makeGeometry, ...fields }: Omit<Preset, 'geometry'> & { makeGeometry: () => Geometry }): Preset {
  let geometry: Geometry | undefined
  return Object.freeze({
    ...fields,
    get geometry() {
      return (geometry ??= makeGeometry())
    },
  })
}

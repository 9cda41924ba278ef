// What a score means. The same pair of images scores 17 to 46 dB under published
// protocols, so no score goes without its protocol's id. A closed set: a protocol
// never changes, it gets a new version. The data range comes from the protocol or
// the truth, never from the image that is judged.

import type { Exam, HuWindow } from '../ct/case.ts'
import { requireFinite, ShapeError } from '../ct/image.ts'
import { lodopabScale } from '../ct/units.ts'
import { UserError } from '../ct/user-error.ts'
import { compare, type ValueMap } from './compare.ts'
import { inscribedCircle } from './inscribed-circle.ts'
import { psnrOfError } from './psnr.ts'
import { rmse } from './rmse.ts'
import { meanSimilarities, ssimWindow, windowSize, type SsimSettings } from './ssim.ts'

export const protocolIds = ['hu-window@1', 'lodopab@1', 'ldctbench@1', 'redcnn@1', 'full-range@1'] as const
export type ProtocolId = (typeof protocolIds)[number]

/** What a case declares about how it is scored. */
export interface ScoredCase {
  readonly window: HuWindow
  readonly exam: Exam
}

export interface Protocol {
  readonly id: ProtocolId
  readonly title: string
  /** The values scored, in words. */
  readonly description: string
  /** The pixels scored, in words. */
  readonly regions: string
  /** The data range, in words. */
  readonly range: string
  /** Where PSNR and RMSE are taken; SSIM within it, as its border says. */
  readonly region: 'circle' | 'image'
  readonly ssim: SsimSettings
  /** Scores beside PSNR and SSIM with this fixed range, as `psnr_fr_db` and `ssim_fr`; null for none. */
  readonly fixedRange: number | null
  values(scored: ScoredCase): ValueMap
  /** Data range in the unit of the scored values. Throws UserError for a truth that has none. */
  dataRange(truth: Float64Array, scored: ScoredCase): number
}

/** Windows (HU) of the cases' display and of `hu-window@1`. */
export const huWindows = {
  thorax: { lowHu: -1350, highHu: 150 },
  abdomen: { lowHu: -150, highHu: 250 },
  head: { lowHu: 0, highHu: 80 },
} as const satisfies Record<string, HuWindow>

/** Centre and width (HU) of ldctbench@1, by exam. */
export const examWindows = {
  chest: { centreHu: -600, widthHu: 1500 },
  abdomen: { centreHu: 50, widthHu: 400 },
  neuro: { centreHu: 40, widthHu: 80 },
} as const satisfies Record<Exam, { centreHu: number; widthHu: number }>

/** Largest attenuation of LoDoPaB-CT, 1/m: its images are divided by it. */
const lodopabMaxPerM = 81.35858
const unlimited = [-Infinity, Infinity] as const
const scikitImage = { window: 'uniform', covariance: 'sample', border: 'inside' } as const
const wholeImage = 'Whole image; SSIM (uniform 7 × 7, sample covariance) where the window lies in the image'

export const protocols: Readonly<Record<ProtocolId, Protocol>> = {
  'hu-window@1': {
    id: 'hu-window@1',
    title: 'Declared HU window, inscribed circle',
    description: "HU clipped to the case's declared window (thorax −1350…150, abdomen −150…250, head 0…80)",
    regions: "The grid's inscribed circle; SSIM (Gaussian 11 × 11, σ 1.5, population covariance) where the window lies in the image",
    range: 'Width of the window',
    region: 'circle',
    ssim: { window: 'gaussian', covariance: 'population', border: 'inside' },
    fixedRange: null,
    values: ({ window }) => clippedHu(window.lowHu, window.highHu),
    dataRange: (_, { window }) => window.highHu - window.lowHu,
  },
  'lodopab@1': {
    id: 'lodopab@1',
    title: 'LoDoPaB-CT challenge',
    description: 'Attenuation (water 20 /m, air 0.02 /m) divided by 81.35858 /m; the truth clipped to 0…1, the image not',
    regions: wholeImage,
    range: "Maximum minus minimum of the truth; 1 for the scores marked 'fr'",
    region: 'image',
    ssim: scikitImage,
    fixedRange: 1,
    values: () => ({
      scale: (lodopabScale.muWater - lodopabScale.muAir) / lodopabMaxPerM,
      offset: (lodopabScale.muWater * 1000) / lodopabMaxPerM,
      truthLimits: [0, 1],
      imageLimits: unlimited,
    }),
    dataRange: truthRange,
  },
  'ldctbench@1': {
    id: 'ldctbench@1',
    title: 'LDCT-bench',
    description: "HU through the exam's DICOM window (chest −600/1500, abdomen 50/400, neuro 40/80) to 0…1",
    regions: wholeImage,
    range: '1',
    region: 'image',
    ssim: scikitImage,
    fixedRange: null,
    values: ({ exam }) => {
      const { centreHu, widthHu } = examWindows[exam]
      const scale = 1 / (widthHu - 1)
      return { scale, offset: 0.5 - (centreHu - 0.5) * scale, truthLimits: [0, 1], imageLimits: [0, 1] }
    },
    dataRange: () => 1,
  },
  'redcnn@1': {
    id: 'redcnn@1',
    title: 'RED-CNN',
    description: 'HU clipped to −160…240',
    regions: 'Whole image; SSIM (Gaussian 11 × 11, σ 1.5, population covariance) everywhere, with zeros beyond the image',
    range: '400',
    region: 'image',
    ssim: { window: 'gaussian', covariance: 'population', border: 'zeros' },
    fixedRange: null,
    values: () => clippedHu(-160, 240),
    dataRange: () => 400,
  },
  'full-range@1': {
    id: 'full-range@1',
    title: 'Full CT range',
    description: 'HU, unclipped',
    regions: wholeImage,
    range: '4096',
    region: 'image',
    ssim: scikitImage,
    fixedRange: null,
    values: () => clippedHu(-Infinity, Infinity),
    dataRange: () => 4096,
  },
}

/** A score as a record keeps it: JSON knows no Infinity. */
export type Score = number | 'Infinity'
/** Scores of one image under one protocol, by metric id. */
export type Scores = Record<string, Score>

export interface ScoreRequest {
  /** Row-major [row][column], float32, HU. */
  readonly imageHu: Float32Array
  /** Row-major [row][column], float32, HU. */
  readonly truthHu: Float32Array
  readonly rows: number
  readonly columns: number
  readonly window: HuWindow
  readonly exam: Exam
  /** All, unless named. */
  readonly protocols?: readonly ProtocolId[]
}

/**
 * Scores by protocol id, then metric id (metric-list.ts), in the order asked for.
 * @throws ShapeError when shapes differ, a value is not finite, or the image is smaller than a protocol's window.
 * @throws UserError for an empty window, or a constant truth under a protocol that takes its range from it.
 */
export function scoreImage(request: ScoreRequest): Record<ProtocolId, Scores> {
  return Object.fromEntries(scoresByProtocol(request)) as Record<ProtocolId, Scores>
}

/** The same, one protocol at a time: who has other things to do does them in between. */
export function* scoresByProtocol(request: ScoreRequest): Generator<[ProtocolId, Scores], void, void> {
  const { imageHu, truthHu, rows, columns, window } = request
  requireShape('Image', imageHu, rows, columns)
  requireShape('Truth', truthHu, rows, columns)
  if (!(Number.isFinite(window.lowHu) && Number.isFinite(window.highHu) && window.lowHu < window.highHu))
    throw new UserError(`The window is ${window.lowHu}…${window.highHu} HU; expected a lower end below its upper end.`)

  const circle = inscribedCircle(rows, columns)
  let rmseOfImage: number | undefined
  for (const id of request.protocols ?? protocolIds) {
    const protocol = protocols[id]
    const { fixedRange } = protocol
    requireWindow(protocol, rows, columns)
    const region = protocol.region === 'circle' ? circle : null
    const ssim = ssimWindow(rows, columns, protocol.ssim)
    const rangesOf = (truth: Float64Array): number[] => [protocol.dataRange(truth, request), ...(fixedRange === null ? [] : [fixedRange])]
    const compared = compare({ truthHu, imageHu, rows, columns, map: protocol.values(request), region, window: ssim, rangesOf })
    const [similarity, fixedSimilarity] = meanSimilarities(compared, { rows, columns, weights: ssim.weights })
    const found: Scores = {
      psnr_db: stored(psnrOfError(compared.meanSquaredError, compared.ranges[0]!)),
      ssim: similarity!,
      rmse_hu: region === null ? (rmseOfImage ??= rmse(truthHu, imageHu, null)) : rmse(truthHu, imageHu, region),
    }
    if (fixedRange !== null) {
      found['psnr_fr_db'] = stored(psnrOfError(compared.meanSquaredError, fixedRange))
      found['ssim_fr'] = fixedSimilarity!
    }
    yield [id, found]
  }
}

function clippedHu(lowHu: number, highHu: number): ValueMap {
  return { scale: 1, offset: 0, truthLimits: [lowHu, highHu], imageLimits: [lowHu, highHu] }
}

function truthRange(truth: Float64Array): number {
  let low = Infinity
  let high = -Infinity
  for (let i = 0; i < truth.length; i++) {
    if (truth[i]! < low) low = truth[i]!
    if (truth[i]! > high) high = truth[i]!
  }
  if (!(high > low))
    throw new UserError(
      'lodopab@1 takes its data range from the truth, and the truth is constant once clipped to 0…1. Score it under another protocol.',
    )
  return high - low
}

function requireShape(name: string, values: Float32Array, rows: number, columns: number): void {
  if (values.length !== rows * columns || values.length === 0)
    throw new ShapeError(`${name} has ${values.length} values, ${rows} × ${columns} = ${rows * columns} expected (at least one).`)
  requireFinite(name, values)
}

function requireWindow(protocol: Protocol, rows: number, columns: number): void {
  const size = windowSize(protocol.ssim)
  if (protocol.ssim.border === 'inside' && Math.min(rows, columns) < size)
    throw new ShapeError(
      `The image is ${rows} × ${columns}; ${protocol.id} needs at least ${size} × ${size} pixels, the size of its SSIM window.`,
    )
}

function stored(value: number): Score {
  return value === Infinity ? 'Infinity' : value
}

// Finds the full-dose photon number of the preset `mayo-siemens`: a 300 mm water disc at
// full dose, FBP with a Hann window cut at 0.8 and 0.8 mm pixels, has 12 HU standard
// deviation at its centre. Seeded; writes its log to bench/calibrate-mayo-siemens.log.md.
//   npx tsx bench/calibrate-mayo-siemens.ts

import { writeFileSync } from 'node:fs'
import { acquire } from '../src/ct/acquisition.ts'
import { fbp } from '../src/ct/fbp.ts'
import { imageGrid } from '../src/ct/geometry.ts'
import { sinogram } from '../src/ct/image.ts'
import { presets } from '../src/ct/presets.ts'
import { seedKey } from '../src/ct/random.ts'
import { ReferenceProjector } from '../src/ct/reference-projector.ts'
import { defaultScale, huImage } from '../src/ct/units.ts'
import { analyticObject } from '../src/phantoms/analytic-object.ts'
import { disc } from '../src/phantoms/shapes.ts'

const targetHu = 12
const discRadiusMm = 150
const roiRadiusMm = 20
const realisations = 48
const { geometry, acquisition } = presets['mayo-siemens']
// The middle of the 512² grid: the same pixels, a sixteenth of the work.
const grid = imageGrid(128, 128, 0.8)

const projector = new ReferenceProjector(geometry, grid)
const exact = analyticObject([disc(0, 0, discRadiusMm, defaultScale.muWater)]).lineIntegrals(geometry)
const transmission = Math.exp(-2 * discRadiusMm * defaultScale.muWater)
const electronicVariance = acquisition.electronicNoise ** 2

/** CT numbers of the disc's middle, HU. */
async function reconstruct(values: Float32Array): Promise<Float32Array> {
  return huImage((await fbp(projector, sinogram(geometry, values), { name: 'hann', cutoff: 0.8 })).data)
}

/** Standard deviation (HU) of the noise near the centre and the mean's bias, with the same random numbers at every call. */
async function measure(photonsPerRay: number): Promise<{ noiseHu: number; standardErrorHu: number; biasHu: number }> {
  const clean = await reconstruct(Float32Array.from(exact))
  const inside = roiPixels()
  const variances: number[] = []
  const means: number[] = []
  for (let realisation = 0; realisation < realisations; realisation++) {
    const key = seedKey('calibrate-mayo-siemens', realisation)
    const noisy = await reconstruct(acquire(exact, geometry, { ...acquisition, photonsPerRay }, key))
    const noise = inside.map(i => noisy[i]! - clean[i]!)
    const mean = average(noise)
    means.push(mean)
    variances.push(noise.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (noise.length - 1))
  }
  const variance = average(variances)
  const spread = Math.sqrt(average(variances.map(value => (value - variance) ** 2)) / (realisations - 1))
  return { noiseHu: Math.sqrt(variance), standardErrorHu: spread / (2 * Math.sqrt(variance)), biasHu: average(means) }
}

function roiPixels(): number[] {
  const middle = (grid.rows - 1) / 2
  const pixels: number[] = []
  for (let i = 0; i < grid.rows * grid.columns; i++) {
    const dy = Math.floor(i / grid.columns) - middle
    const dx = (i % grid.columns) - middle
    if (Math.sqrt(dx * dx + dy * dy) * grid.pixelMm <= roiRadiusMm) pixels.push(i)
  }
  return pixels
}

function average(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length
}

/** Variance of a line integral through the centre, up to a factor: (1 + σe²/λ)/λ. */
function rayVariance(photonsPerRay: number): number {
  const lambda = photonsPerRay * transmission
  return (1 + electronicVariance / lambda) / lambda
}

/** The photon number whose rays are `ratio` times as variable. */
function withVarianceTimes(ratio: number, photonsPerRay: number): number {
  const wanted = ratio * rayVariance(photonsPerRay)
  // wanted·λ² − λ − σe² = 0
  return (1 + Math.sqrt(1 + 4 * wanted * electronicVariance)) / (2 * wanted) / transmission
}

const lines = [
  '# Calibration of mayo-siemens',
  '',
  `Written by bench/calibrate-mayo-siemens.ts. Water disc of ${2 * discRadiusMm} mm, full dose, electronic noise ` +
    `${acquisition.electronicNoise.toFixed(4)}, floor ${acquisition.floor}, no bowtie; FBP (reference engine), Hann cut at 0.8, ` +
    `${grid.pixelMm} mm pixels; ${realisations} realisations, pixels within ${roiRadiusMm} mm of the centre.`,
  '',
  '| photons per ray | noise HU | ± | mean HU |',
  '|---|---|---|---|',
]
let photons = 3.6e5
for (let step = 0; step < 3; step++) {
  const { noiseHu, standardErrorHu, biasHu } = await measure(photons)
  lines.push(`| ${Math.round(photons)} | ${noiseHu.toFixed(3)} | ${standardErrorHu.toFixed(3)} | ${biasHu.toFixed(2)} |`)
  console.log(lines.at(-1))
  if (step < 2) photons = withVarianceTimes((targetHu / noiseHu) ** 2, photons)
}
const rounded = Number(photons.toPrecision(3))
lines.push('', `Photons per ray at full dose for ${targetHu} HU: **${rounded}** (three digits; the preset holds this number).`, '')
console.log(lines.at(-2))
writeFileSync(new URL('calibrate-mayo-siemens.log.md', import.meta.url), lines.join('\n'))

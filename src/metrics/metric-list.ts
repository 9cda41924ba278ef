// The metrics by id: the keys of a record's scores.

export interface Metric {
  readonly id: string
  readonly title: string
  readonly unit: string
  /** Which way is better. */
  readonly better: 'higher' | 'lower'
  /** One line. */
  readonly definition: string
}

export const metrics: readonly Metric[] = Object.freeze([
  {
    id: 'psnr_db',
    title: 'PSNR',
    unit: 'dB',
    better: 'higher',
    definition: "10·log10(range²/MSE) of the protocol's values over its region; Infinity for identical images",
  },
  {
    id: 'ssim',
    title: 'SSIM',
    unit: '1',
    better: 'higher',
    definition: "Mean structural similarity (Wang et al. 2004), K1 0.01, K2 0.03, with the protocol's window and range",
  },
  {
    id: 'rmse_hu',
    title: 'RMSE',
    unit: 'HU',
    better: 'lower',
    definition: "Root mean squared error of unclipped HU over the protocol's region",
  },
  {
    id: 'psnr_fr_db',
    title: 'PSNR-FR',
    unit: 'dB',
    better: 'higher',
    definition: 'PSNR with the fixed range 1 (lodopab@1 only)',
  },
  {
    id: 'ssim_fr',
    title: 'SSIM-FR',
    unit: '1',
    better: 'higher',
    definition: 'SSIM with the fixed range 1 (lodopab@1 only)',
  },
])

// One method that fails in the way its parameter names, for the tests of the runner.

import { z } from 'zod'
import { defineMethod } from '../../ct/method.ts'

const ways = ['well', 'throw', 'nan', 'shape', 'nothing', 'hang', 'spin', 'exit', 'mutate', 'print'] as const

export default defineMethod({
  title: 'Misbehaving',
  family: 'analytic',
  citation: 'none',
  parameters: z.object({ way: z.enum(ways).default('well') }),
  async prepare({ grid }, { way }) {
    const pixels = grid.rows * grid.columns
    return {
      async reconstruct(sinogram, { random, report }) {
        switch (way) {
          case 'throw':
            throw new Error('thrown on purpose')
          case 'nan':
            return { grid, data: new Float32Array(pixels).fill(NaN) }
          case 'shape':
            return { grid, data: new Float32Array(pixels - 1) }
          case 'nothing':
            return undefined as never
          case 'hang':
            return new Promise(() => {})
          case 'spin':
            for (;;);
          case 'exit':
            process.exit(3)
          case 'mutate':
            sinogram.data[0] = 7
            return { grid, data: new Float32Array(pixels) }
          case 'print':
            console.log('noise on stdout') // eslint-disable-line no-console -- what a user's method may do
            break
          case 'well':
            break
          default:
            way satisfies never
        }
        report(1, { residual: 0.5 })
        return { grid, data: new Float32Array(pixels).fill(random.uniform()) }
      },
    }
  },
})

// FBP whose engine or process breaks in the way that its parameter names, for the
// tests of what a run makes of it.

import { writeFileSync } from 'node:fs'
import { z } from 'zod'
import { fbp } from '../../ct/fbp.ts'
import { defineMethod } from '../../ct/method.ts'
import { WasmEngine } from '../../kernels/wasm-engine.ts'
import { endWasmThreads, exhaustGpu, loseGpu, trapWasm } from '../../testing/injected-faults.ts'

const faults = ['none', 'trap', 'threads', 'size', 'heap', 'sigkill', 'exit', 'gpu-lost', 'gpu-error', 'spin'] as const

export default defineMethod({
  title: 'Engine faults',
  family: 'analytic',
  citation: 'none',
  parameters: z.object({
    fault: z.enum(faults).default('none'),
    /** spin: where the process leaves its id. */
    pidFile: z.string().default(''),
  }),
  async prepare({ projector, grid }, { fault, pidFile }) {
    return {
      async reconstruct(sinogram) {
        switch (fault) {
          case 'none':
            break
          case 'trap':
            trapWasm()
            break
          case 'threads':
            endWasmThreads()
            break
          case 'size':
            projector.allocate('image', Math.ceil(60_000 ** 2 / (grid.rows * grid.columns)))
            break
          case 'heap':
            for (const kept: number[][] = []; ; ) kept.push(new Array<number>(1e5).fill(0.5))
          case 'sigkill':
            process.kill(process.pid, 'SIGKILL')
            break
          case 'exit':
            process.exit(0)
          case 'gpu-lost':
            loseGpu()
            break
          case 'gpu-error':
            exhaustGpu()
            break
          case 'spin':
            new WasmEngine(2)
            writeFileSync(pidFile, String(process.pid))
            for (;;);
          default:
            fault satisfies never
        }
        return fbp(projector, sinogram, { name: 'ram-lak', cutoff: 1 })
      },
    }
  },
})

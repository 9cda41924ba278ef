// `npx tsx bench/speed/networks.ts [size] [backend,…] [network,…]`: RED-CNN with 32 channels and a U-Net
// with 32 at first, random weights, one image of size × size pixels: gpu.js kernels beside
// ONNX Runtime, and how far apart their results are. CPU time counts all threads and
// hardly minds what else the machine does; on a GPU the wall time is what matters.

import { listBackends } from '../../src/ct/create-projector.ts'
import { PhiloxRandom, seedKey } from '../../src/ct/random.ts'
import type { KernelBackendId } from '../../src/kernels/backend.ts'
import { openGpujsNetwork } from '../../src/networks/gpujs-network.ts'
import type { Network, Tensor } from '../../src/networks/network.ts'
import { openOnnxRuntime } from '../../src/networks/onnx-runtime.ts'
import { parseOnnxModel } from '../../src/networks/onnx-model.ts'
import { relativeError } from '../../src/testing/dot-test.ts'
import { randomRedCnn, randomUnet } from '../../src/testing/random-networks.ts'
import { describeMachine, machineLine } from '../machine.ts'
import { markdownTable } from '../markdown-table.ts'

const threads = 1
/** At most so many runs of each, and no further one when they took longer. */
const budget = { runs: 4, ms: 20_000 }
const size = Number(process.argv[2] ?? 256)
const kernelBackends: readonly KernelBackendId[] = ['webgpu', 'gpujs-webasm', 'gpujs-cpu']
const wanted = process.argv[3]?.split(',')
const wantedNetworks = process.argv[4]?.split(',')

const random = new PhiloxRandom(seedKey('bench', 'networks'))
const image: Tensor = { data: Float32Array.from({ length: size * size }, () => random.normal()), dims: [1, 1, size, size] }
const noise: Tensor = { data: new Float32Array(size * size).fill(0.1), dims: image.dims }
const networks = [
  { name: 'red-cnn', bytes: randomRedCnn({ channels: 32, depth: 5 }), inputs: { image } },
  { name: 'unet', bytes: randomUnet({ base: 32 }), inputs: { image, noise } },
]

interface Measured {
  readonly runtime: string
  readonly wallMs: number
  readonly cpuMs: number
  readonly result: Float32Array
}

/** The best of all runs; the first compiles the kernels. */
async function measure(network: Network, inputs: Readonly<Record<string, Tensor>>): Promise<Measured> {
  let [wallMs, cpuMs] = [Infinity, Infinity]
  let result = new Float32Array()
  const begin = performance.now()
  for (let run = 0; run < budget.runs && performance.now() - begin < budget.ms; run++) {
    const [start, before] = [performance.now(), process.cpuUsage()]
    result = new Float32Array((await network.run(inputs)).data)
    wallMs = Math.min(wallMs, performance.now() - start)
    const { user, system } = process.cpuUsage(before)
    cpuMs = Math.min(cpuMs, (user + system) / 1000)
  }
  await network.dispose()
  return { runtime: network.runtime, wallMs, cpuMs, result }
}

const available = (await listBackends()).filter(backend => backend.available)
const backends = kernelBackends.filter(id => available.some(backend => backend.id === id) && (wanted?.includes(id) ?? id !== 'gpujs-cpu'))
const rows: string[][] = []
for (const { name, bytes, inputs } of networks.filter(({ name }) => wantedNetworks?.includes(name) ?? true)) {
  const reference = await measure(await openOnnxRuntime({ bytes, path: name, threads, provider: 'cpu' }), inputs)
  const row = ({ runtime, wallMs, cpuMs, result }: Measured): string[] => {
    // What the network adds to the image, which alone would pass for much of the result.
    const added = (values: Float32Array): Float32Array => values.map((value, i) => value - image.data[i]!)
    const difference = relativeError(added(result), added(reference.result))
    return [name, runtime, wallMs.toFixed(0), cpuMs.toFixed(0), difference.toExponential(1), (process.resourceUsage().maxRSS / 1024).toFixed(0)]
  }
  rows.push(row(reference))
  for (const backend of backends) rows.push(row(await measure(await openGpujsNetwork(parseOnnxModel(bytes, name), { backend, threads }), inputs)))
}
const adapter = available.find(({ id }) => id === 'webgpu')?.adapter
console.log(`${size}², ${threads} thread, ${adapter ?? 'no GPU'}. ${machineLine(describeMachine())}\n`)
console.log(markdownTable(['network', 'runtime', 'wall ms', 'CPU ms', 'relative difference', 'peak MB'], rows))

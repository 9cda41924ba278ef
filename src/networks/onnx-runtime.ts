// Networks on ONNX Runtime (onnxruntime-node), an optional package: it is loaded when
// the first network is opened. A session is shared by all that open the same bytes,
// since each keeps the memory of its largest image.

import { createRequire } from 'node:module'
import type * as Ort from 'onnxruntime-node'
import { UserError } from '../ct/user-error.ts'
import type { Network, Tensor } from './network.ts'

type Runtime = Pick<typeof Ort, 'InferenceSession' | 'Tensor' | 'env'>
type InferenceSession = Ort.InferenceSession

/** Execution providers by their names in ONNX Runtime. */
export const onnxProviders = ['cpu', 'cuda', 'webgpu', 'dml', 'coreml'] as const
export type OnnxProvider = (typeof onnxProviders)[number]

export interface OnnxRuntimeRequest {
  /** The model's file. */
  readonly bytes: Uint8Array
  /** How errors call it. */
  readonly path: string
  /** Threads that one operator may use. */
  readonly threads: number
  /** Runs every node, or opening fails: no node moves to the CPU unseen. */
  readonly provider: OnnxProvider
}

/** The version in package.json, which errors name. */
const wanted = 'onnxruntime-node@1.30.0'

interface Shared {
  readonly session: Promise<InferenceSession>
  users: number
}
const sessions = new WeakMap<Uint8Array, Map<string, Shared>>()

/**
 * @param load for tests.
 * @throws UserError when the package or the provider is not there, or the model has operators or shapes that the runtime refuses.
 */
export async function openOnnxRuntime(request: OnnxRuntimeRequest, load: () => Runtime = loadRuntime): Promise<Network> {
  const { bytes, path, threads, provider } = request
  const runtime = load()
  const version = runtime.env.versions.node ?? runtime.env.versions.common
  const ofModel = sessions.get(bytes) ?? new Map<string, Shared>()
  sessions.set(bytes, ofModel)
  const key = `${provider} ${threads}`
  const shared = ofModel.get(key) ?? { session: createSession(runtime, version, request), users: 0 }
  ofModel.set(key, shared)
  shared.users++
  let open = true
  const dispose = async (): Promise<void> => {
    if (!open) return
    open = false
    if (--shared.users > 0) return
    ofModel.delete(key)
    await (await shared.session).release()
  }
  let session: InferenceSession
  try {
    session = await shared.session
  } catch (error) {
    ofModel.delete(key)
    throw error
  }
  return {
    runtime: `onnxruntime ${version} ${provider}`,
    dispose,
    async run(inputs) {
      const feeds = Object.fromEntries(Object.entries(inputs).map(([name, { data, dims }]) => [name, new runtime.Tensor('float32', data, dims)]))
      try {
        const output = (await session.run(feeds))[session.outputNames[0]!]!
        return { data: output.data as Float32Array, dims: output.dims }
      } catch (error) {
        throw new UserError(`${path}: ONNX Runtime ${version} failed on ${shapes(inputs)}: ${firstLine(error)}. Check the shapes inside the model and export it again.`)
      }
    },
  }
}

/** @throws UserError that says how to install the package, or why it does not load here. */
function loadRuntime(): Runtime {
  try {
    // A CommonJS package: what import() gives of it depends on who loads this module.
    return createRequire(import.meta.url)('onnxruntime-node') as Runtime
  } catch (error) {
    throw runtimeMissing(error)
  }
}

/** What to tell of an error of loading the package. */
export function runtimeMissing(error: unknown): UserError {
  const { code, message } = error as NodeJS.ErrnoException
  if (code === 'MODULE_NOT_FOUND') {
    const absent = /onnxruntime_binding/.test(message) ? `has no build for ${process.platform} ${process.arch}` : 'is not installed'
    return new UserError(`Learned methods run on the package onnxruntime-node, which ${absent}. Install it with: npm install --ignore-scripts ${wanted}`)
  }
  return new UserError(`The package onnxruntime-node, on which learned methods run, does not load: ${firstLine(error)}. Install it anew with: npm install --ignore-scripts ${wanted}`)
}

async function createSession(runtime: Runtime, version: string, { bytes, path, threads, provider }: OnnxRuntimeRequest): Promise<InferenceSession> {
  runtime.env.logLevel = 'fatal' // what goes wrong is thrown; the native library would print it once more
  try {
    return await runtime.InferenceSession.create(bytes, {
      executionProviders: [provider],
      intraOpNumThreads: threads,
      interOpNumThreads: 1,
      executionMode: 'sequential',
      logSeverityLevel: 4,
      ...(provider !== 'cpu' && { extra: { session: { disable_cpu_ep_fallback: '1' } } }),
    })
  } catch (error) {
    throw sessionError(error, version, path, provider)
  }
}

function sessionError(error: unknown, version: string, path: string, provider: OnnxProvider): UserError {
  const text = firstLine(error)
  const operator = /No Op registered for (\S+)/.exec(text)?.[1] ?? /Could not find an implementation for (\w+)/.exec(text)?.[1]
  if (operator !== undefined)
    return new UserError(`${path}: ONNX Runtime ${version} lacks the operator ${operator}. Export the model with operators of ONNX's own set, opset 17.`)
  if (provider !== 'cpu')
    return new UserError(`${path} does not run on ONNX Runtime ${version}'s provider "${provider}" here: ${text}. Leave the parameter runtime at auto for the CPU.`)
  return new UserError(`${path} is refused by ONNX Runtime ${version}: ${text}. Export the model again, with opset 17.`)
}

function shapes(inputs: Readonly<Record<string, Tensor>>): string {
  return Object.entries(inputs)
    .map(([name, { dims }]) => `${name} ${dims.join(' × ')}`)
    .join(', ')
}

/** Of an error of the native library, without the place in its source and the full stop. */
function firstLine(error: unknown): string {
  const line = (error instanceof Error ? error.message : String(error)).split('\n')[0]!
  return line.replace(/^\/\S+:\d+ .*?\) (?=[A-Z])/, '').replace(/[.,\s]+$/, '')
}

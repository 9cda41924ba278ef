// WebGPU in Node, through the optional package `webgpu` (Dawn). gpu.js looks for
// `navigator.gpu`, which must exist before its first kernel and be gone after its
// last, or the process never ends. A software adapter is not a GPU: it is named, and
// refused unless SINOBENCH_ALLOW_SOFTWARE_GPU=1 asks for it (tests do).

import { existsSync, readdirSync } from 'node:fs'
import { BackendUnavailableError } from '../ct/projector.ts'

export interface WebgpuAdapter {
  readonly name: string
  readonly software: boolean
}

/** The little of WebGPU that is asked here. */
interface AdapterInfo {
  readonly vendor?: string
  readonly architecture?: string
  readonly device?: string
  readonly description?: string
  readonly isFallbackAdapter?: boolean
}
interface WebgpuRoot {
  requestAdapter(options?: object): Promise<{ readonly info: AdapterInfo; readonly isFallbackAdapter?: boolean } | null>
}

const softwareNames = /swiftshader|llvmpipe|lavapipe|softpipe|software|basic render|\bwarp\b/i

let root: WebgpuRoot | null = null
let holders = 0
let previousNavigator: PropertyDescriptor | undefined

/**
 * False where Linux shows no GPU and no driver was named, which spares half a second
 * of Vulkan start-up and its messages. True elsewhere: only an adapter can tell.
 */
function mayHaveAdapter(): boolean {
  if (process.platform !== 'linux') return true
  if (process.env['VK_ICD_FILENAMES'] || process.env['VK_DRIVER_FILES']) return true
  if (existsSync('/dev/nvidiactl') || existsSync('/dev/dxg')) return true
  return existsSync('/dev/dri') && readdirSync('/dev/dri').some(name => name.startsWith('renderD'))
}

/**
 * The adapter that answers, software or not.
 * @throws BackendUnavailableError with the fix when the package is missing or no adapter answers.
 */
export async function probeWebgpu(): Promise<WebgpuAdapter> {
  const gpu = await openRoot()
  const adapter = mayHaveAdapter() ? await gpu.requestAdapter({ powerPreference: 'high-performance' }) : null
  if (!adapter) throw new BackendUnavailableError('No WebGPU adapter answered. Install a Vulkan driver for the GPU.')
  const { vendor, architecture, device, description, isFallbackAdapter } = adapter.info
  const name = description || device || [vendor, architecture].filter(Boolean).join(' ') || 'unnamed adapter'
  const everything = [vendor, architecture, device, description].join(' ')
  return { name, software: isFallbackAdapter === true || adapter.isFallbackAdapter === true || softwareNames.test(everything) }
}

/** True when the environment allows a software adapter, for tests. */
export function softwareAllowed(): boolean {
  return process.env['SINOBENCH_ALLOW_SOFTWARE_GPU'] === '1'
}

export interface WebgpuHold {
  readonly adapter: string
  /** To be called once; the last holder's `destroyDevice` runs, then WebGPU is hidden again. */
  leave(destroyDevice: () => Promise<void>): Promise<void>
}

/**
 * Makes WebGPU visible to gpu.js until `leave` is called.
 * @throws BackendUnavailableError as probeWebgpu, and for a software adapter that was not allowed.
 */
export async function holdWebgpu(): Promise<WebgpuHold> {
  const { name, software } = await probeWebgpu()
  if (software && !softwareAllowed())
    throw new BackendUnavailableError(
      `Asked for webgpu, got the software adapter "${name}", which is not a GPU. Install a Vulkan driver for the GPU, or pass --backend auto.`,
    )
  const gpu = await openRoot()
  if (holders++ === 0) {
    previousNavigator = Object.getOwnPropertyDescriptor(globalThis, 'navigator')
    const strongest = { requestAdapter: () => gpu.requestAdapter({ powerPreference: 'high-performance' }) }
    Object.defineProperty(globalThis, 'navigator', { value: { gpu: strongest }, configurable: true })
  }
  let left = false
  return {
    adapter: name,
    leave: async destroyDevice => {
      if (left) return
      left = true
      if (--holders > 0) return
      await destroyDevice()
      if (previousNavigator) Object.defineProperty(globalThis, 'navigator', previousNavigator)
      else Reflect.deleteProperty(globalThis, 'navigator')
      root = null
    },
  }
}

async function openRoot(): Promise<WebgpuRoot> {
  if (root) return root
  // Vulkan drivers look for a Wayland display, whose library prints an error each time where this is not set.
  if (process.platform === 'linux') process.env['XDG_RUNTIME_DIR'] ??= '/nonexistent'
  let module: { create(options: string[]): unknown; globals: object }
  try {
    module = await import('webgpu')
  } catch (error) {
    throw new BackendUnavailableError(`The optional package webgpu cannot be loaded (${firstLine(error)}). Run \`npm install webgpu@0.6.2\`.`)
  }
  Object.assign(globalThis, module.globals)
  root = module.create([]) as WebgpuRoot
  return root
}

function firstLine(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).split('\n')[0]!
}

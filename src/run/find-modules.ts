// Methods and datasets are found by file: the id is the file's name (or the
// folder's, for a method with weights: baselines/<id>/method.ts). A user's own file
// is named by its path; a network's .onnx file is a method by itself. Misfits are
// refused by name.

import { existsSync, readdirSync, statSync } from 'node:fs'
import { basename, dirname, extname, join, resolve } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import type { Dataset } from '../ct/case.ts'
import type { Method } from '../ct/method.ts'
import { methodOfModel } from '../networks/model-method.ts'
import { unknownName } from '../ct/nearest-name.ts'
import { UserError } from '../ct/user-error.ts'
import { installation } from './installation.ts'

export interface FoundMethod {
  readonly id: string
  readonly method: Method
  /** The module's absolute path: what a child process loads. */
  readonly path: string
  /** Comes with sinobench; a user's own file may bear the name of one that does. */
  readonly builtIn: boolean
}

export interface FoundDataset {
  readonly id: string
  readonly dataset: Dataset
  readonly path: string
}

export function methodIds(): string[] {
  return [...modulePaths(installation().baselines, 'method').keys()]
}

export function datasetIds(): string[] {
  return [...modulePaths(installation().datasets, 'dataset').keys()]
}

/** @param idOrPath an id such as "fbp", or the path of a .ts, .js or .onnx file. @throws UserError with the nearest name. */
export async function findMethod(idOrPath: string): Promise<FoundMethod> {
  const { id, path } = locate(idOrPath, installation().baselines, 'method')
  return { id, method: await loadMethod(path), path, builtIn: dirname(path).startsWith(installation().baselines) }
}

/** @param idOrPath an id such as "phantom-thorax", or the path of a .ts or .js file. @throws UserError with the nearest name. */
export async function findDataset(idOrPath: string): Promise<FoundDataset> {
  const { id, path } = locate(idOrPath, installation().datasets, 'dataset')
  const dataset = (await loadDefault(path)) as Partial<Dataset> | undefined
  if (!dataset || typeof dataset.cases !== 'function' || typeof dataset.title !== 'string')
    throw new UserError(`${path} is not a dataset: its default export must be made by defineDataset().`)
  return { id, dataset: dataset as Dataset, path }
}

/** @throws UserError when the file cannot be loaded, its default export is not a method, or its network cannot be used. */
export async function loadMethod(path: string): Promise<Method> {
  // A method takes what its own schema made of parameters; its type is known to that schema alone.
  if (path.endsWith('.onnx')) return methodOfModel(path) as unknown as Method
  const method = (await loadDefault(path)) as Partial<Method> | undefined
  const missing = (['title', 'family', 'citation', 'parameters', 'prepare'] as const).filter(field => method?.[field] === undefined)
  if (!method || missing.length > 0)
    throw new UserError(
      `${path} is not a method: its default export must be made by defineMethod() or defineDenoiser()${method ? `; it lacks ${missing.join(', ')}` : ''}.`,
    )
  return method as Method
}

function locate(idOrPath: string, folder: string, kind: 'method' | 'dataset'): { id: string; path: string } {
  const endings = kind === 'method' ? ['.ts', '.js', '.mjs', '.onnx'] : ['.ts', '.js', '.mjs']
  const files = kind === 'method' ? '.ts, .js or .onnx file' : '.ts or .js file'
  if (/[\\/]/.test(idOrPath) || endings.includes(extname(idOrPath))) {
    const path = resolve(idOrPath)
    if (!existsSync(path)) throw new UserError(`No ${kind} file at ${path}. Name a ${files}, or an id that \`sinobench list ${kind}s\` shows.`)
    if (statSync(path).isDirectory()) throw new UserError(`${path} is a folder; name the ${kind}'s ${files} in it.`)
    const name = basename(path, extname(path))
    // Of a folder with weights, whichever of its files is named.
    return { id: /^(method\.\w+|model\.onnx)$/.test(basename(path)) ? basename(dirname(path)) : name, path }
  }
  const paths = modulePaths(folder, kind)
  const path = paths.get(idOrPath)
  if (!path) throw unknownName(kind, idOrPath, [...paths.keys()])
  return { id: idOrPath, path }
}

function modulePaths(folder: string, kind: 'method' | 'dataset'): Map<string, string> {
  const found = new Map<string, string>()
  const add = (id: string, path: string): void => {
    const other = found.get(id)
    if (other) throw new UserError(`Two ${kind}s are called "${id}": ${other} and ${path}. Rename one.`)
    found.set(id, path)
  }
  for (const entry of readdirSync(folder, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1))) {
    if (entry.isDirectory()) {
      for (const name of ['method.ts', 'method.js'])
        if (kind === 'method' && existsSync(join(folder, entry.name, name))) add(entry.name, join(folder, entry.name, name))
    } else if (/\.(ts|js)$/.test(entry.name) && !/\.(test|d)\.ts$/.test(entry.name)) {
      add(basename(entry.name, extname(entry.name)), join(folder, entry.name))
    }
  }
  return found
}

async function loadDefault(path: string): Promise<unknown> {
  const { api, fromSource } = installation()
  try {
    if (path.endsWith('.ts') && !fromSource) {
      const { createJiti } = await import('jiti') // here: few runs need it
      const jiti = createJiti(import.meta.url, { alias: { sinobench: api, zod: fileURLToPath(import.meta.resolve('zod')) }, interopDefault: true, moduleCache: false })
      return await jiti.import(path, { default: true })
    }
    return ((await import(pathToFileURL(path).href)) as { default?: unknown }).default
  } catch (error) {
    throw new UserError(`${path} cannot be loaded: ${error instanceof Error ? error.message : String(error)}`)
  }
}

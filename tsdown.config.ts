import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { defineConfig } from 'tsdown'
import { currentCommit } from './src/run/provenance.ts'
import { hashSources } from './src/run/source-hashes.ts'

/** One bundle per method and dataset, since they are found by file. */
function modules(folder: string): Record<string, string> {
  const entries: Record<string, string> = {}
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    if (entry.isDirectory() && existsSync(`${folder}/${entry.name}/method.ts`))
      entries[`${folder}/${entry.name}/method`] = `${folder}/${entry.name}/method.ts`
    else if (/^[^.]+\.ts$/.test(entry.name)) entries[`${folder}/${entry.name.slice(0, -3)}`] = `${folder}/${entry.name}`
  }
  return entries
}

/** What lies beside the code of a method with weights: model, card, how it was trained. */
function copyWeights(): void {
  for (const { name } of readdirSync('baselines', { withFileTypes: true }).filter(entry => entry.isDirectory())) {
    if (!existsSync(`baselines/${name}/method.ts`)) continue
    mkdirSync(`dist/baselines/${name}`, { recursive: true })
    for (const file of readdirSync(`baselines/${name}`, { withFileTypes: true }))
      if (file.isFile() && !file.name.endsWith('.ts')) copyFileSync(`baselines/${name}/${file.name}`, `dist/baselines/${name}/${file.name}`)
  }
}

export default defineConfig(options => ({
  entry: {
    main: 'src/cli/main.ts',
    api: 'src/api.ts',
    worker: 'src/run/worker.ts',
    ...modules('baselines'),
    ...modules('datasets'),
  },
  format: 'esm',
  platform: 'node',
  target: 'node20',
  dts: options.dts ?? false, // else package.json's "types" would ask for them, and take the compiler's five seconds
  clean: options.dts ? true : ['dist/**/*.js'], // types are made by `npm run build` alone and stay
  fixedExtension: false,
  deps: { neverBundle: ['gl'] }, // gpu.js asks for it where it is installed; it never is here
  hooks: {
    'build:done': () => {
      const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string }
      const provenance = { ...hashSources('.'), packageVersion: version, commit: currentCommit('.') }
      writeFileSync('dist/provenance.json', JSON.stringify(provenance, null, 2))
      copyFileSync('baselines/tuned.json', 'dist/baselines/tuned.json')
      copyWeights()
    },
  },
}))

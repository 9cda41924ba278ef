import tseslint from 'typescript-eslint'

// Which way dependencies run (CONTRIBUTING.md): a folder may not import from those listed for it.
const forbidden = {
  'src/kernels': ['cli', 'run', 'report', 'metrics', 'statistics', 'phantoms', 'io', 'networks', 'testing', 'api.ts'],
  'src/ct': ['cli', 'run', 'report', 'metrics', 'statistics', 'phantoms', 'io', 'networks', 'testing', 'api.ts'],
  'src/networks': ['cli', 'run', 'report', 'metrics', 'statistics', 'phantoms', 'io', 'testing', 'api.ts'],
  'src/phantoms': ['cli', 'run', 'report', 'metrics', 'statistics', 'io', 'networks', 'testing', 'api.ts'],
  'src/io': ['cli', 'run', 'report', 'metrics', 'statistics', 'kernels', 'networks', 'testing', 'api.ts'],
  'src/metrics': ['cli', 'run', 'report', 'phantoms', 'io', 'networks', 'testing', 'api.ts'],
  'src/statistics': ['cli', 'run', 'report', 'metrics', 'ct', 'phantoms', 'io', 'kernels', 'networks', 'testing', 'api.ts'],
  'src/report': ['cli', 'phantoms', 'ct', 'networks', 'io/dicom.ts', 'kernels', 'testing', 'api.ts'],
  'src/run': ['cli', 'report'],
}

const gpuJs = { name: 'gpu.js', message: 'Only src/kernels/backend.ts imports gpu.js.' }

export default tseslint.config(
  { ignores: ['dist/', 'node_modules/', 'reports/', 'src/kernels/assembly/', '.venv/', 'bench/peers/.venv/'] },
  ...tseslint.configs.recommended,
  {
    rules: {
      'no-console': 'error',
      eqeqeq: 'error',
      'prefer-const': 'error',
      '@typescript-eslint/no-non-null-assertion': 'off',
      '@typescript-eslint/consistent-type-imports': 'error',
      'no-restricted-imports': ['error', { paths: [gpuJs] }],
    },
  },
  { files: ['bench/**', 'src/cli/**', '**/*.test.ts'], rules: { 'no-console': 'off' } },
  ...Object.entries(forbidden).map(([folder, targets]) => ({
    files: [`${folder}/**/*.ts`],
    ignores: ['**/*.test.ts', 'src/kernels/backend.ts'],
    rules: {
      'no-restricted-imports': [
        'error',
        {
          paths: [gpuJs],
          patterns: [
            {
              regex: `^(\\.\\./)+(${targets.map(target => target.replace('.', '\\.')).join('|')})(/|$)`,
              message: `${folder} may not depend on this folder (see CONTRIBUTING.md).`,
            },
          ],
        },
      ],
    },
  })),
  {
    files: ['baselines/**/*.ts', 'datasets/**/*.ts'],
    ignores: ['**/*.test.ts'],
    rules: {
      'no-restricted-imports': [
        'error',
        { paths: [gpuJs], patterns: [{ regex: '^(\\.\\./)+src/(?!api\\.ts$)', message: 'Methods and datasets import from src/api.ts only.' }] },
      ],
    },
  },
)

// `sinobench run`: a suite, narrowed or replaced by flags, to records and reports.

import { availableParallelism } from 'node:os'
import { existsSync, statSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { SingleBar } from 'cli-progress'
import type { Argv, CommandModule } from 'yargs'
import { resolveBackend } from '../ct/create-projector.ts'
import { backendIds } from '../ct/projector.ts'
import { UserError } from '../ct/user-error.ts'
import { executeJobs, type Progress } from '../run/execute.ts'
import { InProcess, MethodProcesses } from '../run/method-process.ts'
import { makePlan } from '../run/plan.ts'
import { readRecords, recordFileName } from '../run/record-file.ts'
import type { RunRecord } from '../run/record.ts'
import { lockDirectory, resume, sweepPassingFiles, takeUpAgain } from '../run/resume.ts'
import { defaultDirectory, narrowSuite, readSuite } from '../run/suite.ts'
import { aggregate } from '../report/aggregate.ts'
import { leaderboardRows } from '../report/csv.ts'
import { reportFileNames } from '../report/report-files.ts'
import { terminalReport } from '../report/terminal.ts'
import { parseChoice, parseDoses, parseNames, parseWhole } from './flags.ts'

interface RunFlags {
  suite: string
  dataset?: string
  method?: string
  dose?: string
  cases?: string
  preset?: string
  data?: string
  backend: string
  seed?: string
  out?: string
  jobs?: string
  'retry-failed': boolean
  'in-process': boolean
  json: boolean
}

const command: CommandModule<object, RunFlags> = {
  command: 'run [suite]',
  describe: 'Run a benchmark suite; the same folder again continues it',
  builder: (yargs: Argv) =>
    yargs
      .positional('suite', { type: 'string', default: 'quick', describe: 'suite id, or a YAML file' })
      .options({
        dataset: { type: 'string', describe: 'datasets: ids or files, with commas' },
        method: { type: 'string', describe: 'methods: ids or files (.ts, .js, .onnx), with commas' },
        dose: { type: 'string', describe: 'dose fractions, with commas: 1,0.25' },
        cases: { type: 'string', describe: 'cases per dataset' },
        preset: { type: 'string', describe: 'geometry presets, with commas' },
        data: { type: 'string', describe: 'folder or file of datasets that read your own data' },
        backend: { type: 'string', default: 'auto', describe: `auto, ${backendIds.join(', ')}` },
        seed: { type: 'string', describe: 'seed of the noise' },
        out: { type: 'string', describe: "the run's folder [default: reports/runs/<suite>]" },
        jobs: { type: 'string', describe: "cores to use, for methods and sinobench's own work [default: all]" },
        'retry-failed': { type: 'boolean', default: false, describe: 'run failed jobs again' },
        'in-process': { type: 'boolean', default: false, describe: 'run methods in this process (for a debugger)' },
        json: { type: 'boolean', default: false, describe: 'print the outcome and leaderboard as JSON' },
      })
      .example('$0 run', 'the quick suite')
      .example('$0 run --dataset dicom --data my-slices --dose 0.25', 'your own CT slices')
      .example('$0 run --method fbp,./my-method.ts', 'your method beside FBP') as Argv<RunFlags>,
  handler: async flags => {
    process.exitCode = await runSuite(flags)
  },
}

export default command

async function runSuite(flags: RunFlags): Promise<number> {
  const original = readSuite(flags.suite)
  const suite = narrowSuite(original, {
    datasets: parseNames('dataset', flags.dataset),
    methods: parseNames('method', flags.method),
    doses: parseDoses(flags.dose),
    cases: parseWhole('cases', flags.cases, 1),
    presets: parseNames('preset', flags.preset),
    seed: parseWhole('seed', flags.seed, 0),
  })
  if (flags.data !== undefined && !existsSync(flags.data)) throw new UserError(`--data ${flags.data} does not exist. Name a folder or a file.`)
  const concurrency = parseWhole('jobs', flags.jobs, 1) ?? availableParallelism()
  const backendAsked = parseChoice('backend', flags.backend, ['auto', ...backendIds])
  const engine = await resolveBackend(backendAsked)
  const plan = await makePlan({ suite, dataDirectory: flags.data === undefined ? null : resolve(flags.data), backendAsked, engine })
  const directory = flags.out ?? defaultDirectory(original, suite)
  const say = (text: string): void => void process.stderr.write(`${text}\n`)

  const unlock = lockDirectory(directory)
  try {
    sweepPassingFiles(directory)
    const resumption = resume(plan, directory, flags['retry-failed'])
    const { pending, reused, hidden } = resumption
    takeUpAgain(directory, hidden)
    const { backend, adapter, reason } = engine
    say(`${suite.title}: ${plan.jobs.length} jobs on ${backend}${adapter ? ` (${adapter})` : ''}${flags.backend === 'auto' ? `, ${reason}` : ''}`)
    for (const { file, reason: why } of plan.passedOver) say(`Passed over ${file}: ${why}`)
    let ran: readonly RunRecord[] = []
    if (pending.length === 0) say(`Nothing to do: all ${reused.length} jobs are recorded in ${directory}.`)
    else {
      if (reused.length > 0) say(`${reused.length} of them are recorded in ${directory} and are not run again.`)
      const runner = flags['in-process'] ? new InProcess() : new MethodProcesses()
      const bar = progressBar(pending.length)
      const stopped = (_signal: NodeJS.Signals, number: number): void => {
        bar.stop() // gives the cursor back
        unlock()
        say('\nStopped. The same command goes on from here.')
        process.exit(128 + number) // the methods' processes see their channel close, and end
      }
      // A method that runs in this process may never let a handler run: signals then end it as they always do.
      const signals = flags['in-process'] ? [] : (['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
      for (const signal of signals) process.once(signal, stopped)
      try {
        ran = await executeJobs({ plan, resumption, directory, runner, concurrency: flags['in-process'] ? 1 : concurrency, threads: 1, progress: bar })
      } finally {
        for (const signal of signals) process.removeListener(signal, stopped)
        bar.stop()
        await runner.dispose()
      }
    }
    const report = aggregate(readRecords(directory))
    if (pending.length > 0 || hidden.length > 0 || !reportsAreCurrent(directory)) {
      const { writeReports } = await import('../report/write-reports.ts') // on first use: its charts take a quarter of a second to load
      await writeReports(directory, report)
    }
    const current = [...reused, ...ran]
    const failed = current.filter(record => record.status === 'failed').length
    const skipped = current.filter(record => record.status === 'skipped')
    if (flags.json) process.stdout.write(JSON.stringify({ directory, jobs: plan.jobs.length, ran: pending.length, failed, skipped: skipped.length, leaderboard: leaderboardRows(report) }, null, 2) + '\n')
    else process.stdout.write(terminalReport(report, { columns: process.stdout.columns ?? 120 }))
    say(`\nReport: ${join(directory, reportFileNames.html)}   Leaderboard: ${join(directory, reportFileNames.csv)}`)
    if (skipped.length === plan.jobs.length) throw new UserError(`Every job was skipped. The first reason: ${skipped[0]!.reason}`)
    return failed > 0 ? 1 : 0
  } finally {
    unlock()
  }
}

function reportsAreCurrent(directory: string): boolean {
  const recorded = statSync(join(directory, recordFileName)).mtimeMs
  return Object.values(reportFileNames).every(name => {
    const path = join(directory, name)
    return existsSync(path) && statSync(path).mtimeMs >= recorded
  })
}

function progressBar(total: number): Progress & { stop(): void } {
  const bar = new SingleBar({
    format: '{bar} {value}/{total} | {what} | {eta_formatted} left',
    stream: process.stderr,
    hideCursor: true,
    barsize: 24,
    etaBuffer: 40,
    noTTYOutput: true,
    notTTYSchedule: 5000,
    clearOnComplete: false,
  })
  const notes = new Set<string>()
  bar.start(total, 0, { what: 'starting' })
  return {
    started: job => bar.update({ what: [job.dataset, job.caseId, job.dose === null ? '' : `dose ${job.dose}`, job.method.id].filter(Boolean).join(' · ') }),
    recorded: () => bar.increment(),
    noted: note => void notes.add(note),
    // Over the bar, which is drawn again below it.
    warned: warning => void process.stderr.write(`${process.stderr.isTTY ? '\r\x1b[K' : ''}${warning}\n`),
    stop: () => {
      bar.stop()
      for (const note of notes) process.stderr.write(`${note}\n`)
    },
  }
}

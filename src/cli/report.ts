// `sinobench report`: every report again, from the records alone.

import type { Argv, CommandModule } from 'yargs'
import { aggregate } from '../report/aggregate.ts'
import { terminalReport } from '../report/terminal.ts'
import { readRecords } from '../run/record-file.ts'

interface ReportFlags {
  directory: string
}

const command: CommandModule<object, ReportFlags> = {
  command: 'report <directory>',
  describe: "Rebuild every report of a run's folder from its records",
  builder: (yargs: Argv) =>
    yargs
      .positional('directory', { type: 'string', demandOption: true, describe: 'the folder that `run` wrote' })
      .example('$0 report reports/runs/quick', 'leaderboard.csv, report.md, report.html again') as Argv<ReportFlags>,
  handler: async ({ directory }) => {
    const report = aggregate(readRecords(directory))
    const { writeReports } = await import('../report/write-reports.ts') // here: its charts take a quarter of a second to load
    const { files } = await writeReports(directory, report)
    process.stdout.write(terminalReport(report, { columns: process.stdout.columns ?? 120 }))
    process.stdout.write(`\n${files.join('\n')}\n`)
  },
}

export default command

// Writes every report of a run's folder: a pure function of its records and the
// previews that they name. Each file is whole or not there.

import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { writeFileAtomic } from '../io/atomic-write.ts'
import type { Aggregate } from './aggregate.ts'
import { chartSet } from './chart-set.ts'
import { standaloneSvg } from './charts.ts'
import { leaderboardCsv } from './csv.ts'
import { htmlReport } from './html.ts'
import { pageData } from './html-parts.ts'
import { markdownReport } from './markdown.ts'
import { previewReader } from './previews.ts'
import { reportFileNames } from './report-files.ts'

const chartFolder = 'charts'

/**
 * Writes leaderboard.csv, report.md, report.html and charts/*.svg below a run's folder.
 * @returns the paths of the files, the three reports first.
 * @throws UserError when the folder cannot be written.
 */
export async function writeReports(directory: string, report: Aggregate): Promise<{ files: string[] }> {
  const page = pageData(report)
  const charts = chartSet(page)
  const drawings = charts.map(({ name, svg }) => ({ path: join(directory, chartFolder, `${name}.svg`), text: standaloneSvg(svg) }))
  const texts = [
    { path: join(directory, reportFileNames.csv), text: leaderboardCsv(report) },
    { path: join(directory, reportFileNames.markdown), text: markdownReport(page, charts, chartFolder) },
    { path: join(directory, reportFileNames.html), text: htmlReport(page, charts, previewReader(directory)) },
  ]
  // Charts of datasets that are no longer there would be taken for this run's.
  await rm(join(directory, chartFolder), { recursive: true, force: true })
  for (const { path, text } of [...drawings, ...texts]) await writeFileAtomic(path, text)
  return { files: [...texts, ...drawings].map(({ path }) => path) }
}

// The page's images: of each case that kept previews, at every dose, truth and
// sinogram, then each method's image beside its error map.

import type { Artefact, DoneRecord } from '../run/record.ts'
import type { Board } from './boards.ts'
import { capital, doseName, fixed } from './format.ts'
import { groupBy } from './group.ts'
import { methodKey, methodLabel, type PageData, type Section } from './html-parts.ts'
import type { PreviewReader } from './previews.ts'
import { rankingProtocol } from './protocol-names.ts'
import { html, type SafeHtml } from './safe-html.ts'

export function gallerySection(page: PageData, read: PreviewReader): Section | null {
  const shown = page.boards.map(board => ({ board, cases: casesWithImages(board) })).filter(({ cases }) => cases.length > 0)
  if (shown.length === 0) return null
  return {
    id: 'images',
    title: 'Images',
    short: 'Images',
    body: html`<p>Every image of a case is drawn in the same fixed window, every error map (image minus truth) in the same fixed range: red is too high, blue too low, white no error.</p>
${shown.map(
  ({ board, cases }) => html`<h3>${board.title}</h3>${cases.map((records, index) => caseImages(page, board, records, read, index === 0))}`,
)}`,
  }
}

/** Records with previews, by case. */
function casesWithImages(board: Board): DoneRecord[][] {
  const records = board.panels
    .flatMap(panel => panel.runs.flatMap(run => run.records))
    .filter((record): record is DoneRecord => record.status === 'done')
    .filter(record => Object.values(record.artefacts).some(artefact => artefact))
  return [...groupBy(records, record => JSON.stringify([record.subject, record.case])).values()]
}

function caseImages(page: PageData, board: Board, records: readonly DoneRecord[], read: PreviewReader, isFirst: boolean): SafeHtml {
  const { case: name, subject, window } = records[0]!
  const errorWindowHu = records.find(record => record.errorWindowHu !== null)?.errorWindowHu ?? null
  const doses = [...groupBy(records, record => String(record.dose)).values()]
  const windowText =
    board.kind === 'measured'
      ? 'Measured: there is no truth to compare with.'
      : `Window ${fixed(window.lowHu, 0)}…${fixed(window.highHu, 0)} HU${errorWindowHu === null ? '' : `, error maps ±${fixed(errorWindowHu, 0)} HU`}.`
  const body = html`<p class="note">Case ${name}${subject === name ? '' : ` of subject ${subject}`}. ${windowText}</p>
${doses.map((group, index) => atDose(page, board, group, read, isFirst && index === doses.length - 1))}`
  return isFirst ? html`<div class="card">${body}</div>` : html`<details><summary>Case ${name}</summary>
    <div class="inside">${body}</div></details>`
}

function atDose(page: PageData, board: Board, records: readonly DoneRecord[], read: PreviewReader, open: boolean): SafeHtml {
  const { dose, case: name } = records[0]!
  const truth = records.find(record => record.artefacts.truth)?.artefacts.truth
  const sinogram = records.find(record => record.artefacts.sinogram)?.artefacts.sinogram
  const order = new Map(page.report.methods.map((method, index) => [method.id, index]))
  const works = records
    .filter(record => record.artefacts.image || record.artefacts.error)
    .sort((a, b) => order.get(a.method.id)! - order.get(b.method.id)!)
  const where = `case ${name}, ${board.title}, ${doseName(dose)}`
  return html`<details${open ? html` open` : ''}>
    <summary>${capital(doseName(dose))} <span class="soft">${works.length} methods</span></summary><div class="inside">
    <div class="gallery">
${(truth || sinogram) && html`<div class="work"><h4>${truth ? 'Truth and sinogram' : 'Sinogram'}</h4>
  <p class="soft">the sinogram's views run down, its bins across</p>
    <div class="pair">${truth && shot(read, truth, `Truth of ${where}`, 'truth')}${sinogram && shot(read, sinogram, `Sinogram of ${where}`, 'sinogram')}</div></div>`}
${works.map(record => {
  const label = methodLabel(page, record.method.id)
  return html`<div class="work"><h4>${methodKey(page, record.method.id)}</h4><p class="soft">${caseScores(record)}</p>
    <div class="pair">${record.artefacts.image && shot(read, record.artefacts.image, `${label}: image of ${where}`, 'image')}${record.artefacts.error && shot(read, record.artefacts.error, `${label}: error map of ${where}`, `error, ±${fixed(record.errorWindowHu, 0)} HU`)}</div></div>`
})}</div></div></details>`
}

function shot(read: PreviewReader, artefact: Artefact, alt: string, caption: string): SafeHtml {
  const preview = read(artefact)
  if (preview.kind === 'lost') return html`<p class="shot lost">${alt} cannot be shown: ${preview.why}.</p>`
  return html`<figure class="shot"><img src="${preview.dataUri}" alt="${alt}" loading="lazy" decoding="async" />${caption && html`<figcaption>${caption}</figcaption>`}</figure>`
}

/** This case's own scores under the ranking protocol. */
function caseScores({ scores }: DoneRecord): string {
  const own = scores[rankingProtocol]
  if (!own) return 'not scored'
  const number = (metric: string): number | null => {
    const score = own[metric]
    return score === undefined ? null : score === 'Infinity' ? Infinity : score
  }
  return `PSNR ${fixed(number('psnr_db'), 2)} dB · SSIM ${fixed(number('ssim'), 3)} · RMSE ${fixed(number('rmse_hu'), 1)} HU (${rankingProtocol})`
}

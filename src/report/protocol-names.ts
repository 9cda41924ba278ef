// What protocols and metrics are called in reports. Records of another version may
// name ones that this version does not know: those go by their id.

import { metrics } from '../metrics/metric-list.ts'
import { protocolIds, protocols, type ProtocolId } from '../metrics/protocols.ts'
import { compareText } from './group.ts'

/** The protocol that ranks. */
export const rankingProtocol: ProtocolId = 'hu-window@1'

export interface ProtocolText {
  readonly id: string
  readonly title: string
  readonly values: string
  readonly regions: string
  readonly range: string
}

export function protocolText(id: string): ProtocolText {
  if (!isKnown(id)) return { id, title: id, values: 'Not known to this version of sinobench', regions: '', range: '' }
  const { title, description, regions, range } = protocols[id]
  return { id, title, values: description, regions, range }
}

/** The ranking protocol first, then as this version lists them, then unknown ones by id. */
export function compareProtocols(a: string, b: string): number {
  return position(a) - position(b) || compareText(a, b)
}

/** Higher is better, unless this version knows the metric and says otherwise. */
export function higherIsBetter(metric: string): boolean {
  return metrics.find(({ id }) => id === metric)?.better !== 'lower'
}

function position(id: string): number {
  if (id === rankingProtocol) return -1
  return isKnown(id) ? protocolIds.indexOf(id) : protocolIds.length
}

function isKnown(id: string): id is ProtocolId {
  return Object.hasOwn(protocols, id)
}

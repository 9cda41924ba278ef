// What a table of times must say about where it was made.

import { cpus, loadavg, totalmem } from 'node:os'

export interface Machine {
  readonly processor: string
  readonly cores: number
  readonly memoryGb: number
  readonly system: string
  readonly node: string
  /** Jobs that wanted a core during the last minute, this one's included: above `cores` the times are too long. */
  readonly load: number
  /** ISO 8601. */
  readonly date: string
}

export function describeMachine(): Machine {
  const processors = cpus()
  return {
    processor: processors[0]?.model.trim() ?? 'unknown processor',
    cores: processors.length,
    memoryGb: Math.round(totalmem() / 2 ** 30),
    system: `${process.platform} ${process.arch}`,
    node: process.version,
    load: Number(loadavg()[0]!.toFixed(1)),
    date: new Date().toISOString(),
  }
}

/** One line for the head of a table. */
export function machineLine({ processor, cores, memoryGb, system, node, load, date }: Machine): string {
  return `${date.slice(0, 10)}, ${cores} × ${processor}, ${memoryGb} GB, ${system}, Node ${node}, load ${load}`
}

import Table from 'cli-table3'
import type { ChaosReport } from './run.ts'

/** The report as a person reads it. */
export function reportText(report: ChaosReport, seconds: number): string {
  const faults = new Table({ head: ['fault', 'times'], style: { head: [], border: [] } })
  for (const [name, times] of Object.entries(report.faults).sort()) faults.push([name, times])
  faults.push(['kill -9 of a function', report.kills.functions], ['kill -9 of the whole stack', report.kills.stacks])
  const results = new Table({ head: ['', 'count'], style: { head: [], border: [] } })
  results.push(
    ['jobs accepted', report.accepted],
    ['effects committed', report.effects],
    ['effects committed twice', report.twice.length],
    ['receipts mailed', report.mails],
    ['second mails (a death or a lost answer between mail and commit)', report.secondMails],
    ['dead letters redriven', report.redriven],
    ['lost', report.lost.length],
  )
  return `${faults.toString()}\n\n${results.toString()}\n\n${seconds.toFixed(0)} s`
}

import Table from 'cli-table3'
import type { Report } from './simulate.ts'

export interface Total {
  readonly worlds: number
  readonly first: number
  readonly figures: Readonly<
    Record<'jobs' | 'accepted' | 'succeeded' | 'dead' | 'cancelled' | 'mails' | 'mailedAgain', number>
  >
  readonly virtualMs: number
  readonly faults: ReadonlyMap<string, number>
  readonly events: ReadonlyMap<string, number>
  /** Promises that were not kept, one entry per job. */
  readonly broken: readonly string[]
}

/** Adds up the reports of several worlds. */
export function sumUp(reports: readonly Report[]): Total {
  const sum = (of: (report: Report) => number) => reports.reduce((total, report) => total + of(report), 0)
  const merge = (of: (report: Report) => ReadonlyMap<string, number>) => {
    const merged = new Map<string, number>()
    for (const report of reports) for (const [key, n] of of(report)) merged.set(key, (merged.get(key) ?? 0) + n)
    return merged
  }
  return {
    worlds: reports.length,
    first: Math.min(...reports.map(({ seed }) => seed)),
    figures: {
      jobs: sum(({ jobs }) => jobs),
      accepted: sum(({ accepted }) => accepted),
      succeeded: sum(({ succeeded }) => succeeded),
      dead: sum(({ dead }) => dead),
      cancelled: sum(({ cancelled }) => cancelled),
      mails: sum(({ mails }) => mails),
      mailedAgain: sum(({ mailedAgain }) => mailedAgain),
    },
    virtualMs: sum(({ virtualMs }) => virtualMs),
    faults: merge(({ faults }) => faults),
    events: merge(({ events }) => events),
    broken: reports.flatMap(({ broken }) =>
      Object.entries(broken).flatMap(([promise, ids]) => ids.map((id) => `${promise}: ${id}`)),
    ),
  }
}

/** The report as a person reads it. */
export function reportText(total: Total, wallSeconds: number, cpuSeconds: number): string {
  const { figures, events } = total
  const lost = total.broken.filter(
    (line) => line.startsWith('a job ends visibly') || line.startsWith('an accepted job'),
  ).length
  const rows: [string, number | string][] = [
    ['jobs committed', figures.jobs],
    ['jobs accepted (their caller knows)', figures.accepted],
    ['succeeded', figures.succeeded],
    ['dead, with their dead letter', figures.dead],
    ['cancelled', figures.cancelled],
    ['lost', lost],
    ['promises broken', total.broken.length],
    [
      'duplicates prevented (message of a job that is done, or being done)',
      (events.get('duplicate') ?? 0) + (events.get('busy') ?? 0),
    ],
    ['zombies fenced', events.get('fenced') ?? 0],
    ['found unrelayed by the reconciler, sent again', events.get('unrelayed') ?? 0],
    ['callbacks of batches', events.get('callback') ?? 0],
    ['mails', figures.mails],
    ['jobs whose mail went out again (death between mail and commit)', figures.mailedAgain],
    [
      'virtual time',
      `${(total.virtualMs / 86_400_000).toFixed(0)} days in ${total.worlds} worlds, seeds ${total.first} to ${total.first + total.worlds - 1}`,
    ],
    ['wall time', `${wallSeconds.toFixed(1)} s (${cpuSeconds.toFixed(1)} s of CPU)`],
    ['jobs a minute', Math.round((figures.jobs / wallSeconds) * 60)],
  ]
  return `${table(['what went wrong', 'times'], [...total.faults].sort())}\n\n${table(['', ''], rows)}`
}

function table(head: string[], rows: readonly [string, number | string][]): string {
  const made = new Table({ head, style: { head: [], border: [] }, colAligns: ['left', 'right'] })
  made.push(...rows.map(([name, value]) => [name, typeof value === 'number' ? value.toLocaleString('en') : value]))
  return made.toString()
}

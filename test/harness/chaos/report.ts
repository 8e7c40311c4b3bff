/** The report: on the terminal, as Markdown, and as JSON. */
import Table from 'cli-table3'
import type { FuzzReport } from '../fuzz/run.ts'
import type { Phases } from './phases.ts'
import type { ChaosReport } from './run.ts'
import { type Breach, breachNames } from './verdict.ts'

type Row = readonly [name: string, value: string]

export interface FullReport {
  readonly seed: number
  readonly seconds: number
  readonly cores: number
  readonly phases: Phases
  readonly chaos: ChaosReport
  readonly fuzz?: FuzzReport
}

/** Breaches of the promise in one line each; empty when the run passed. */
export function breachesOf({ chaos, fuzz }: FullReport): string[] {
  const broken = Object.entries(chaos.breaches) as [Breach, readonly string[]][]
  return [
    ...broken.flatMap(([breach, all]) => all.map((what) => `${breachNames[breach]}: ${what}`)),
    ...(fuzz?.failures ?? []),
  ]
}

const count = (value: number) => value.toLocaleString('en')

function faultRows({ faults }: ChaosReport): Row[] {
  return Object.entries(faults)
    .sort(([a], [b]) => a.localeCompare(b))
    .map(([name, times]) => [name, count(times)])
}

function resultRows({ chaos, fuzz }: FullReport): Row[] {
  const { jobs, orders, effects, mails, events, redriven, breaches } = chaos
  return [
    ['jobs accepted', count(jobs)],
    ['effects inside DynamoDB committed', count(effects)],
    ['attempts started', `at least ${count(events.started ?? 0)}`],
    ['duplicates met and ignored', `at least ${count(events.duplicate ?? 0)}`],
    ['attempts that found the job taken', `at least ${count(events.busy ?? 0)}`],
    ['attempts fenced off at their commit', count(events.fenced ?? 0)],
    ['dead, then redriven', count(redriven)],
    [`receipts mailed for ${count(orders)} orders`, count(mails.sent)],
    [
      'mailed again after a death or a failed commit',
      `${count(mails.second)}, in ${count(mails.window)} such attempts`,
    ],
    ["mailed again after SES's answer was lost", count(mails.afterLostAnswers)],
    ...(fuzz ? [['fuzz requests', count(fuzz.requests)] as const] : []),
    ...Object.entries(breaches).map(([breach, all]) => [breachNames[breach as Breach], count(all.length)] as const),
    ...(fuzz
      ? [
          [
            'fuzz: 5xx, hangs, undocumented answers, items left by refused requests',
            count(fuzz.failures.length),
          ] as const,
        ]
      : []),
  ]
}

const timeRows = ({ phases }: FullReport): Row[] =>
  Object.entries(phases).map(([name, seconds]) => [name, `${seconds.toFixed(0)} s`])

export function asText(report: FullReport): string {
  const table = (head: string, rows: readonly Row[], what = 'count') => {
    const made = new Table({ head: [head, what], style: { head: [], border: [] } })
    made.push(...rows.map((row) => [...row]))
    return made.toString()
  }
  return `${table('done to it', faultRows(report.chaos))}\n\n${table('what came of it', resultRows(report))}\n\n${table('phase', timeRows(report), 'took')}\n\n${footOf(report)}`
}

export function asMarkdown(report: FullReport): string {
  const table = (head: string, rows: readonly Row[], what = 'count') =>
    [`| ${head} | ${what} |`, '|---|---|', ...rows.map(([name, value]) => `| ${name} | ${value} |`)].join('\n')
  return `# Chaos\n\n${footOf(report)}\n\n${table('what came of it', resultRows(report))}\n\n${table('done to it', faultRows(report.chaos))}\n\n${table('phase', timeRows(report), 'took')}\n`
}

function footOf({ seed, seconds, cores, chaos }: FullReport): string {
  return `${count(chaos.jobs)} jobs, seed ${seed}, ${cores} cores, ${seconds.toFixed(0)} s`
}

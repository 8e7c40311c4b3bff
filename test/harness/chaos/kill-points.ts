/** The points in the life of a job where a process is killed, just before and just after the call is done. */
import type { Rule } from './faults.ts'

interface Point {
  readonly name: string
  readonly service: string
  readonly operation: string
  /** What tells this call from others of its operation. */
  readonly match?: string
  /** Of a hundred jobs, so many come to this point at least once. */
  readonly per100: number
}

const points: readonly Point[] = [
  // An order's or a probe's outbox items: a job that a request caused has no hops.
  { name: 'accept', service: 'dynamodb', operation: 'TransactWriteItems', match: '"hops":{"N":"0"}', per100: 10 },
  { name: 'forward', service: 'sqs', operation: 'SendMessageBatch', per100: 10 },
  { name: 'claim', service: 'dynamodb', operation: 'UpdateItem', match: 'ADD attempts :one', per100: 100 },
  { name: 'mail', service: 'ses', operation: 'SendEmail', per100: 5 },
  { name: 'complete', service: 'dynamodb', operation: 'UpdateItem', match: '#state = :succeeded', per100: 10 },
  {
    name: 'complete, with records',
    service: 'dynamodb',
    operation: 'TransactWriteItems',
    match: '#state = :succeeded',
    per100: 80,
  },
  { name: 'note a failure', service: 'dynamodb', operation: 'UpdateItem', match: '#state = :retrying', per100: 8 },
  { name: 'send a job back', service: 'sqs', operation: 'ChangeMessageVisibility', per100: 8 },
  { name: 'send a dead letter', service: 'sqs', operation: 'SendMessage', per100: 0.4 },
  { name: 'note a death', service: 'dynamodb', operation: 'UpdateItem', match: 'ADD deaths :one', per100: 0.4 },
]

/** Points that every run comes to: all but those of a job that dies, which takes longer than a short run. */
export const certainPoints = points
  .filter(({ per100 }) => per100 >= 5)
  .flatMap(({ name }) => [named(name, 'before'), named(name, 'after')])

/**
 * Rules that kill at every point.
 *
 * @param times how often at each point, before and after each, in each life of the stack; a point that few jobs come to may be met less often
 * @param spread over the run, or as soon as a job comes there
 */
export function killRules(jobs: number, times: number, spread: boolean): Rule[] {
  return points.flatMap(({ name, per100, ...call }) => {
    const passes = (jobs * per100) / 100
    const probability = spread ? Math.min(1, (2 * times) / passes) : 1
    const rule = { ...call, kill: true as const, times, probability }
    return [
      { ...rule, when: 'before' as const, name: named(name, 'before') },
      { ...rule, when: 'after' as const, name: named(name, 'after') },
    ]
  })
}

function named(point: string, when: 'before' | 'after'): string {
  return `kill -9 ${when}: ${point}`
}

/** Kills the whole stack, whose pollers delete what was done, at the next deletion. */
export function killAtDelete(when: 'before' | 'after'): Rule {
  const rule = { service: 'sqs', operation: 'DeleteMessageBatch', when, kill: true as const, times: 1 }
  return { ...rule, name: `kill -9 of the whole stack ${when}: delete` }
}

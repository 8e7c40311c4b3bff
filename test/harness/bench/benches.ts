/** The benches: what each measures, and what it set out to reach. */
import { mkdtemp, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { runStack } from '../../../local/run-stack.ts'
import { dataRoot } from '../../../local/test/support/data-root.ts'
import { coldStarts } from './cold-start.ts'
import { bill, type Line, oneOrder, peers, sumOf, writeUnitsOf } from './cost/model.ts'
import { endToEnd as runEndToEnd } from './end-to-end.ts'
import type { ApiResult } from './measure/api.ts'
import type { BatchRound } from './measure/batches.ts'
import type { ConsumerResult } from './measure/consumer.ts'
import type { Growth, Point } from './measure/growth.ts'
import type { Metered } from './measure/meter.ts'
import type { RateLimitResult } from './measure/rate-limit.ts'
import type { RelayResult } from './measure/relay.ts'
import { peaks } from './memory.ts'
import type { Goal, Result, Row } from './result.ts'
import { runChild } from './run-child.ts'
import { ratioOf, spreadOf } from './statistics.ts'
import type { World } from './world.ts'

export interface Settings {
  readonly world: World
  /** A few rounds, to see that all of it runs. */
  readonly quick: boolean
  readonly say: (line: string) => void
}
export type Bench = (settings: Settings) => Promise<Result>

const over = <T>(rounds: readonly T[], of: (round: T) => number) => rounds.map(of)

export const api: Bench = async ({ world, quick, say }) => {
  const r = await runChild<ApiResult>(world, 'api', { fn: 'api', by: 'direct', quick }, say)
  const rows = (name: string, rounds: ApiResult['job']): Row[] => [
    { what: `${name}: p50`, unit: 'ms', value: spreadOf(over(rounds, ({ p50 }) => p50)) },
    { what: `${name}: p99`, unit: 'ms', value: spreadOf(over(rounds, ({ p99 }) => p99)) },
    { what: `${name}: one after the other`, unit: '/s', value: spreadOf(over(rounds, ({ perSecond }) => perSecond)) },
    { what: `${name}: CPU`, unit: 'ms', value: spreadOf(over(rounds, ({ cpu }) => cpu)) },
  ]
  const p50 = (rounds: ApiResult['job']) => over(rounds, (round) => round.p50)
  return {
    rows: [
      ...rows('POST /jobs', r.job),
      ...rows('floor: the same TransactWriteItems', r.jobFloor),
      ...rows('POST /orders, two jobs', r.order),
    ],
    goals: [{ what: 'p50 relative to the floor', is: ratioOf(p50(r.job), p50(r.jobFloor)), op: '≤', limit: 1.15 }],
  }
}

const relayNames = {
  relay: 'relay',
  floor: 'floor: bare SendMessageBatch of 10',
  single: 'one SendMessage a record',
  powertools: 'Powertools BatchProcessor, SendMessage',
} as const

export const relay: Bench = async ({ world, quick, say }) => {
  const r = await runChild<RelayResult>(world, 'relay', { fn: 'relay', by: 'direct', quick }, say)
  const rate = (name: keyof RelayResult) => over(r[name], ({ perSecond }) => perSecond)
  const names = Object.keys(relayNames) as (keyof typeof relayNames)[]
  return {
    rows: names.flatMap((name): Row[] => [
      { what: relayNames[name], unit: 'records/s', value: spreadOf(rate(name)) },
      {
        what: `${relayNames[name]}: calls`,
        unit: '/record',
        value: spreadOf(over(r[name], ({ callsPerRecord }) => callsPerRecord)),
      },
      { what: `${relayNames[name]}: CPU`, unit: 'ms/1,000', value: spreadOf(over(r[name], ({ cpu }) => cpu)) },
    ]),
    goals: [
      {
        what: 'calls a record',
        is: spreadOf(over(r.relay, ({ callsPerRecord }) => callsPerRecord)),
        op: '≤',
        limit: 0.1,
      },
      { what: 'rate relative to the floor', is: ratioOf(rate('relay'), rate('floor')), op: '≥', limit: 0.9 },
      { what: 'rate relative to Powertools', is: ratioOf(rate('relay'), rate('powertools')), op: '≥', limit: 1 },
    ],
  }
}

export const consumer: Bench = async ({ world, quick, say }) => {
  const r = await runChild<ConsumerResult>(world, 'consumer', { fn: 'consume-default', by: 'direct', quick }, say)
  const rate = (name: keyof ConsumerResult) => over(r[name], ({ perSecond }) => perSecond)
  const rows = (name: keyof ConsumerResult, what: string): Row[] => [
    { what, unit: 'jobs/s', value: spreadOf(rate(name)) },
    { what: `${what}: calls`, unit: '/job', value: spreadOf(over(r[name], ({ callsPerJob }) => callsPerJob)) },
    { what: `${what}: CPU`, unit: 'ms/job', value: spreadOf(over(r[name], ({ cpu }) => cpu)) },
  ]
  return {
    rows: [
      ...rows('consumer', 'consumer'),
      ...rows('powertools', 'Powertools BatchProcessor + Idempotency'),
      ...rows('floor', 'floor: the calls of the consumer, bare'),
    ],
    goals: [
      { what: 'rate relative to the floor', is: ratioOf(rate('consumer'), rate('floor')), op: '≥', limit: 0.9 },
      {
        what: 'rate relative to Powertools',
        is: ratioOf(rate('consumer'), rate('powertools')),
        op: '≥',
        limit: 1,
        because:
          'claim and completion are conditional updates of an item that can be in an index. DynamoDB Local needs longer for them than for a put and a plain update, as the floor shows. On AWS each is one write',
      },
    ],
    notes: [
      'The consumer also counts attempts when they start, fences a process that wakes after its lease, keeps the failures of each attempt, waits with a backoff per job, commits records and further jobs with the completion, and remembers a finished job for 60 days instead of an hour.',
    ],
  }
}

export const batches: Bench = async ({ world, quick, say }) => {
  const options = { fn: 'consume-default', by: 'metered', quick } as const
  const rounds = await runChild<readonly BatchRound[]>(world, 'batches', options, say)
  const [largest] = rounds.toReversed()
  const rows = rounds.flatMap(({ members, writeUnits, time, callbacks }): Row[] => [
    { what: `${members} members: write units that the batch adds`, unit: '/member', value: spreadOf([writeUnits]) },
    { what: `${members} members: time of the consumer`, unit: 'of the same jobs without', value: spreadOf([time]) },
    { what: `${members} members: callbacks`, unit: '', value: spreadOf([callbacks]) },
  ])
  return {
    rows,
    goals: [
      {
        what: `write units that a batch of ${largest?.members} adds to a member`,
        is: spreadOf([largest?.writeUnits ?? Number.NaN]),
        op: '≤',
        limit: 1.1,
      },
    ],
    notes: [
      'A batch itself takes some 12 write units, and each request that adds to it some 9; its callback is a job like any other.',
    ],
  }
}

export const rateLimit: Bench = async ({ world, quick, say }) => {
  const options = { fn: 'consume-default', by: 'metered', quick } as const
  const { passes, backlog } = await runChild<RateLimitResult>(world, 'rate-limit', options, say)
  const { limit, counter } = backlog
  const rows = (what: string, rounds: typeof limit): Row[] => [
    { what: `${what}: write units`, unit: '/job', value: spreadOf(over(rounds, ({ writeUnits }) => writeUnits)) },
    { what: `${what}: receives`, unit: '/job', value: spreadOf(over(rounds, ({ receives }) => receives)) },
    { what: `${what}: time`, unit: 'of the ideal', value: spreadOf(over(rounds, ({ time }) => time)) },
  ]
  const [alone, waits, receives] = [
    spreadOf(passes.alone),
    spreadOf(over(limit, ({ writeUnits }) => writeUnits)),
    spreadOf(over(limit, ({ receives }) => receives)),
  ]
  return {
    rows: [
      { what: 'a job that passes at once, alone: write units', unit: '/job', value: alone },
      { what: 'a job that passes at once, of ten: write units', unit: '/job', value: spreadOf(passes.ofTen) },
      ...rows('backlog at 20 starts a second', limit),
      ...rows('floor: a counter of tokens that polls', counter),
    ],
    goals: [
      { what: 'write units of a job that passes at once', is: alone, op: '≤', limit: 1 },
      { what: 'write units of a job that waits', is: waits, op: '≤', limit: 2 },
      { what: 'receives of a job that waits', is: receives, op: '≤', limit: 2.2 },
      {
        what: 'receives of a job that waits, relative to the floor',
        is: ratioOf(
          over(limit, (round) => round.receives),
          over(counter, (round) => round.receives),
        ),
        op: '≤',
        limit: 1,
      },
      {
        what: 'write units of a job that waits, relative to the floor',
        is: ratioOf(
          over(limit, (round) => round.writeUnits),
          over(counter, (round) => round.writeUnits),
        ),
        op: '≤',
        limit: 1,
      },
    ],
  }
}

export const coldStart: Bench = async ({ world, quick, say }) => {
  const starts = Object.entries(await coldStarts(world, quick ? 2 : 7, say))
  return {
    rows: starts.flatMap(([name, { own, floor }]): Row[] => [
      { what: `${name}: init`, unit: 'ms', value: spreadOf(own.ms) },
      { what: `${name}: init of the floor`, unit: 'ms', value: spreadOf(floor.ms) },
      { what: `${name}: bundle`, unit: 'KB', value: own.bytes / 1024 },
      { what: `${name}: bundle of the floor`, unit: 'KB', value: floor.bytes / 1024 },
    ]),
    goals: starts.flatMap(([name, { own, floor }]): Goal[] => [
      { what: `${name}: init relative to the floor`, is: ratioOf(own.ms, floor.ms), op: '≤', limit: 1.3 },
      { what: `${name}: size relative to the floor`, is: own.bytes / floor.bytes, op: '≤', limit: 1.5 },
    ]),
  }
}

export const memory: Bench = async ({ world, quick, say }) => {
  const found = await peaks(world, quick, say)
  return {
    rows: found.map(({ fn, batch, peak, configured }) => ({
      what: `${fn}: ${batch}, of ${configured} MB`,
      unit: 'MB',
      value: peak,
    })),
    goals: found.map(({ fn, peak, configured }) => ({
      what: `${fn}: peak of what it is given`,
      is: peak / configured,
      op: '≤',
      limit: 0.6,
    })),
  }
}

const growths: Record<keyof Growth, string> = {
  accept: 'POST /jobs, jobs there',
  consume: 'consumer, jobs there',
  reconcile: 'reconciler, items read',
  request: 'POST /job-batches, jobs in a request',
  groups: 'ordered relay, groups in a batch',
}

export const growth: Bench = async ({ world, quick, say }) => {
  const r = await runChild<Growth>(world, 'growth', { fn: 'api', by: 'metered', quick }, say)
  world.filled = r.reconcile.at(-1)?.at ?? 0
  const names = Object.keys(growths) as (keyof Growth)[]
  return {
    rows: names.flatMap((name) =>
      r[name].flatMap((point): Row[] => {
        const what = `${growths[name]}: ${point.at.toLocaleString('en')}`
        const units = point.writeUnits > 0 ? ['write units', point.writeUnits] : ['read units', point.readUnits]
        return [
          { what, unit: 'ms/job', value: point.ms },
          ...(name === 'reconcile' ? [{ what, unit: 'ms CPU/job', value: point.cpu }] : []),
          name === 'groups'
            ? { what, unit: 'SQS requests/job', value: point.sqsRequests }
            : { what, unit: `${units[0]}/job`, value: Number(units[1]) },
        ]
      }),
    ),
    goals: [
      ...(['accept', 'consume', 'reconcile'] as const).map((name) => ({
        what: `${growths[name]}: time per job, all relative to a tenth`,
        is: lastBesideTenth(r[name], ({ ms }) => ms),
        op: '≤' as const,
        limit: 1.5,
        because:
          'the engine becomes slower: DynamoDB Local needs longer to find an item in a large table. The CPU of the function stays the same',
      })),
      {
        what: `${growths.reconcile}: CPU of the function per job, all relative to a tenth`,
        is: lastBesideTenth(r.reconcile, ({ cpu }) => cpu),
        op: '≤',
        limit: 1.5,
      },
      {
        what: 'write units per job, most relative to least',
        is: unitRatio([...r.accept, ...r.consume]),
        op: '≤',
        limit: 2.1,
      },
    ],
  }
}

/** The last beside the one before, of a tenth: the first ones are also the warm-up. */
function lastBesideTenth(points: readonly Point[], of: (point: Point) => number): number {
  const [tenth, last] = points.slice(-2).map(of)
  return (last ?? Number.NaN) / (tenth ?? Number.NaN)
}

function unitRatio(points: readonly Point[]): number {
  const units = points.map(({ writeUnits }) => writeUnits)
  return Math.max(...units) / Math.min(...units)
}

export const endToEnd: Bench = async ({ quick, say }) => {
  const dataDir = await mkdtemp(join(dataRoot(), 'outbox-bench-'))
  const stack = await runStack({ dataDir })
  try {
    const r = await runEndToEnd(stack, quick, say)
    const p50 = (rounds: typeof r.idle) => over(rounds, (round) => round.p50)
    const p99 = (rounds: typeof r.idle) => over(rounds, (round) => round.p99)
    return {
      rows: [
        { what: '201 → mail, idle: p50', unit: 'ms', value: spreadOf(p50(r.idle)) },
        { what: '201 → mail, idle: p99', unit: 'ms', value: spreadOf(p99(r.idle)) },
        { what: 'floor: put → stream → queue → receive: p50', unit: 'ms', value: spreadOf(p50(r.floor)) },
        { what: 'floor: p99', unit: 'ms', value: spreadOf(p99(r.floor)) },
        { what: 'saturation: orders, two jobs each', unit: '/s', value: r.saturation },
        { what: '201 → mail, at 80 % of saturation: p50', unit: 'ms', value: r.loaded.p50 },
        { what: '201 → mail, at 80 % of saturation: p99', unit: 'ms', value: r.loaded.p99 },
        { what: 'idle CPU of the whole stack', unit: '% of a core', value: r.idleCpu * 100 },
      ],
      goals: [
        { what: 'idle p50 relative to the floor', is: ratioOf(p50(r.idle), p50(r.floor)), op: '≤', limit: 1.3 },
        {
          what: 'idle CPU',
          unit: '% of a core',
          is: r.idleCpu * 100,
          op: '≤',
          limit: 5,
          because:
            'two relays each read the stream four times a second, as Lambda does, through the local endpoint. Each time are two calls, and DynamoDB Local uses a third of the CPU',
        },
      ],
    }
  } finally {
    await stack.stop()
    await rm(dataDir, { recursive: true, force: true })
  }
}

/** What does not depend on the machine that meters, USD. */
const requestsOf = (lines: readonly Line[]) => sumOf(lines.filter(({ unit }) => unit !== 'GB-s'))

/** One order with one job by several means. The figures it was computed from go with it, for `npm run bench -- bill`. */
export const cost = async ({ world, quick, say }: Settings): Promise<Result & { readonly metered: Metered }> => {
  const metered = await runChild<Metered>(world, 'meter', { fn: 'api', by: 'metered', quick }, say)
  const own = bill(metered, oneOrder(metered))
  const all = peers(metered)
  return {
    metered,
    rows: [
      ...own.map(({ service, what, usd }) => ({ what: `${service}: ${what}`, unit: 'USD/million', value: usd })),
      ...all.map(({ name, lines }) => ({ what: `= ${name}`, unit: 'USD/million', value: sumOf(lines) })),
      ...all.map(({ name, lines }) => ({ what: `${name}: write units`, unit: '/order', value: writeUnitsOf(lines) })),
    ],
    goals: [
      {
        what: 'USD a million orders with one job, full batches',
        is: sumOf(own),
        op: '≤',
        limit: 6.5,
        because: `${requestsOf(own).toFixed(2)} of it are requests, units and logs, which are the same on every machine. The rest is compute: the CPU of this machine at the price of Lambda`,
      },
      { what: 'write units of an order with one job', is: writeUnitsOf(own), op: '≤', limit: 7 },
    ],
    notes: all.slice(1).map(({ name, but }) => `${name}: ${but}.`),
  }
}

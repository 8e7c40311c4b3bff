import { execFileSync } from 'node:child_process'
import { describe, expect, it } from 'vitest'
import { bill, fullness, type Load, oneOrder, peers, sumOf, writeUnitsOf } from '../harness/bench/cost/model.ts'
import { alarmMetrics, idle, monthly } from '../harness/bench/cost/monthly.ts'
import type { Metered, Step } from '../harness/bench/measure/meter.ts'

const step = (more: Partial<Step> = {}): Step => ({
  writeUnits: 0,
  readUnits: 0,
  sqsRequests: 0,
  logBytes: 0,
  cpuMs: 0,
  ...more,
})
const metered: Metered = {
  order: step({ writeUnits: 7 }),
  accept: step({ writeUnits: 2 }),
  relay: step({ sqsRequests: 0.1 }),
  consume: step({ writeUnits: 2, sqsRequests: 0.3 }),
  retry: step({ writeUnits: 4, sqsRequests: 1.1 }),
  quietDay: step({ readUnits: 48, cpuMs: 300 }),
  read: step({ readUnits: 0.06 }),
  look: step({ readUnits: 0.56 }),
  marked: step({ writeUnits: 5 }),
  powertools: step({ writeUnits: 2, sqsRequests: 0.2 }),
  outboxItem: 500,
  effect: 300,
}
const load: Load = {
  jobsPerSecond: 50,
  size: 0.5,
  retries: 0,
  lanes: { default: 1 },
  jobsPerRequest: 1,
  recordUnits: 0,
  fullBatches: true,
}
const units = (more: Partial<Load>) => writeUnitsOf(bill(metered, { ...load, ...more }))
const usd = (more: Partial<Load>) => sumOf(bill(metered, { ...load, ...more }))

describe('the cost model', () => {
  it('adds up what was metered: 4 write units a job, 7 an order with one job', () => {
    expect(units({})).toBe(4)
    expect(writeUnitsOf(bill(metered, oneOrder(metered)))).toBe(7)
  })

  it('prices the reconciler by how often an item is read and asked for', () => {
    const cpu = { read: step({ readUnits: 0.06, cpuMs: 0.02 }), look: step({ readUnits: 0.56, cpuMs: 0.05 }) }
    const [units, compute] = bill({ ...metered, ...cpu }, load).filter(({ what }) => what === 'reconciler')
    expect(units?.quantity).toBeCloseTo(30 * 0.06 + 3 * 0.5)
    const ms = 30 * (0.02 * (1769 / 512) + (30 * 0.5) / 1024) + 3 * (0.03 * (1769 / 512) + 0.1)
    expect(compute?.quantity).toBeCloseTo((0.5 * ms) / 1000)
  })

  it('grows with size, retries and emptier batches, and shrinks with more jobs in a request', () => {
    expect(units({ size: 3 })).toBe(2 * 3 + 2)
    expect(units({ retries: 0.5 })).toBe(4 + 0.5 * 4)
    expect(usd({ fullBatches: false, jobsPerSecond: 1 })).toBeGreaterThan(usd({}))
    expect(usd({ jobsPerRequest: 100 })).toBeLessThan(usd({}) - 1)
    expect(usd({ lanes: { ordered: 1 } })).toBeGreaterThan(usd({}))
  })

  it('has the traces of a stage that traces: one a second of each function, and 5 % of the others', () => {
    const traced = (jobsPerSecond: number) =>
      bill(metered, { ...load, fullBatches: false, jobsPerSecond, tracing: true }).find(
        ({ service }) => service === 'X-Ray',
      )
    expect(traced(1)?.quantity).toBeCloseTo(3)
    expect(traced(1)?.usd).toBeCloseTo(15)
    const relay = 50 / 16
    expect(traced(50)?.quantity).toBeCloseTo((1 + 0.05 * 49 + 2 * (1 + 0.05 * (50 / relay - 1))) / 50)
    expect(bill(metered, load).map(({ service }) => service)).not.toContain('X-Ray')
  })

  it('has one write unit a job for the index of all jobs, whatever its size, where the stage has it', () => {
    expect(units({ jobIndex: true, size: 3 })).toBe(units({ size: 3 }) + 1)
    expect(usd({ jobIndex: true }) - usd({})).toBeCloseTo(0.625)
  })

  it('names every line of an idle stage, at most 8 USD a month with its dashboard', () => {
    const lines = idle(metered)
    expect(sumOf(lines)).toBeLessThanOrEqual(8)
    expect(new Set(lines.map(({ service }) => service))).toEqual(
      new Set(['CloudWatch', 'KMS', 'SQS', 'Scheduler', 'Lambda', 'DynamoDB']),
    )
    expect(lines.find(({ what }) => what === 'alarms')?.usd).toBeCloseTo(alarmMetrics * 0.1)
    expect(monthly(metered, load).idleUsdPerMonth).toBeCloseTo(sumOf(lines))
  })

  it('prints the idle stage line by line with `npm run bench -- bill`', () => {
    const text = execFileSync(process.execPath, ['test/harness/bench/main.ts', 'bill'], { encoding: 'utf8' })
    const printed = JSON.parse(text) as { idle: ReturnType<typeof idle>; idleUsdPerMonth: number }
    expect(printed.idle.map(({ what }) => what)).toEqual(idle(metered).map(({ what }) => what))
    expect(printed.idleUsdPerMonth).toBeCloseTo(sumOf(printed.idle))
    expect(printed.idleUsdPerMonth).toBeLessThanOrEqual(8)
  })

  it('fills batches as the rate does', () => {
    const at = (jobsPerSecond: number) => fullness({ ...load, fullBatches: false, jobsPerSecond })
    expect(at(1)).toEqual({ relay: 1, sqs: 1 })
    expect(at(80)).toEqual({ relay: 5, sqs: 5 })
    expect(at(10_000)).toEqual({ relay: 100, sqs: 10 })
  })

  it('compares the same order by other means', () => {
    const all = new Map(peers(metered).map(({ name, lines }) => [name, sumOf(lines)]))
    const own = all.get('Outbox Relay') ?? 0
    expect(all.size).toBe(6)
    expect(all.get('Step Functions, Standard')).toBeGreaterThan(own)
    expect(all.get('Lambda durable functions')).toBeGreaterThan(own)
  })
})

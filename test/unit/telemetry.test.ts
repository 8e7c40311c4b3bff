import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { laneOutcomes, tally, total } from '../../functions/aws/telemetry.ts'

let lines: Record<string, unknown>[]
beforeEach(() => {
  lines = []
  vi.stubEnv('POWERTOOLS_METRICS_NAMESPACE', 'Space')
  vi.stubEnv('POWERTOOLS_SERVICE_NAME', 'stack')
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
    lines.push(JSON.parse(String(text)))
    return true
  })
})
afterEach(() => {
  vi.restoreAllMocks()
  vi.unstubAllEnvs()
})

const receipts = { lane: 'default', type: 'send-receipt' }
const directive = (line: Record<string, unknown> = {}) =>
  (line._aws as { CloudWatchMetrics: Record<string, unknown>[] }).CloudWatchMetrics[0]

describe('metrics', () => {
  it('are one line per lane and type, with what was counted added up, by lane and by lane and type', () => {
    const counts = tally()
    for (let n = 0; n < 3; n++) counts.count(receipts, 'started')
    counts.time(receipts, 'endToEndLatency', 7)
    counts.count({ lane: 'bulk', type: 'build-report' }, 'dead')
    counts.flush()
    counts.flush()
    expect(lines).toHaveLength(2)
    expect(lines[0]).toMatchObject({ service: 'stack', ...receipts, started: 3, endToEndLatency: 7 })
    expect(directive(lines[0])).toEqual({
      Namespace: 'Space',
      Dimensions: [
        ['service', 'lane'],
        ['service', 'lane', 'type'],
      ],
      Metrics: [
        { Name: 'started', Unit: 'Count' },
        { Name: 'endToEndLatency', Unit: 'Milliseconds' },
      ],
    })
    expect(lines[1]).toMatchObject({ lane: 'bulk', type: 'build-report', dead: 1 })
  })

  it('keep their dimensions, and every value once, where a batch has more than CloudWatch takes in a line', () => {
    const counts = tally()
    for (let n = 0; n < 230; n++) {
      counts.count(receipts, 'forwarded')
      counts.time(receipts, 'forwardLatency', n)
    }
    counts.flush()
    expect(lines.map(({ lane, forwarded }) => [lane, forwarded])).toEqual([
      ['default', 230],
      ['default', undefined],
      ['default', undefined],
    ])
    expect(lines.flatMap(({ forwardLatency }) => forwardLatency)).toEqual(Array.from({ length: 230 }, (_, n) => n))
  })

  it('of a lane with a circuit breaker have a zero if jobs succeeded, and the tenants of those that failed', () => {
    const job = { id: 'i', type: 't', lane: 'bulk', createdAt: '2026-01-01T00:00:00Z' }
    const failed = (failing?: number) => ({ kind: 'dead', job, error: 'no', failing }) as const
    laneOutcomes('bulk', [{ kind: 'duplicate', job }, failed()])
    laneOutcomes('bulk', [failed(7), failed(8), failed(7)])
    laneOutcomes('bulk', [{ kind: 'succeeded', job }, { kind: 'succeeded', job }, failed(7)])
    expect(lines).toMatchObject([
      { service: 'stack', lane: 'bulk', outcomes: [7, 8, 7] },
      { service: 'stack', lane: 'bulk', outcomes: [0, 7] },
    ])
    for (const line of lines) expect(directive(line)).toMatchObject({ Dimensions: [['service', 'lane']] })
  })

  it('over all lanes have no dimension but the stack', () => {
    total('unrelayed', 0)
    expect(lines[0]).toMatchObject({ service: 'stack', unrelayed: 0 })
    expect(directive(lines[0])).toMatchObject({ Dimensions: [['service']] })
  })
})

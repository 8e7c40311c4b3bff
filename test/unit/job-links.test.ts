/** The links from a job into the AWS console. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { detailOf } from '../../functions/api/routes/jobs/view.ts'
import { jobLinks } from '../../functions/aws/job-links.ts'
import type { Envelope } from '../../shared/outbox/envelope.ts'
import { appWith } from '../support/app.ts'
import { simClock } from '../support/sim-clock.ts'

const traceId = '4bf92f3577b34da6a3ce929d0e0e4736'
const envelope: Envelope = {
  ...{ v: 1, id: '00000000-0000-7000-8000-000000000001', type: 'work', version: 1, payload: { label: 'x' } },
  ...{ lane: 'default', hops: 0, createdAt: '2026-01-01T00:00:00.000Z' },
}
const detail = (flags: string) => {
  const deps = { registry: appWith(), clock: simClock(), jobOwners: [], links: jobLinks([{ name: 'Shop-api' }]) }
  const traceparent = `00-${traceId}-00f067aa0ba902b7-${flags}`
  return detailOf(deps, { envelope: { ...envelope, traceparent }, effect: undefined })
}

beforeEach(() => {
  vi.stubEnv('AWS_ENDPOINT_URL', undefined)
  vi.stubEnv('AWS_REGION', 'eu-west-1')
})
afterEach(() => {
  vi.unstubAllEnvs()
})

describe('a job', () => {
  it('leads to its log lines, and has the id of its trace', () => {
    expect(detail('01')).toMatchObject({ traceId, links: { logs: expect.stringContaining('logs-insights') } })
  })

  it('does not lead to X-Ray on a stage that exports no traces there', () => {
    expect(detail('01').links?.trace).toBeUndefined()
  })

  it('leads to its trace on a stage that exports traces to X-Ray', () => {
    vi.stubEnv('TRACES_IN_XRAY', 'true')
    expect(detail('01').links?.trace).toMatch(/#xray:traces\/1-4bf92f35-77b34da6a3ce929d0e0e4736$/)
    expect(detail('03').links?.trace).toMatch(/#xray:/)
  })

  it('does not lead to a trace that its caller did not want exported', () => {
    vi.stubEnv('TRACES_IN_XRAY', 'true')
    expect(detail('00')).toMatchObject({ traceId })
    expect(detail('00').links?.trace).toBeUndefined()
  })
})

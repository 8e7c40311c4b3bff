/** The function of a consumer, invoked with a batch. */
import type { Context } from 'aws-lambda'
import { afterEach, expect, it, vi } from 'vitest'
import { lanes } from '../../app/lanes.ts'
import type { ConsumerDeps } from '../../shared/execution/consumer.ts'
import { env } from '../../shared/lib/names.ts'

const prefix = 'OutboxRelay-test'

afterEach(() => {
  vi.unstubAllEnvs()
  vi.restoreAllMocks()
  vi.doUnmock('../../shared/execution/batch.ts')
  vi.resetModules()
})

/** The metrics that the consumer of a lane writes of a job that succeeds. */
async function metricsOf(lane: string): Promise<Record<string, unknown>[]> {
  const variables = {
    [env.lane]: lane,
    [env.recordsTable]: 'records',
    [env.outboxTable]: 'outbox',
    [env.effectsTable]: 'effects',
    [env.queueUrl]: `https://sqs.eu-west-1.amazonaws.com/1/${prefix}-x`,
    POWERTOOLS_SERVICE_NAME: prefix,
    POWERTOOLS_METRICS_NAMESPACE: 'OutboxRelay',
    AWS_REGION: 'eu-west-1',
  }
  for (const [name, value] of Object.entries(variables)) vi.stubEnv(name, value)
  const lines: string[] = []
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => lines.push(String(text)) > 0)
  vi.doMock('../../shared/execution/batch.ts', () => ({
    consumeBatch: async ({ observe }: ConsumerDeps) => {
      observe({ kind: 'succeeded', job: { id: 'i', type: 't', lane, createdAt: '2026-01-01T00:00:00Z' } })
      return []
    },
  }))
  const { handler } = await import('../../functions/consume/lambda.ts')
  await handler({ Records: [] }, { getRemainingTimeInMillis: () => 60_000 } as Context)
  return lines.filter((line) => line.includes('"_aws"')).map((line) => JSON.parse(line))
}

it.each(lanes.map(({ name, circuitBreaker }) => [name, circuitBreaker !== undefined] as const))(
  'the consumer of %s writes the outcomes of jobs if the lane has a circuit breaker: %s',
  async (lane, hasBreaker) => {
    const outcomes = (await metricsOf(lane)).filter((line) => 'outcomes' in line)
    expect(outcomes).toMatchObject(hasBreaker ? [{ service: prefix, lane, outcomes: 0 }] : [])
  },
)

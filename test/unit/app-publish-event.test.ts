import { describe, expect, it } from 'vitest'
import application from '../../app/application.ts'
import publishEvent from '../../app/jobs/publish-event.ts'
import { webhook } from '../../app/records/webhook.ts'
import { registryOf } from '../../shared/define/application.ts'
import type { JobRequest } from '../../shared/define/job.ts'
import { create } from '../../shared/define/record.ts'
import { plan } from '../../shared/outbox/plan.ts'
import { contextWith, fakeServices, storeWith } from '../support/app-services.ts'
import { simIds } from '../support/random.ts'

const happened = { event: 'order.created', at: '2026-11-05T10:00:00.000Z', data: { id: 'o1', total: 1230 } } as const
const hooks = (count: number) =>
  Array.from({ length: count }, (_, n) =>
    create(webhook, {
      id: `w${String(n).padStart(4, '0')}`,
      url: 'https://hooks.example.com/',
      events: ['order.created'],
      secret: 'sealed',
      createdAt: '2026-11-01T00:00:00.000Z',
    }),
  )

describe('publish-event', () => {
  /** Runs an event to its end; one list of jobs for each publish-event. */
  async function publish(count: number, data: unknown = happened.data) {
    const services = fakeServices(await storeWith(hooks(count)))
    const changes: (readonly JobRequest[])[] = []
    let payload: unknown = { ...happened, data }
    while (payload !== undefined) {
      const change = await publishEvent.run(publishEvent.schema.parse(payload), contextWith(services))
      const jobs = change?.jobs ?? []
      changes.push(jobs)
      payload = jobs.find(({ job }) => job.type === 'publish-event')?.payload
    }
    return changes
  }
  const served = (changes: readonly (readonly JobRequest[])[]) =>
    changes
      .flat()
      .filter(({ job }) => job.type === 'deliver-webhook')
      .map(({ payload }) => (payload as { webhookId: string }).webhookId)

  it('causes one delivery for each webhook', async () => {
    const [jobs] = await publish(2)
    expect(jobs?.map(({ job, payload }) => ({ type: job.type, payload }))).toEqual([
      { type: 'deliver-webhook', payload: { webhookId: 'w0000', ...happened } },
      { type: 'deliver-webhook', payload: { webhookId: 'w0001', ...happened } },
    ])
  })

  it('causes nothing where nobody wants to know', async () => {
    expect(await publish(0)).toEqual([[]])
  })

  it.each([98, 99, 196, 197, 250])(
    'serves each of %i webhooks once, in changes that fit a transaction',
    async (count) => {
      const changes = await publish(count)
      expect(changes).toHaveLength(Math.ceil(count / 98))
      expect(served(changes)).toEqual([...new Set(served(changes))])
      expect(served(changes)).toHaveLength(count)
      for (const jobs of changes) expect(writesOf(jobs)).toBeLessThanOrEqual(99)
    },
  )

  it('causes fewer deliveries at a time when the event is large', async () => {
    const changes = await publish(30, 'x'.repeat(250_000))
    expect(served(changes)).toHaveLength(30)
    expect(changes.length).toBeGreaterThan(1)
    for (const jobs of changes) expect(writesOf(jobs)).toBeGreaterThan(1)
  })

  /** Throws what the commit would throw. */
  function writesOf(jobs: readonly JobRequest[]): number {
    const origin = { now: new Date(happened.at), hops: 1, outboxLifetime: 1 }
    return plan({ jobs }, 'change', { origin, registry: registryOf(application, { probes: false }), ids: simIds() })
      .writes.length
  }

  it('does not know events that nobody can ask for', () => {
    expect(publishEvent.schema.safeParse({ ...happened, event: 'order.crated' }).success).toBe(false)
  })
})

/** Calls that a service refuses because of too many calls: they cost no attempt, and a burst ends without a dead letter. */
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { NotDoneError, PermanentError, RetryAfterError } from '../../shared/define/errors.ts'
import { defineJob, type JobContext, type JobSettings } from '../../shared/define/job.ts'
import type { Mailer } from '../../shared/define/services.ts'
import { cancelWrite, reviveWrite } from '../../shared/execution/effect/operator-writes.ts'
import type { Effect } from '../../shared/execution/effect.ts'
import { day, hour, minute, oneLane, second } from '../support/one-lane.ts'
import { seeded } from '../support/random.ts'

const schema = z.object({ label: z.string() })
type Run = (context: JobContext) => unknown

function jobThat(run: Run, settings: Partial<JobSettings<typeof schema>> = {}) {
  return defineJob({
    ...{ type: 'job', schema, maxAttempts: 2 },
    run: async (_, context) => void (await run(context)),
    ...settings,
  })
}
const aws = (name: string, more: object = {}) => Object.assign(new Error('Rate exceeded'), { name, ...more })
const mails = (count: number) => Array.from({ length: count }, (_, n) => ({ label: String(n) }))

/** SES with its rates: mails a second, and mails in 24 hours. */
function ses(now: () => number, rate: number, quota: number) {
  const sent: number[] = []
  let [tokens, refilledAt] = [rate, now()]
  const mail: Mailer = {
    async send() {
      tokens = Math.min(rate, tokens + ((now() - refilledAt) / second) * rate)
      refilledAt = now()
      if ((sent.at(-quota) ?? 0) > now() - day) throw aws('Throttling', { message: 'Daily message quota exceeded.' })
      if (tokens < 1) throw aws('Throttling', { message: 'Maximum sending rate exceeded.' })
      tokens--
      sent.push(now())
    },
  }
  return { mail, sent }
}

function mailing(rate: number, quota: number) {
  let calls = 0
  const job = jobThat(async ({ services, signal, effectKey }) => {
    calls++
    await services.mail.send({ to: 'a@example.com', subject: 's', text: 't', idempotencyKey: effectKey }, signal)
  })
  const services: { mail?: Mailer } = {}
  const lane = oneLane({ job, services })
  const { mail, sent } = ses(() => lane.clock.now().getTime(), rate, quota)
  services.mail = mail
  return { lane, sent, calls: () => calls }
}

const ends = (effects: readonly Effect[]) => new Set(effects.map(({ state, attempts }) => `${state} ${attempts}`))

describe('a burst of mails beyond the rate of SES', () => {
  it.each([
    { count: 1_000, rate: 14, quota: 50_000, within: 10 * minute },
    { count: 20, rate: 1, quota: 200, within: 5 * minute },
    { count: 210, rate: 2, quota: 200, within: 26 * hour },
  ])('of $count mails at $rate/s and $quota a day: each is sent once, in its first attempt', async (burst) => {
    const { lane, sent, calls } = mailing(burst.rate, burst.quota)
    await lane.write(mails(burst.count))
    await lane.pass(burst.within)
    expect(sent).toHaveLength(burst.count)
    expect(ends(lane.effects())).toEqual(new Set(['succeeded 1']))
    expect(lane.deadLetters.size).toBe(0)
    // Each refused call costs an invocation and two writes.
    expect(calls() / burst.count).toBeLessThan(25)
  })
})

describe('SES that refuses nine of ten calls for a minute', () => {
  it('costs no attempt, and leaves no dead letter', async () => {
    const random = seeded(3)
    let [refused, sent] = [0, 0]
    const lane = oneLane({
      job: jobThat(() => {
        if (lane.clock.now().getTime() < calmAt && random() < 0.9) {
          refused++
          throw aws('Throttling', { message: 'Maximum sending rate exceeded.' })
        }
        sent++
      }),
    })
    const calmAt = lane.clock.now().getTime() + minute
    await lane.write(mails(500))
    await lane.pass(10 * minute)
    expect([sent, refused > 500]).toEqual([500, true])
    expect(ends(lane.effects())).toEqual(new Set(['succeeded 1']))
    expect(lane.deadLetters.size).toBe(0)
  })
})

/** A job with one throttled call, and how it ends. */
async function throttledOnce(error: () => unknown, settings: Partial<JobSettings<typeof schema>> = {}) {
  let calls = 0
  const job = jobThat(() => {
    if (++calls === 1) throw error()
  }, settings)
  const lane = oneLane({ job })
  await lane.write(mails(1))
  await lane.consumeOnce()
  const [first] = lane.effects()
  await lane.pass(12 * hour)
  const [last] = lane.effects()
  return { first, last, kinds: lane.events.map(({ kind }) => kind), waits: waitsOf(lane.events) }
}
const waitsOf = (events: readonly object[]) => events.flatMap((event) => ('seconds' in event ? [event.seconds] : []))

describe('a throttled call', () => {
  it.each([
    ['Throttling', aws('Throttling')],
    ['ThrottlingException', aws('ThrottlingException')],
    ['TooManyRequestsException', aws('TooManyRequestsException')],
    ['ProvisionedThroughputExceededException', aws('ProvisionedThroughputExceededException')],
    ['SlowDown', aws('SlowDown')],
    ['a code', aws('Error', { code: 'RequestLimitExceeded' })],
    ['status 429', aws('Unknown', { $metadata: { httpStatusCode: 429 } })],
    ['a hint to retry', aws('OwnBusyException', { $retryable: { throttling: true } })],
    ['an error of the job', new RetryAfterError(1, 'the CRM is busy')],
    ['a cause', new Error('it failed', { cause: new Error('twice', { cause: aws('Throttling') }) })],
  ])('costs no attempt: %s', async (_, error) => {
    const { first, last, kinds } = await throttledOnce(() => error)
    expect(first).toMatchObject({
      state: 'retrying',
      attempts: 0,
      lastError: expect.stringMatching(/^RetryAfterError: /),
    })
    expect(first).not.toHaveProperty('failures')
    expect(last).toMatchObject({ state: 'succeeded', attempts: 1 })
    expect(kinds).toEqual(['started', 'throttled', 'started', 'succeeded'])
  })

  it.each([
    ['another error', new Error('no')],
    ['too many of something else', aws('LimitExceededException')],
  ])('is not %s, which costs one', async (_, error) => {
    expect((await throttledOnce(() => error)).first).toMatchObject({ state: 'retrying', attempts: 1 })
  })

  it('begins the job, which can no longer be cancelled', async () => {
    const job = jobThat(() => {
      throw aws('Throttling')
    })
    const lane = oneLane({ job })
    const [id = ''] = await lane.write(mails(1))
    await lane.consumeOnce()
    const cancel = cancelWrite({ pk: id, type: 'job', lane: 'default', expiresAt: 9 }, lane.clock.now())
    expect(await lane.store.write(cancel)).toMatchObject({ kind: 'refused', met: { attempts: 0 } })
  })

  it('is final when the job says so', async () => {
    const { first } = await throttledOnce(() => new PermanentError('never', { cause: aws('Throttling') }))
    expect(first).toMatchObject({ state: 'dead', attempts: 1 })
  })

  it.each([
    [600, 600],
    [1, 1],
    [100_000, 39_600],
    [Number.NaN, 1],
    [Number.POSITIVE_INFINITY, 39_600],
    [-5, 1],
  ])('waits as long as the service asks, up to 11 hours: %d s', async (seconds, wait) => {
    const { waits } = await throttledOnce(() => new RetryAfterError(seconds))
    expect(waits).toEqual([wait])
  })

  it('leaves the outcome unknown where a job must not run twice, unless the job says that nothing was done', async () => {
    const never = { onCrash: 'dead-letter' } as const
    const unknown = await throttledOnce(() => new RetryAfterError(), never)
    expect(unknown.first).toMatchObject({ state: 'dead', lastError: expect.stringMatching(/^UnknownOutcomeError: /) })
    const said = await throttledOnce(() => new NotDoneError('not sent', { cause: aws('Throttling') }), never)
    expect(said.first).toMatchObject({ state: 'retrying', attempts: 0 })
    expect(said.last).toMatchObject({ state: 'succeeded', attempts: 1 })
  })
})

describe('a service that is throttled for more than three days', () => {
  async function alwaysThrottled() {
    const job = jobThat(() => {
      throw aws('Throttling')
    })
    const lane = oneLane({ job })
    const [id = ''] = await lane.write(mails(1))
    return { lane, id }
  }

  it('costs no attempt for 3 days, then as many as the job has', async () => {
    const { lane } = await alwaysThrottled()
    await lane.pass(3 * day)
    expect(lane.effects()).toMatchObject([{ state: 'retrying', attempts: 0 }])
    await lane.pass(2 * hour)
    expect(lane.effects()).toMatchObject([{ state: 'dead', attempts: 2 }])
    expect(lane.deadLetters.size).toBe(1)
  })

  it('has three days again after a redrive', async () => {
    const { lane, id } = await alwaysThrottled()
    await lane.pass(3 * day + 2 * hour)
    const [dead] = lane.effects()
    await lane.store.write(reviveWrite(dead as Effect, 2, lane.clock.now(), 'redrive'))
    lane.queue.send({ body: lane.deadLetters.messages[0]?.body ?? '' })
    await lane.pass(hour)
    expect(await lane.store.get('effects', { pk: id })).toMatchObject({ state: 'retrying', attempts: 2, budget: 4 })
  })
})

describe('a commit that is throttled', () => {
  it('costs an attempt: the job would do its outside calls again', async () => {
    const lane = oneLane({
      job: jobThat(() => undefined),
      through: (store) => ({
        ...store,
        async write(write) {
          if (write.op === 'update' && write.update.text.includes(':succeeded')) throw aws('ThrottlingException')
          return store.write(write)
        },
      }),
    })
    await lane.write(mails(1))
    await lane.consumeOnce()
    expect(lane.effects()).toMatchObject([{ attempts: 1 }])
  })
})

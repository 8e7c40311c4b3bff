/** What became of all that was accepted: read from the tables and the mailbox, not from what the system says of itself. */
import type { Effect } from '../../../shared/execution/effect.ts'
import { local } from '../../e2e/support/aws.ts'
import { unanswered } from './faults.ts'
import type { Accepted } from './load.ts'
import { type Mails, mailVerdict } from './mail-verdict.ts'
import { callbackIdsIn, type Item, readTable } from './tables.ts'

export interface Verdict {
  /** Effects committed inside DynamoDB, counted by the records that they wrote. */
  readonly effects: number
  readonly mails: Mails
  /** Breaches of the promise, each with what it is about. A run without any has passed. */
  readonly breaches: Readonly<Record<Breach, readonly string[]>>
}

export const breachNames = {
  lost: 'accepted, and did not succeed',
  twice: 'effect committed more than once',
  halfWritten: 'written in part',
  orphaned: 'effect of a job that was never accepted',
  disordered: 'group out of order',
  callbacks: 'batch without its callback, with several, or with wrong counts',
  unexplainedMails: 'mailed again without a death or a failed commit in between',
} as const
export type Breach = keyof typeof breachNames

export async function verdictOn(accepted: Accepted, awsUrl: string): Promise<Verdict> {
  const [records, outbox, effects] = await Promise.all([
    readTable(awsUrl, 'records'),
    readTable(awsUrl, 'outbox'),
    readTable(awsUrl, 'effects') as unknown as Promise<Effect[]>,
  ])
  const { messages } = await local<{ messages: { Destination: { ToAddresses: string[] } }[] }>(
    'GET',
    '/_aws/ses',
    undefined,
    awsUrl,
  )
  const sent = Map.groupBy(messages, ({ Destination }) => Destination.ToAddresses[0] ?? '')
  const byId = new Map(effects.map((effect) => [effect.pk, effect]))
  const probes = new Map(records.filter(({ _kind }) => _kind === 'probe').map((item) => [String(item.key), item]))
  const callbacks = callbackIdsIn(effects as unknown as Item[])
  const outboxIds = new Set(outbox.map(({ id }) => String(id)))
  const mails = mailVerdict(accepted.orders, (address) => sent.get(address)?.length ?? 0, byId, unanswered)
  return {
    effects: [...probes.values()].reduce((sum, { count }) => sum + Number(count), 0),
    mails,
    breaches: {
      lost: lost(accepted, byId, probes, mails),
      twice: twice(accepted, probes),
      halfWritten: halfWritten(
        accepted,
        records,
        outboxIds,
        outbox.filter(({ id }) => !callbacks.has(id)),
      ),
      orphaned: effects.flatMap(({ pk, state }) => (state !== undefined && !outboxIds.has(pk) ? [pk] : [])),
      disordered: disordered(accepted, byId, probes),
      callbacks: wrongCallbacks(accepted, probes),
      unexplainedMails: mails.unexplained,
    },
  }
}

function lost(accepted: Accepted, effects: Map<string, Effect>, records: Map<string, Item>, mails: Mails) {
  const { jobs, probes, waiting, forgotten } = accepted
  const unfinished = [...jobs].filter((id) => effects.get(id)?.state !== 'succeeded')
  const whose = (id: string) =>
    waiting.has(id) ? ', and was for the sweeper' : forgotten.has(id) ? ', and was for the reconciler' : ''
  return [
    ...unfinished.map((id) => `job ${id}: ${effects.get(id)?.state ?? 'never ran'}${whose(id)}`),
    ...[...probes.keys()].filter((key) => !records.has(key)).map((key) => `probe ${key}: no effect`),
    ...mails.missing.map((address) => `order of ${address}: no mail`),
  ]
}

function twice({ probes, groups }: Accepted, records: Map<string, Item>): string[] {
  const wanted = [
    ...[...probes.keys()].map((key) => [key, 1] as const),
    ...[...groups].map(([key, ids]) => [key, ids.length] as const),
  ]
  return wanted.flatMap(([key, count]) => {
    const counted = Number(records.get(key)?.count ?? 0)
    return counted > count ? [`probe ${key}: ${counted} for ${count}`] : []
  })
}

/** Every job that was accepted is in the outbox, every one of the load's types in the outbox was accepted, and every order is there. */
function halfWritten(accepted: Accepted, records: readonly Item[], outboxIds: Set<string>, outbox: readonly Item[]) {
  const types = new Set(['probe', 'send-receipt', 'publish-event'])
  const orders = new Set(records.filter(({ _kind }) => _kind === 'order').map(({ id }) => String(id)))
  const known = new Set(accepted.orders.map(({ id }) => id))
  return [
    ...[...accepted.jobs].filter((id) => !outboxIds.has(id)).map((id) => `job ${id}: not in the outbox`),
    ...outbox
      .filter(({ id, type }) => types.has(String(type)) && !accepted.jobs.has(String(id)))
      .map(({ id }) => `job ${id}: nobody was told of it`),
    ...accepted.orders.filter(({ id }) => !orders.has(id)).map(({ id }) => `order ${id}: not there`),
    ...[...orders].filter((id) => !known.has(id)).map((id) => `order ${id}: nobody was told of it`),
  ]
}

/** Every batch has caused one callback, which counts all of its members. */
function wrongCallbacks({ batches }: Accepted, probes: Map<string, Item>): string[] {
  return [...batches].flatMap(([key, members]) => {
    const { count = 0, labels = [] } = (probes.get(key) ?? {}) as { count?: number; labels?: readonly string[] }
    const totals = labels.map((label) => JSON.parse(label) as { total: number; succeeded: number; dead: number })
    const isRight = totals.every(({ total, succeeded, dead }) => total === members && succeeded + dead === members)
    return Number(count) === 1 && isRight ? [] : [`${key}: ${count} callbacks, ${labels.join(' ')}`]
  })
}

/** A group none of whose jobs died has kept its order. One that died has lost its turn. */
function disordered({ groups }: Accepted, effects: Map<string, Effect>, records: Map<string, Item>): string[] {
  return [...groups].flatMap(([group, ids]) => {
    if (ids.some((id) => effects.get(id)?.deaths !== 0)) return []
    const labels = (records.get(group)?.labels ?? []) as string[]
    return labels.every((label, i) => label === String(i)) ? [] : [`${group}: ${labels.join(' ')}`]
  })
}

import { type Application, registryOf } from '../../shared/define/application.ts'
import { lifetimes } from '../../shared/lib/lifetimes.ts'
import { clock } from '../aws/clock.ts'
import { documentClient } from '../aws/document-client.ts'
import { committerTables } from '../aws/environment.ts'
import { ids } from '../aws/ids.ts'
import { recordReader } from '../aws/record-reader.ts'
import { dynamoStore, transactItem } from '../aws/store.ts'
import { type Outbox, outboxOn } from './outbox.ts'

export interface OutboxOptions {
  /** Names of the tables. @default - those that `OutboxRelay.grantCommit` put into the environment of the function */
  readonly tables?: { readonly records: string; readonly outbox: string }
}

/**
 * Connects to the outbox of an application. Once per process, outside of the handler.
 *
 * @throws Error when the environment does not name the tables
 * @example
 * const orders = outbox(application)
 * await orders.commit({ records: [create(order, value)], jobs: [request(sendReceipt, { orderId })] })
 */
export function outbox(
  application: Pick<Application, 'jobs' | 'diagnosticJobs' | 'lanes'>,
  { tables = committerTables() }: OutboxOptions = {},
): Outbox {
  const client = documentClient()
  // A commit writes records and the outbox; the effects are none of its business.
  const names = { ...tables, effects: '' }
  return outboxOn({
    store: dynamoStore(client, names),
    records: recordReader(client, tables.records),
    clock,
    ids,
    registry: registryOf(application, { probes: false }),
    outboxLifetime: lifetimes.outbox,
    itemOf: (write) => transactItem(names, write),
  })
}

import { type Application, registryOf } from '../../shared/define/application.ts'
import { anObject, checked, optional, type Rules, text } from '../../shared/define/options.ts'
import { lifetimes } from '../../shared/lib/lifetimes.ts'
import type { Store } from '../../shared/lib/ports.ts'
import { clock } from '../aws/clock.ts'
import { documentClient } from '../aws/document-client.ts'
import { clientTables } from '../aws/environment.ts'
import { ids } from '../aws/ids.ts'
import { recordReader } from '../aws/record-reader.ts'
import { dynamoStore, transactItem } from '../aws/store.ts'
import { type Outbox, outboxOn } from './outbox.ts'

/** Options of `outbox`. */
export interface OutboxOptions {
  /**
   * Names of the tables.
   * @default - the names that `grantCommit` or `grantWait` of the construct put into the function's environment
   */
  readonly tables?: {
    /** Name of the records table. */
    readonly records: string
    /** Name of the outbox table. */
    readonly outbox: string
    /**
     * Name of the effects table.
     * @default - none: unique jobs, batches and `wait` are refused
     */
    readonly effects?: string
  }
}

/**
 * Connects a function of your own to the outbox of an application. Call it once per process, outside the handler.
 *
 * @throws Error when neither the options nor the environment name the tables
 * @throws DefinitionError when an option is unknown, or the name of a table is not a text
 * @example
 * const orders = outbox(application)
 * const result = await orders.commit({
 *   records: [create(order, { id, email, total })],
 *   jobs: [request(sendReceipt, { orderId: id, email })],
 * })
 */
export function outbox(
  application: Pick<Application, 'jobs' | 'diagnosticJobs' | 'lanes'>,
  options: OutboxOptions = {},
): Outbox {
  const { tables = clientTables() } = checked('outbox()', options, optionRules)
  checked('outbox(), tables', tables, tableRules)
  const client = documentClient()
  // Only unique jobs, batches and a wait use the effects.
  const names = { effects: '', ...tables }
  return outboxOn({
    store: tables.effects === undefined ? withoutEffects(dynamoStore(client, names)) : dynamoStore(client, names),
    records: recordReader(client, tables.records),
    clock,
    ids,
    registry: registryOf(application, { probes: false }),
    outboxLifetime: lifetimes.outbox,
    itemOf: (write) => transactItem(names, write),
  })
}

const optionRules: Rules<OutboxOptions> = { tables: optional(anObject) }
const tableRules: Rules<NonNullable<OutboxOptions['tables']>> = {
  records: text(/./, 'the name of a table'),
  outbox: text(/./, 'the name of a table'),
  effects: optional(text(/./, 'the name of a table')),
}

function withoutEffects(store: Store): Store {
  const refuse = (): never => {
    throw new Error('Unique jobs, batches and wait() need the effects table: give outbox() its name as tables.effects.')
  }
  return {
    get: (table, key) => (table === 'effects' ? refuse() : store.get(table, key)),
    write: (write) => (write.table === 'effects' ? refuse() : store.write(write)),
    transact: (writes, token) =>
      writes.some(({ table }) => table === 'effects') ? refuse() : store.transact(writes, token),
  }
}

import { RemovalPolicy } from 'aws-cdk-lib'
import {
  AttributeType,
  BillingMode,
  type ITable,
  ProjectionType,
  StreamViewType,
  Table,
  type TableProps,
  type TableV2,
} from 'aws-cdk-lib/aws-dynamodb'
import { Construct } from 'constructs'
import { dueIndex, failingIndex, giveListIndex, listIndex, resourceName, turnIndex } from '../../shared/lib/names.ts'
import type { Stage } from '../config/config.ts'
import { ConfigError } from '../config/config-error.ts'

const text = (name: string) => ({ name, type: AttributeType.STRING })

/** TypeScript's `exactOptionalPropertyTypes` takes neither class for an `ITable`. */
export type AnyTable = ITable | Table | TableV2

/** The three tables: what the business has, what is to be done about it, and what has been done. */
export class Tables extends Construct {
  readonly records: AnyTable
  readonly outbox: Table
  readonly effects: Table
  readonly #given: AnyTable | undefined

  constructor(scope: Construct, id: string, props: { readonly stage: Stage; readonly records?: AnyTable }) {
    super(scope, id)
    this.#given = props.records
    const table = (name: string, own: Pick<TableProps, 'partitionKey'> & Partial<TableProps>) =>
      new Table(this, name, { ...keeping(props.stage), tableName: resourceName(props.stage, name), ...own })

    this.records = props.records
      ? withKeys(props.records)
      : table('records', {
          partitionKey: text('pk'),
          sortKey: text('sk'),
          // Only what carries it goes: password resets, marks of idempotency keys.
          timeToLiveAttribute: 'expiresAt',
        })
    this.outbox = table('outbox', {
      partitionKey: text('pk'),
      sortKey: text('sk'),
      timeToLiveAttribute: 'expiresAt',
      // The relay sends what was inserted or released; the old image would only make records bigger.
      stream: StreamViewType.NEW_IMAGE,
    })
    this.effects = table('effects', { partitionKey: text('pk'), timeToLiveAttribute: 'expiresAt' })
    this.outbox.addLocalSecondaryIndex({
      indexName: turnIndex.name,
      sortKey: text(turnIndex.sortKey),
      projectionType: ProjectionType.INCLUDE,
      nonKeyAttributes: [...turnIndex.also],
    })
    this.#addSparseIndexes()
  }

  /**
   * Whoever brings a records table may give it the index after the outbox was made, so it is looked for when all is there.
   * Of other types than these, nothing at synth knows whether they are listed: for them, `records.list` says what is missing.
   *
   * @param types names of record types that say in which list they stand
   */
  needListIndex(types: readonly string[]): void {
    const table = this.#given
    if (types.length === 0 || !(table instanceof Table)) return
    const { name, partitionKey, sortKey } = listIndex
    const missing = `recordsTable ${table.node.path} has no index "${name}", which lists the records of ${types.join(', ')}: ${giveListIndex}`
    this.node.addValidation({
      validate: () => (keysOf(table, name) === `${partitionKey} (S) and ${sortKey} (S)` ? [] : [missing]),
    })
  }

  /**
   * They hold only the few items that carry their key, so the whole item (projection ALL) costs one more write unit per
   * KiB for those alone. KEYS_ONLY would cost a read per item instead, just when many fail. What waits is
   * released by its key: of it the index needs no more.
   */
  #addSparseIndexes() {
    // Of a records table that was there before, the indexes are its owner's.
    for (const [table, index] of [
      [this.records, listIndex],
      [this.outbox, dueIndex],
      [this.effects, failingIndex],
    ] as const)
      if (table instanceof Table && table !== this.#given)
        table.addGlobalSecondaryIndex({
          indexName: index.name,
          partitionKey: text(index.partitionKey),
          sortKey: text(index.sortKey),
          ...('also' in index ? { projectionType: ProjectionType.INCLUDE, nonKeyAttributes: [...index.also] } : {}),
        })
  }
}

/** Only a table of the same app tells its keys; a wrong one that was looked up shows with the first job that writes a record. */
function withKeys(records: AnyTable): AnyTable {
  if (!(records instanceof Table)) return records
  const found = keysOf(records)
  if (found === 'pk (S) and sk (S)') return records
  throw new ConfigError(
    `recordsTable ${records.node.path} has the key ${found}, and records need pk (S) and sk (S): leave it out, and put jobs into your own transactions with items() of outbox-relay/client`,
  )
}

/** The keys of a table or of one of its indexes, in words; `undefined` if there is no such index. */
function keysOf(table: Table, index?: string): string | undefined {
  try {
    const { partitionKeys, sortKeys } = table.schemaV2(index)
    return [...partitionKeys, ...sortKeys].map(({ name, type }) => `${name} (${type})`).join(' and ')
  } catch {
    // There is no other way to ask whether a table has an index.
    return undefined
  }
}

/** On demand, restorable to any second of the last 35 days, encrypted with a key that AWS owns (no charge per call). */
function keeping({ config }: Stage) {
  return {
    billingMode: BillingMode.PAY_PER_REQUEST,
    pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
    deletionProtection: config.keepData,
    removalPolicy: config.keepData ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY,
  }
}

import {
  AttributeType,
  BillingMode,
  ProjectionType,
  StreamViewType,
  Table,
  type TableProps,
} from 'aws-cdk-lib/aws-dynamodb'
import { Construct } from 'constructs'
import {
  batchIndex,
  dueIndex,
  failingIndex,
  giveListIndex,
  jobIndex,
  listIndex,
  resourceName,
  turnIndex,
} from '../../shared/lib/names.ts'
import type { TableArns } from '../access/grant.ts'
import type { TableNames } from '../config/environment.ts'
import { removalOf } from '../config/removal.ts'
import type { Stage } from '../config/stage-config.ts'
import { type AnyTable, checkRecordsTable, isOfThisApp, keysOf } from './records-table.ts'

const text = (name: string) => ({ name, type: AttributeType.STRING })

/** The three tables: the records of the business, the outbox with its jobs, and the effects of these jobs. */
export class Tables extends Construct {
  readonly records: AnyTable
  readonly outbox: Table
  readonly effects: Table
  readonly #given: AnyTable | undefined

  /** @param props `records`: the records table of the adopter; a new one if undefined */
  constructor(scope: Construct, id: string, props: { readonly stage: Stage; readonly records: AnyTable | undefined }) {
    super(scope, id)
    this.#given = props.records
    const table = (name: string, own: Pick<TableProps, 'partitionKey'> & Partial<TableProps>) =>
      new Table(this, name, { ...keeping(props.stage), tableName: resourceName(props.stage, name), ...own })

    if (props.records) checkRecordsTable(this, props.records)
    this.records =
      props.records ??
      table('records', {
        partitionKey: text('pk'),
        sortKey: text('sk'),
        // Only few records have it: password resets, marks of idempotency keys.
        timeToLiveAttribute: 'expiresAt',
      })
    this.outbox = table('outbox', {
      partitionKey: text('pk'),
      sortKey: text('sk'),
      timeToLiveAttribute: 'expiresAt',
      // The relay reads only the new image of an inserted or released item.
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
    if (props.stage.config.jobIndex) addIndex(this.outbox, jobIndex)
  }

  get arns(): TableArns {
    return {
      records: this.records.tableArn,
      outbox: this.outbox.tableArn,
      outboxStream: this.outbox.tableStreamArn!,
      effects: this.effects.tableArn,
      recordsKey: this.records.encryptionKey?.keyArn,
    }
  }

  get names(): TableNames {
    return { records: this.records.tableName, outbox: this.outbox.tableName, effects: this.effects.tableName }
  }

  /**
   * Adds a validation that the records table of the adopter has the index of lists. The adopter may add the index after
   * the outbox, so the check runs at the end of the synth. Other record types than these are unknown at synth: for them,
   * `records.list` fails with the same advice.
   *
   * @param types names of the record types that are listed
   */
  needListIndex(types: readonly string[]): void {
    const table = this.#given
    if (types.length === 0 || !table || !isOfThisApp(table)) return
    const { name, partitionKey, sortKey } = listIndex
    const missing = `recordsTable ${table.node.path} has no index "${name}", which lists the records of ${types.join(', ')}: ${giveListIndex}`
    this.node.addValidation({
      validate: () => (keysOf(table, name) === `${partitionKey} (S) and ${sortKey} (S)` ? [] : [missing]),
    })
  }

  /**
   * A sparse index holds only the few items that have its key. So the projection ALL costs one more write unit per KiB for
   * these items alone, while KEYS_ONLY would cost a read per item when many jobs fail. The index of due jobs holds only
   * what a release needs, and that of batches keys alone.
   */
  #addSparseIndexes() {
    // The indexes of the adopter's records table are the adopter's.
    for (const [table, index] of [
      [this.records, listIndex],
      [this.outbox, dueIndex],
      [this.effects, failingIndex],
      [this.effects, batchIndex],
    ] as const)
      if (table instanceof Table && table !== this.#given) addIndex(table, index)
  }
}

interface Index {
  readonly name: string
  readonly partitionKey: string
  readonly sortKey: string
  /** Attributes besides the keys. @default - all */
  readonly also?: readonly string[]
  /** Has the keys alone. @default false */
  readonly keysOnly?: boolean
}

function addIndex(table: Table, { name, partitionKey, sortKey, also, keysOnly }: Index): void {
  table.addGlobalSecondaryIndex({
    indexName: name,
    partitionKey: text(partitionKey),
    sortKey: text(sortKey),
    ...(keysOnly ? { projectionType: ProjectionType.KEYS_ONLY } : {}),
    ...(also ? { projectionType: ProjectionType.INCLUDE, nonKeyAttributes: [...also] } : {}),
  })
}

/** On demand, with restore to any second of the last 35 days. The key is owned by AWS, which costs nothing per call. */
function keeping({ config }: Stage) {
  return {
    billingMode: BillingMode.PAY_PER_REQUEST,
    pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
    deletionProtection: config.keepData,
    removalPolicy: removalOf({ config }),
  }
}

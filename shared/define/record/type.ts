/** The type of a record: its schema, and its place in the records table. */
import type { ZodType } from 'zod'

/** Primary key of a record in the records table. */
export interface RecordKey {
  /** Partition key: text of 1 to 2,048 bytes, or of 1 to 1,024 bytes if the record type has `listed`. */
  readonly pk: string
  /** Sort key: text of 1 to 1,024 bytes. */
  readonly sk: string
}

/**
 * A type of business items: their schema, and their place in the records table. A field `expiresAt` (whole seconds since the
 * epoch) makes DynamoDB delete the record some time after it.
 */
export interface RecordType<T extends object = object, K = unknown> {
  /** Name of the type: 1 to 64 of `A-Z a-z 0-9 _ . -`, beginning with a letter. It is stored with each record. */
  readonly name: string
  /** Schema of an object (zod 4). A value is parsed when it is written. docs/library-reference.md lists the types. */
  readonly schema: ZodType<T>
  /** Returns the primary key of a record, from its parsed fields. `pk` must not begin with `outbox-relay#`. */
  key(identity: K): RecordKey
  /**
   * Returns the list of a record, for `records.list`: text of 1 to 2,048 bytes. Divide a long list into several (`bucketOf`),
   * because each list is one partition of an index. The list costs one more write unit per KiB of the record. An update moves
   * the record if it sets every field that this function reads. A records table of your own needs the index `listed`
   * (docs/library-reference.md).
   * @default - records of the type are in no list
   */
  listed?(value: T): string
}

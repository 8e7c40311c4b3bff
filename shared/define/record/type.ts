/** The type of a record: its schema, and its place in the records table. */
import type { ZodType } from 'zod'

export interface RecordKey {
  readonly pk: string
  readonly sk: string
}

/**
 * A kind of business item: its shape, and where it lies in the records table. One file each.
 * A field `expiresAt` (whole seconds since the epoch) makes DynamoDB delete the record some time after it.
 */
export interface RecordType<T extends object = object, K = unknown> {
  readonly name: string
  /** What a record is. Values are parsed when they are written; docs/library-reference.md says how each type is stored. */
  readonly schema: ZodType<T>
  /**
   * The primary key, from the parts of a record that identify it, as they are after parsing. `pk` has at most 2,048 bytes
   * (1,024 with `listed`), `sk` 1,024.
   */
  key(identity: K): RecordKey
  /**
   * The list in which a record stands, for `records.list`; spread a long one over several, against a hot partition. It costs
   * one write unit per KiB, where a second record in the transaction would cost two. A records table that was there before
   * needs the index `listed` for it (docs/library-reference.md). An update moves the record if it sets every field that this reads.
   * @default - none
   */
  listed?(value: T): string
}

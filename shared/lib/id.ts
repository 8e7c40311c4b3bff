/**
 * Ids. A job's id is a UUID; the id of a grouped job carries its group in front (`<group>~<uuid>`), so that both keys
 * of its outbox item follow from the id alone.
 */

/** Makes ids; a parameter of the core, so that a test or a simulation decides what is random. */
export interface Ids {
  /** A new UUID, ordered by time. */
  fresh(): string
  /** A UUID that follows from its parts: the same parts, the same id. */
  derive(...parts: readonly (string | number)[]): string
}

const separator = '~'
const uuid = '[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}'
/** The shape of a job's id. Its first group is the group of the job. */
export const jobIdPattern = new RegExp(`^(?:([A-Za-z0-9_.:@+=-]{1,64})~)?${uuid}$`)

/** Allowed names of a group: the name becomes part of ids, keys and SQS message group ids. */
export const groupPattern = /^[A-Za-z0-9_.:@+=-]{1,64}$/

/** The id of a job, from its UUID and its group if it has one. */
export function jobId(uuid: string, group?: string): string {
  return group === undefined ? uuid : group + separator + uuid
}

const uuidPattern = new RegExp(`^${uuid}$`)

/** Whether a text is a UUID in lower case. */
export function isUuid(text: string): boolean {
  return uuidPattern.test(text)
}

/** Whether a text has the shape of a job id; what has not cannot be in a table. */
export function isJobId(text: string): boolean {
  return jobIdPattern.test(text)
}

/** The group in the id of a job; `undefined` for a job without one. */
export function groupIn(id: string): string | undefined {
  return jobIdPattern.exec(id)?.[1]
}

/**
 * Primary key of the outbox item of a job. Items of one group share a partition key. The local index `turn` keeps
 * DynamoDB from splitting them, so they share a stream shard too: that keeps their order.
 */
export function outboxKey(id: string): { pk: string; sk: string } {
  const group = groupIn(id)
  return { pk: group === undefined ? id : groupKey(group), sk: id }
}

/** Partition key of the outbox items of a group. */
export function groupKey(group: string): string {
  return `group${separator}${group}`
}

/**
 * Returns the bucket of a key: a whole number from 0 to `count - 1`, always the same for a key (FNV-1a). It spreads records
 * evenly over several lists, so that no partition of the index gets too many requests.
 *
 * @example
 * const listed = `orders-${bucketOf(id, 10)}`
 */
export function bucketOf(key: string, count: number): number {
  let hash = 0x811c9dc5
  for (let i = 0; i < key.length; i++) hash = Math.imul(hash ^ key.charCodeAt(i), 0x01000193)
  return (hash >>> 0) % count
}

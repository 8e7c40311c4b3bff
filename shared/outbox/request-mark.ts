/**
 * The traces of a request with an Idempotency-Key in the items that it writes, so that its repetition finds them. Every item
 * of the request that must be new carries `_request`; where no such item has a key that follows from the request alone,
 * an item of its own does, the mark.
 */
import { ownPartition } from '../define/record/attributes.ts'
import { absent, type Item, type TransactWrite, type Write } from '../lib/write.ts'
import type { Merged } from './unique/round.ts'

/** A request whose repetition must be told. */
export interface KeyedRequest {
  readonly id: string
  readonly fingerprint: string
  readonly now: Date
}

/** Primary key of the mark of a request. */
export function markKey(requestId: string): { pk: string; sk: string } {
  return { pk: ownPartition(`request#${requestId}`), sk: 'request' }
}

/**
 * The insert of the mark of a request.
 *
 * @param expiresAt when the last job of the request expires, in seconds since the epoch
 * @param merged jobs of the request that were merged into others: their ids are the answer, also when those jobs are gone
 */
export function markWrite(request: KeyedRequest, expiresAt: number, merged: readonly Merged[] = []): Write {
  const item = {
    ...markKey(request.id),
    _kind: 'request',
    _request: tagOf(request),
    createdAt: request.now.toISOString(),
    expiresAt,
    ...(merged.length > 0 ? { merged } : {}),
  }
  return { op: 'put', table: 'records', item, condition: absent }
}

/**
 * The mark of a request whose transaction has no room for it: it is written before. It proves who has the key, and not
 * that the transaction went through.
 */
export function markAhead(request: KeyedRequest, expiresAt: number): Write {
  const write = markWrite(request, expiresAt)
  return write.op === 'put' ? { ...write, item: { ...write.item, ahead: true } } : write
}

/** Whether a mark was written in the transaction of its request, so that it proves that this went through. */
export function isProof(mark: Item): boolean {
  return mark.ahead !== true
}

/** The jobs of a request that were merged, from its mark. */
export function mergedOf({ merged = [] }: Item): readonly Merged[] {
  return merged as readonly Merged[]
}

/** Whether an item is the mark of a request. */
export function isMark({ pk }: Item, { id }: Pick<KeyedRequest, 'id'>): boolean {
  return pk === markKey(id).pk
}

/** A write that names its request, if it inserts an item. */
export function tagged(write: TransactWrite, request: KeyedRequest): TransactWrite {
  return write.op === 'put' && write.condition ? { ...write, item: { ...write.item, _request: tagOf(request) } } : write
}

/** Whose item it is: of this request, of this key with another body, or of neither. */
export function matchOf(item: Item | undefined, { id, fingerprint }: Omit<KeyedRequest, 'now'>): Match {
  if (item?.pk === markKey(id).pk && item._request === undefined) return 'other-body'
  const [owner, body] = typeof item?._request === 'string' ? item._request.split(' ') : []
  if (owner !== id) return 'none'
  return body === fingerprint ? 'same' : 'other-body'
}

export type Match = 'same' | 'other-body' | 'none'

/** An item as the record that it is. */
export function untagged({ _request, ...item }: Item): Item {
  return item
}

function tagOf({ id, fingerprint }: Omit<KeyedRequest, 'now'>): string {
  return `${id} ${fingerprint}`
}

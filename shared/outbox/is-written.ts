/** Whether a change is written of which no answer came. */
import type { Store } from '../lib/ports.ts'
import { keyOf, type TransactWrite } from '../lib/write.ts'

/**
 * Whether a change of which no answer came is written: an item that it inserts is there as it was sent. A record is asked
 * for before a job, for not everyone who writes jobs may read them.
 */
export async function isWritten(store: Store, writes: readonly TransactWrite[]): Promise<boolean> {
  // A unique key may have been taken over since.
  const inserts = writes.filter(({ op, table, condition }) => op === 'put' && table !== 'effects' && condition)
  const sent = inserts.find(({ table }) => table === 'records') ?? inserts[0]
  if (sent?.op !== 'put') return false
  // Whatever is wrong with the read, the question stays open.
  const found = await store.get(sent.table, keyOf(sent)).catch(() => undefined)
  if (!found) return false
  const { createdAt, payload } = sent.item
  // A job's item may have been released by now, or sent again.
  return sent.table === 'outbox' ? found.createdAt === createdAt && found.payload === payload : isSame(found, sent.item)
}

function isSame(a: unknown, b: unknown): boolean {
  if (Object.is(a, b)) return true
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false
  if (!isPlain(a) || !isPlain(b) || Array.isArray(a) !== Array.isArray(b)) return false
  const [left, right] = [defined(a), defined(b)]
  return left.size === right.size && [...left].every(([name, value]) => isSame(value, right.get(name)))
}

function isPlain(value: object): boolean {
  return Array.isArray(value) || Object.getPrototypeOf(value) === Object.prototype
}

function defined(value: object): Map<string, unknown> {
  return new Map(Object.entries(value).filter(([, part]) => part !== undefined))
}

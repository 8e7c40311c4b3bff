/** Writes of the reconciler to items that it has checked: sent again, or kept longer. */
import type { Effect } from '../execution/effect.ts'
import { outboxKey } from '../lib/id.ts'
import { expiresAfter, lifetimes } from '../lib/lifetimes.ts'
import type { Write } from '../lib/write.ts'

/**
 * Marks a job as sent by the reconciler, and takes it off the indexes of what waits, if it is still there. An item that is
 * about to expire is kept, since the job may need it once more. Without `releasedAt` the relay does not see the change.
 */
export function resentWrite(id: string, now: Date, isKept: boolean): Write {
  return {
    op: 'update',
    table: 'outbox',
    key: outboxKey(id),
    update: {
      text: `SET resentAt = :now${isKept ? ', expiresAt = :expiresAt' : ''} REMOVE due, turn, releasedAt`,
      values: { ':now': now.toISOString(), ...(isKept ? { ':expiresAt': expiresAfter(now, lifetimes.outbox) } : {}) },
    },
    condition: { text: 'attribute_exists(pk)' },
    quiet: true,
  }
}

/** Keeps what is known of a job for as long as its item: how often it was tried, and that it must not run twice. */
export function keepEffect({ pk, createdAt }: Pick<Effect, 'pk' | 'createdAt'>, now: Date): Write {
  return {
    op: 'update',
    table: 'effects',
    key: { pk },
    update: {
      text: 'SET expiresAt = :expiresAt',
      values: { ':expiresAt': expiresAfter(now, lifetimes.effect) },
    },
    condition:
      createdAt === undefined
        ? { text: 'attribute_exists(pk)' }
        : { text: 'createdAt = :createdAt', values: { ':createdAt': createdAt } },
    quiet: true,
  }
}

/** Keeps the item of a job that has not ended, or that died lately. Without `releasedAt` the relay does not see the change. */
export function keepWrite(key: { readonly pk: string; readonly sk: string }, now: Date): Write {
  return {
    op: 'update',
    table: 'outbox',
    key,
    update: {
      text: 'SET expiresAt = :expiresAt REMOVE releasedAt',
      values: { ':expiresAt': expiresAfter(now, lifetimes.outbox) },
    },
    condition: { text: 'attribute_exists(pk)' },
    quiet: true,
  }
}

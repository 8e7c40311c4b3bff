import type { DatabaseSync } from 'node:sqlite'

/** What is used here of fauxqs's `PersistenceManager`, and every write it makes for SQS. */
export interface Persistence extends Record<Write, (...args: never[]) => void> {
  readonly db: DatabaseSync
  loadSqsAndSns(sqsStore: unknown, snsStore: unknown): void
  close(): void
}

const WRITES = [
  'insertQueue',
  'deleteQueue',
  'updateQueueAttributes',
  'updateQueueSequenceCounter',
  'insertMessage',
  'deleteMessage',
  'updateMessageInflight',
  'updateMessageReady',
  'deleteQueueMessages',
] as const
type Write = (typeof WRITES)[number]

/**
 * All writes of one request become one transaction, committed before the answer leaves: a microtask queued by the first
 * write runs before anything that waits for the request's handler. So a message on its way to the dead-letter queue
 * (deleted here, inserted there) cannot be lost by a death in between, and a batch costs one commit.
 * A commit that fails ends the process: nothing of it has been answered.
 */
export function commitOncePerTurn(persistence: Persistence): void {
  // Without a sync per commit: a killed process loses nothing, only the machine's power failure can.
  persistence.db.exec('PRAGMA synchronous = NORMAL')
  let open = false
  for (const name of WRITES) {
    const write = persistence[name].bind(persistence)
    persistence[name] = (...args) => {
      if (!open) {
        open = true
        persistence.db.exec('BEGIN IMMEDIATE')
        queueMicrotask(() => {
          open = false
          persistence.db.exec('COMMIT')
        })
      }
      write(...args)
    }
  }
}

/**
 * A message whose visibility is set to 0 gives up its receipt and keeps its receive count. fauxqs 2.4.1 would write NULL
 * for the count, which its own schema refuses; the message was then lost until the next start.
 */
export function forgetReceipts(persistence: Persistence): void {
  const statement = persistence.db.prepare(
    'UPDATE sqs_messages SET receipt_handle = NULL, visibility_deadline = NULL WHERE message_id = ?',
  )
  persistence.updateMessageReady = (messageId: string) => {
    statement.run(messageId)
  }
}

import { appendFile, mkdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'

export interface DirectSends {
  add(messageIds: readonly string[]): Promise<void>
  has(messageId: string): boolean
}

/**
 * The messages that a caller sent to a dead-letter queue directly. SQS knows the source of a message only if it moved the
 * message there by a redrive policy, and can bring only these back to their source. The engine keeps no such note.
 */
export async function openDirectSends(dataDir: string): Promise<DirectSends> {
  const file = join(dataDir, 'sent-to-dead-letter-queues.txt')
  await mkdir(dataDir, { recursive: true })
  const ids = new Set((await readFile(file, 'utf8').catch(() => '')).split('\n'))
  return {
    async add(messageIds) {
      for (const id of messageIds) ids.add(id)
      await appendFile(file, messageIds.map((id) => `${id}\n`).join(''))
    },
    has: (messageId) => ids.has(messageId),
  }
}

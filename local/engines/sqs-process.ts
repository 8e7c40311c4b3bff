import { dirname, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { buildApp } from 'fauxqs'
import { commitOncePerTurn, forgetReceipts, type Persistence } from './sqs-persistence.ts'

/**
 * The process of the SQS engine: fauxqs, on the loopback interface, with its SQLite persistence. `startFauxqs` itself
 * listens on every interface, so its parts are put together here. A process of its own, because SQLite writes and queue
 * timers block the loop they run on, and because it can be killed.
 *
 * Usage: node sqs-process.ts <directory>. Prints `listening <port>`.
 */

const DUE_EVERY_MS = 100

/** What is used here of fauxqs's FIFO queue. A `Map` keeps the order of its groups: the first is looked at first. */
interface FifoQueue {
  readonly fifoMessages: Map<string, unknown[]>
  readonly inflightMessages: ReadonlyMap<string, { readonly message: { readonly messageGroupId?: string } }>
}

interface Received {
  readonly ReceiptHandle: string
}

const dist = dirname(fileURLToPath(import.meta.resolve('fauxqs')))
const load = (file: string) => import(pathToFileURL(join(dist, file)).href)

const [{ SqsStore, SqsQueue }, { SnsStore }, { S3Store }, { PersistenceManager }, { INVALID_MESSAGE_BODY_CHAR }] =
  await Promise.all(
    ['sqs/sqsStore.js', 'sns/snsStore.js', 's3/s3Store.js', 'persistence.js', 'sqs/sqsTypes.js'].map(load),
  )

// fauxqs looks at halves of characters above U+FFFF and refuses them; SQS takes them.
const notAllowed = /[^\t\n\r\x20-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/u
INVALID_MESSAGE_BODY_CHAR.test = (text: string) => notAllowed.test(text)

// While somebody waits for messages, fauxqs looks for due ones 50 times a second in each queue. A tenth is soon enough,
// and nothing that a person's fan would hear. New messages wake the waiting at once.
SqsQueue.prototype.startPollTimerIfNeeded = function (this: { pollTimer?: NodeJS.Timeout; processTimers(): void }) {
  this.pollTimer ??= setInterval(() => this.processTimers(), DUE_EVERY_MS)
}

// fauxqs empties the oldest group before it looks at the next. Groups are independent of each other in SQS: here they take
// turns, or a backlog in one would hold up a message of every other.
const { dequeueFifo } = SqsQueue.prototype
SqsQueue.prototype.dequeueFifo = function (this: FifoQueue, ...args: unknown[]): Received[] {
  const received: Received[] = dequeueFifo.apply(this, args)
  for (const { ReceiptHandle } of received) {
    const group = this.inflightMessages.get(ReceiptHandle)?.message.messageGroupId ?? ''
    const rest = this.fifoMessages.get(group)
    if (!rest) continue
    this.fifoMessages.delete(group)
    this.fifoMessages.set(group, rest)
  }
  return received
}

const persistence: Persistence = new PersistenceManager(process.argv[2])
const sqsStore = new SqsStore()
// Loaded before it is wired in: writing a queue again would delete its messages.
persistence.loadSqsAndSns(sqsStore, new SnsStore())
forgetReceipts(persistence)
commitOncePerTurn(persistence)
sqsStore.persistence = persistence
for (const queue of sqsStore.allQueues()) queue.persistence = persistence

const app = buildApp({
  logger: false,
  defaultRegion: 'us-east-1',
  stores: { sqsStore, snsStore: new SnsStore(), s3Store: new S3Store() },
})
// There is one region here. fauxqs would take it from the signature, and give each its own queues under one name.
app.addHook('onRequest', async (request) => {
  request.headers.authorization = undefined
})
const address = await app.listen({ host: '127.0.0.1', port: 0 })
process.once('SIGTERM', () => {
  persistence.close()
  process.exit(0)
})
console.log(`listening ${new URL(address).port}`)

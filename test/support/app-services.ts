/** Doubles of the services, for tests of jobs: what they did outside is kept, what they read lies in a store in memory. */
import type { JobContext } from '../../shared/define/job.ts'
import { ownAttributes } from '../../shared/define/record/attributes.ts'
import { recordIn, recordKey, recordsIn } from '../../shared/define/record/item.ts'
import { type RecordWrite, recordWrite } from '../../shared/define/record.ts'
import type { EncryptionContext, Mail, Post, PostAnswer, RecordReader, Services } from '../../shared/define/services.ts'
import type { Item } from '../../shared/lib/write.ts'
import { type MemoryStore, memoryStore } from './memory-store.ts'
import { simClock } from './sim-clock.ts'

export interface FakeServices extends Services {
  readonly mails: Mail[]
  readonly posts: Post[]
}

/** @param answer what every post is answered; throw for one that is not answered at all */
export function fakeServices(
  store: MemoryStore = memoryStore(simClock()),
  answer: () => PostAnswer = () => ({ status: 200, text: '' }),
): FakeServices {
  const mails: Mail[] = []
  const posts: Post[] = []
  return {
    mails,
    posts,
    mail: {
      async send(mail) {
        mails.push(mail)
      },
    },
    records: memoryRecords(store),
    http: {
      async post(request) {
        posts.push(request)
        return answer()
      },
    },
    secrets: {
      fresh: () => new Uint8Array(32).fill(7),
      seal: async (secret, context) => `${sealFor(context)}${secret}`,
      open: async (sealed, context) => {
        const seal = sealFor(context)
        if (!sealed.startsWith(seal)) throw new Error(`"${sealed}" was not sealed as ${seal}`)
        return sealed.slice(seal.length)
      },
    },
  }
}

/** What a secret starts with that was sealed for somebody. */
export function sealFor(context: EncryptionContext): string {
  return `sealed for ${Object.values(context).join(' ')}:`
}

/** Reads records as the adapter does: in order of the sort key, a page at a time. */
export function memoryRecords(store: MemoryStore): RecordReader {
  return {
    async get(record, identity) {
      const item = await store.get('records', { ...recordKey(record, identity) })
      return item && recordIn(record, item)
    },
    async list(record, { after = '', limit, skipUnreadable, ...range }) {
      const keyOf = (item: Item) => String('listed' in range ? item.pk : item.sk)
      const isIn = (item: Item) =>
        'listed' in range
          ? item[ownAttributes.listed] === range.listed
          : item.pk === range.pk && keyOf(item).startsWith(range.prefix ?? '')
      const found = store
        .items('records')
        .filter((item) => isIn(item) && keyOf(item) > after)
        .sort((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1))
      const page = found.slice(0, limit)
      const last = page.at(-1)
      const read = recordsIn(record, page, { skipUnreadable })
      return found.length > limit && last ? { ...read, next: keyOf(last) } : read
    },
  }
}

/** A store that holds some records. */
export async function storeWith(writes: readonly RecordWrite[]): Promise<MemoryStore> {
  const store = memoryStore(simClock())
  for (const write of writes) await store.write(recordWrite(write))
  return store
}

/** The context of a first attempt. */
export function contextWith(services: Services, changed: Partial<JobContext> = {}): JobContext {
  return {
    jobId: 'job-1',
    attempt: 1,
    effectKey: 'job-1',
    signal: new AbortController().signal,
    now: new Date('2026-11-06T00:00:30.000Z'),
    services,
    progress: () => {},
    members: async () => ({ members: [] }),
    ...changed,
  }
}

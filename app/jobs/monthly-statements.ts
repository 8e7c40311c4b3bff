import { batch, callback, defineJob, PermanentError, type RecordReader, request } from 'outbox-relay'
import * as z from 'zod'
import { month } from '../lib/days.ts'
import { user, userPartition } from '../records/user.ts'
import addStatements from './add-statements.ts'
import mailStatementSummary from './mail-statement-summary.ts'
import sealStatements from './seal-statements.ts'

/** A change has at most 99 writes beside the completion of its job, and the two batches are three. */
const mostPages = 90
/** The users of a page become members of the batch in one change, which adds them in one write. */
const pageSize = 90

/**
 * Makes a statement for every user, and mails a summary when all are made. The statements are one batch, whose id is that of
 * this job. It is filled by jobs for a page of users each. Those are a batch too: when all have succeeded, its callback seals
 * the batch of the statements. All of it is one change, so a second attempt adds nothing twice.
 */
export default defineJob({
  type: 'monthly-statements',
  schema: z.object({
    month,
    /** Receiver of the summary. */
    to: z.email(),
  }),
  lane: 'bulk',
  timeLimitSeconds: 55,
  redact: ['to'],
  async run({ month, to }, { services, jobId: statements, signal, progress }) {
    const pages: string[][] = []
    for await (const page of userPages(services.records, signal)) {
      if (pages.length === mostPages)
        throw new PermanentError(`there are more than ${mostPages * pageSize} users, which one change has no room for`)
      pages.push(page)
      progress({ message: `${pages.length} pages of users` })
    }
    return {
      batches: [
        batch({ id: statements, open: true, onFinished: callback(mailStatementSummary, { month, to }) }),
        batch({
          jobs: pages.map((users) => request(addStatements, { month, statements, users })),
          onSucceeded: callback(sealStatements, { statements }),
        }),
      ],
      result: { statements },
    }
  },
})

/** The ids of all users. The first page comes in any case, so that a shop without users gets a summary too. */
async function* userPages(records: RecordReader, signal: AbortSignal): AsyncGenerator<string[]> {
  let after: string | undefined
  do {
    signal.throwIfAborted()
    const page = await records.list(user, { pk: userPartition, limit: pageSize, after })
    yield page.values.map(({ id }) => id)
    after = page.next
  } while (after !== undefined)
}

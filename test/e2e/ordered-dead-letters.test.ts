import { expect, test } from 'vitest'
import { withAws } from './support/aws.ts'
import { eventually } from './support/eventually.ts'
import { jobIs, postBatch, probeJob } from './support/jobs.ts'
import { unique } from './support/names.ts'
import { look } from './support/queues.ts'
import { redrive } from './support/redrive.ts'

withAws('dead letters of one group', () => {
  test('leave the queue with a redrive, although ten others that stay lie before them', async () => {
    const group = unique('behind')
    const where = { lane: 'ordered', group }
    const stay = Array.from({ length: 10 }, () => probeJob({ key: unique('stay'), permanent: true }, where))
    // Dead after all its attempts; the next one succeeds.
    const last = probeJob({ key: group, failAttempts: 5 }, where)
    const ids = await postBatch([...stay, last])
    for (const id of ids) await jobIs(id, 'dead', { within: 120_000 })
    const chosen = ids.at(-1) ?? ''
    expect(await redrive({ ids: [chosen] })).toMatchObject({ status: 202, body: { matched: 1, moved: 1 } })
    await jobIs(chosen, 'succeeded')
    // A receive shows the first letter of a group alone: one of those that stay.
    await eventually(
      `a letter of ${group}`,
      () => look('ordered-dlq.fifo', group),
      (letter) => letter !== undefined && !letter.Body?.includes(chosen),
    )
  }, 180_000)
})

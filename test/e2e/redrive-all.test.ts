import { expect, onTestFinished, test } from 'vitest'
import { apiAt } from './support/api.ts'
import { eventually } from './support/eventually.ts'
import { getJob, jobsAre, postBatch, probeJob } from './support/jobs.ts'
import { unique } from './support/names.ts'
import { ownStack } from './support/own-stack.ts'

/** On a stack of its own: `all` means everyone's. */
test('redrive of all dead letters sends each of them once, on every lane', async () => {
  const stack = await ownStack()
  onTestFinished(() => stack[Symbol.asyncDispose]())
  const api = apiAt((await stack.start()).apiUrl)
  const dying = (lane: string) => probeJob({ key: unique('key'), permanent: true }, { lane })
  const lanes = ['urgent', 'default', 'bulk'].flatMap((lane) => Array.from({ length: 10 }, () => dying(lane)))
  const ids = await postBatch([...lanes, { ...dying('ordered'), group: 'g' }], api)
  await jobsAre(ids, 'dead', {}, api)

  const dry = await api.post('/dead-letters/redrive', { all: true, dryRun: true })
  expect(dry).toMatchObject({ status: 202, body: { matched: 31, moved: 0, complete: true } })
  const real = await api.post('/dead-letters/redrive', { all: true })
  expect(real).toMatchObject({ status: 202, body: { matched: 31, moved: 31, complete: true } })
  await Promise.all(
    ids.map((id) =>
      eventually(
        `job ${id} died a second time`,
        () => getJob(id, api),
        ({ status, attempts }) => status === 'dead' && attempts === 2,
      ),
    ),
  )
})

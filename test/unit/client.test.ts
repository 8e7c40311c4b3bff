/** Committing from a function of the adopter's own, on tables in memory. */
import { describe, expect, it } from 'vitest'
import * as z from 'zod'
import { transactItem } from '../../functions/aws/store.ts'
import { outboxOn } from '../../functions/client/outbox.ts'
import { defineCommand } from '../../shared/define/command.ts'
import { ChangeRefusedError } from '../../shared/define/errors.ts'
import { request } from '../../shared/define/job.ts'
import { create, defineRecord } from '../../shared/define/record.ts'
import type { Write } from '../../shared/lib/write.ts'
import { jobIndexKeys } from '../../shared/outbox/job-index.ts'
import { appWith, jobType } from '../support/app.ts'
import { memoryRecords } from '../support/app-services.ts'
import { memoryStore } from '../support/memory-store.ts'
import { simIds } from '../support/random.ts'
import { simClock } from '../support/sim-clock.ts'

const registry = appWith()
const work = jobType(registry, 'work')
const note = defineRecord({
  name: 'note',
  schema: z.object({ id: z.string(), text: z.string() }),
  key: ({ id }: { id: string }) => ({ pk: `note#${id}`, sk: 'note' }),
})
const writeNote = defineCommand({
  input: z.strictObject({ text: z.string() }),
  creates: note,
  change: ({ text }, { id }) => ({
    records: [create(note, { id, text })],
    jobs: [request(work, { label: text })],
  }),
})

function connected() {
  const clock = simClock()
  const store = memoryStore(clock)
  const tables = { records: 'records', outbox: 'outbox', effects: 'effects' }
  const itemOf = (write: Write) => transactItem(tables, write)
  const records = memoryRecords(store)
  return { store, ...outboxOn({ store, records, clock, ids: simIds(), registry, outboxLifetime: 60, itemOf }) }
}

describe('a commit', () => {
  it('writes records and jobs together, and names the jobs', async () => {
    const { commit, records, store } = connected()
    const jobs = [request(work, { label: 'a' })]
    const result = await commit({ records: [create(note, { id: '1', text: 'a' })], jobs })
    expect(result).toMatchObject({ kind: 'committed', jobs: [{ type: 'work' }] })
    expect(await records.get(note, { id: '1' })).toEqual({ id: '1', text: 'a' })
    expect(store.items('outbox')).toMatchObject([{ type: 'work', payload: '{"label":"a"}' }])
  })

  it('can put the ids of its jobs into its records', async () => {
    const { commit, records, store } = connected()
    await commit(({ causes }) => {
      const jobs = causes([request(work, { label: 'a' })])
      return { records: [create(note, { id: '1', text: jobs[0]!.id })], jobs }
    })
    expect((await records.get(note, { id: '1' }))?.text).toBe(store.items('outbox')[0]?.sk)
  })

  it('that must create what exists writes nothing', async () => {
    const { commit, store } = connected()
    const change = { records: [create(note, { id: '1', text: 'a' })], jobs: [request(work, { label: 'a' })] }
    await commit(change)
    expect(await commit(change)).toEqual({ kind: 'conflict', write: 0 })
    expect(store.items('outbox')).toHaveLength(1)
  })

  it('with a payload that does not fit is refused', async () => {
    const { commit } = connected()
    await expect(commit({ jobs: [request(work, { label: 7 } as never)] })).rejects.toThrow(ChangeRefusedError)
  })
})

describe('a command', () => {
  it('is done once per key, and its repetition finds the first record', async () => {
    const { execute, store } = connected()
    const first = await execute(writeNote, { text: 'a' }, { idempotencyKey: 'k', caller: 'ann' })
    const again = await execute(writeNote, { text: 'a' }, { idempotencyKey: 'k', caller: 'ann' })
    expect(first).toMatchObject({ kind: 'committed', record: { text: 'a' }, jobs: [{ type: 'work' }] })
    expect(again).toMatchObject({ kind: 'replayed', record: 'record' in first && first.record })
    expect(await execute(writeNote, { text: 'b' }, { idempotencyKey: 'k', caller: 'ann' })).toEqual({
      kind: 'key-reused',
    })
    expect(await execute(writeNote, { text: 'b' }, { idempotencyKey: 'k', caller: 'bob' })).toMatchObject({
      kind: 'committed',
    })
    expect(store.items('outbox')).toHaveLength(2)
  })

  it('without a key is a new one every time', async () => {
    const { execute, store } = connected()
    await execute(writeNote, { text: 'a' })
    await execute(writeNote, { text: 'a' })
    expect(store.items('records')).toHaveLength(2)
  })
})

it('items for a transaction of your own are those that a commit would write', async () => {
  const { commit, items, store } = connected()
  const { items: own, jobs } = items([request(work, { label: 'a' })])
  expect(store.items('outbox')).toEqual([])
  await commit({ jobs: [request(work, { label: 'a' })] })
  const [written] = store.items('outbox')
  const [put] = own
  const id = jobs[0]?.id
  expect(put?.Put?.TableName).toBe('outbox')
  const listed = jobIndexKeys(String(id), String(written?.createdAt))
  expect(put?.Put?.Item).toEqual({ ...written, ...listed, id, pk: id, sk: id })
})

/** What an update may say, and what it makes of the record and of its place in a list. */
import { beforeEach, describe, expect, it } from 'vitest'
import * as z from 'zod'
import { ChangeRefusedError } from '../../shared/define/errors.ts'
import { create, defineRecord, recordWrite, type Update, update } from '../../shared/define/record.ts'
import { memoryRecords } from '../support/app-services.ts'
import { type MemoryStore, memoryStore } from '../support/memory-store.ts'

const ticket = defineRecord({
  name: 'ticket',
  schema: z.object({
    id: z.string().trim().toLowerCase(),
    state: z.enum(['open', 'closed']),
    team: z.string().optional(),
    at: z.date().optional(),
    note: z.string().nullable().optional(),
    count: z.int().default(0),
    total: z.number().optional(),
    wei: z.bigint().optional(),
    tags: z.array(z.string()).default([]),
    seen: z.array(z.date()).optional(),
    expiresAt: z.int().optional(),
    pk: z.string().optional(),
  }),
  key: ({ id }: { id: string }) => ({ pk: `ticket#${id}`, sk: 'ticket' }),
  listed: ({ state, team }) => `tickets#${state}#${team}`,
})
const loose = defineRecord({
  name: 'loose',
  schema: z.looseObject({ id: z.string() }),
  key: ({ id }: { id: string }) => ({ pk: `loose#${id}`, sk: 'loose' }),
})

let store: MemoryStore
beforeEach(() => {
  store = memoryStore({ now: () => new Date() })
})
const at = new Date('2026-01-02T03:04:05.678Z')
const change = (by: Update, id = 'a') => recordWrite(update(ticket, { id }, by))
const read = () => memoryRecords(store).get(ticket, { id: 'a' })
const list = async (listed: string) =>
  (await memoryRecords(store).list(ticket, { listed, limit: 9 })).values.map(({ id }) => id)

describe('an update', () => {
  it.each<[string, Update, string]>([
    ['that changes nothing', {}, 'the update changes nothing; leave it out, or name a field in set, add or append'],
    [
      'of undefined alone',
      { set: { note: undefined } },
      'the update changes nothing; leave it out, or name a field in set, add or append',
    ],
    [
      'of a field twice',
      { set: { count: 1 }, add: { count: 1 } },
      'count: is in more than one of set, add and append; keep one of them',
    ],
    [
      'of a field that is not there',
      { set: { nope: 1 } },
      'nope: is not a field of the record (known: id, state, team, at, note, count, total, wei, tags, seen, expiresAt, pk)',
    ],
    [
      'of the key',
      { set: { id: 'b' } },
      'id: is part of the key, which an update cannot change; remove the record and create another',
    ],
    ['to a value that does not fit', { set: { at: 'today' } }, 'at: Invalid input: expected date, received string'],
    [
      'that adds undefined',
      { add: { count: undefined as never } },
      'count: is to grow by a value of type undefined; add takes a finite number',
    ],
    ['that adds NaN', { add: { total: Number.NaN } }, 'total: is NaN, which cannot be stored; use null'],
    ['that adds a part to whole numbers', { add: { count: 0.5 } }, 'count: holds whole numbers, and is to grow by 0.5'],
    ['that adds a part to a bigint', { add: { wei: 0.5 } }, 'wei: holds whole numbers, and is to grow by 0.5'],
    ['that adds to a text', { add: { team: 1 } }, 'team: is not a number, so nothing can be added to it; use set'],
    [
      'that appends to a number',
      { append: { count: [1] } },
      'count: is not a list, so nothing can be appended to it; use set',
    ],
    [
      'that appends what does not fit',
      { append: { tags: ['a', 5] } },
      'tags.1: Invalid input: expected string, received number',
    ],
    ['that appends no list', { append: { tags: 'a' as never } }, 'tags: is to get elements that are not in a list'],
    [
      'to milliseconds of expiry',
      { set: { expiresAt: 1_767_225_600_000 } },
      'expiresAt: must be whole seconds since the epoch, before the year 2501 (Math.ceil(date.getTime() / 1000)); DynamoDB deletes by it',
    ],
    [
      'of a part of what the list follows from',
      { set: { state: 'closed' } },
      'state: decides with team in which list the record stands; set all of them, or put() the whole record',
    ],
    [
      'that adds to the list',
      { append: { state: ['x'] } },
      'state: is not a list, so nothing can be appended to it; use set',
    ],
  ])('%s is refused', (_, by, message) => {
    expect(() => change(by)).toThrow(ChangeRefusedError)
    expect(() => change(by)).toThrow(`record "ticket": ${message}`)
  })

  it('is refused with the path alone, for the answer of an API', () => {
    const problems = [{ path: 'tags.1', message: 'Invalid input: expected string, received number' }]
    expect(() => change({ append: { tags: ['a', 5] } })).toThrow(expect.objectContaining({ problems }))
  })

  it('stores what it sets, adds and appends as the schema says', async () => {
    const by = {
      set: { state: 'open', team: 'x', at, note: undefined, pk: 'p' },
      add: { count: 2, wei: 3 },
      append: { tags: ['t'], seen: [at] },
    } as const
    await store.write(change({ ...by, set: { ...by.set, note: null } }))
    await store.write(change(by))
    const value = {
      id: 'a',
      state: 'open',
      team: 'x',
      at,
      note: null,
      pk: 'p',
      count: 4,
      wei: 6n,
      tags: ['t', 't'],
      seen: [at, at],
    }
    expect(await read()).toEqual(value)
  })

  it('makes a record that can be read, under the key that a creation has', async () => {
    await store.write(change({ set: { state: 'open', team: 'x' } }, ' A '))
    expect(await read()).toEqual({ id: 'a', state: 'open', team: 'x', count: 0, tags: [] })
    const second = await store.write(recordWrite(create(ticket, { id: 'A', state: 'open', count: 0, tags: [] })))
    expect(second.kind).toBe('refused')
  })

  it('repeats the identity without harm', async () => {
    await store.write(change({ set: { id: 'a', state: 'open', team: 'x' } }))
    expect(await read()).toMatchObject({ id: 'a' })
  })

  it('moves a record in its list, or makes it there', async () => {
    await store.write(change({ set: { state: 'open', team: 'x' } }))
    expect(await list('tickets#open#x')).toEqual(['a'])
    await store.write(change({ add: { count: 1 } }))
    expect(await list('tickets#open#x')).toEqual(['a'])
    await store.write(change({ set: { state: 'closed', team: 'x' } }))
    expect([await list('tickets#open#x'), await list('tickets#closed#x')]).toEqual([[], ['a']])
  })

  it('of a loose record may set any plain field', async () => {
    await store.write(recordWrite(update(loose, { id: 'a' }, { set: { pk: 'p', _kind: 'k', more: [1] } })))
    expect(await memoryRecords(store).get(loose, { id: 'a' })).toEqual({ id: 'a', pk: 'p', _kind: 'k', more: [1] })
    const bad = () => recordWrite(update(loose, { id: 'a' }, { set: { at } }))
    expect(bad).toThrow('record "loose": at: would come back from the table as another value')
  })
})

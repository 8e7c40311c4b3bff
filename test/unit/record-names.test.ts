/** Fields, keys and partitions of an application, next to ours. */
import { beforeEach, describe, expect, it } from 'vitest'
import * as z from 'zod'
import { ChangeRefusedError } from '../../shared/define/errors.ts'
import { ownAttributes } from '../../shared/define/record/attributes.ts'
import { recordIn } from '../../shared/define/record/item.ts'
import { create, defineRecord, put, type RecordType, recordWrite, remove, update } from '../../shared/define/record.ts'
import { action, actionPartition } from '../../shared/recovery/action.ts'
import { lanePausePartition } from '../../shared/recovery/lane-pause.ts'
import { memoryRecords } from '../support/app-services.ts'
import { type MemoryStore, memoryStore } from '../support/memory-store.ts'

let store: MemoryStore
beforeEach(() => {
  store = memoryStore({ now: () => new Date() })
})
const names = [
  'kind',
  'listed',
  'fingerprint',
  'pk',
  'sk',
  '_kind',
  '_listed',
  '_request',
  '_pk',
  '__pk',
  '_',
  '__proto',
]

describe('a field that is named like an attribute of ours', () => {
  const schema = z.strictObject({ id: z.string(), ...Object.fromEntries(names.map((name) => [name, z.string()])) })
  const odd = defineRecord({
    name: 'odd',
    schema: schema as unknown as z.ZodType<{ id: string }>,
    key: ({ id }: { id: string }) => ({ pk: `odd#${id}`, sk: 'odd' }),
    listed: () => 'NYSE',
  })
  const value = { id: 'a', ...Object.fromEntries(names.map((name) => [name, `my ${name}`])) }

  it('comes back as it was written, also after an update and in a list', async () => {
    await store.write(recordWrite(create(odd, value)))
    const reader = memoryRecords(store)
    expect(await reader.get(odd, { id: 'a' })).toEqual(value)
    for (const name of names)
      await store.write(recordWrite(update(odd, { id: 'a' }, { set: { [name]: `new ${name}` } })))
    const changed = { id: 'a', ...Object.fromEntries(names.map((name) => [name, `new ${name}`])) }
    expect(await reader.get(odd, { id: 'a' })).toEqual(changed)
    expect((await reader.list(odd, { listed: 'NYSE', limit: 9 })).values).toEqual([changed])
    expect(store.items('records')).toMatchObject([{ _kind: 'odd', _listed: 'NYSE', pk: 'odd#a', sk: 'odd' }])
  })

  it('does not bring a record into a list', async () => {
    const share = defineRecord({
      name: 'share',
      schema: z.object({ id: z.string(), listed: z.boolean(), _listed: z.string() }),
      key: ({ id }: { id: string }) => ({ pk: `share#${id}`, sk: 'share' }),
    })
    await store.write(recordWrite(create(share, { id: 'a', listed: true, _listed: 'NYSE' })))
    expect((await memoryRecords(store).list(odd, { listed: 'NYSE', limit: 9 })).values).toEqual([])
  })

  it('is read of an item that carries attributes of ours, also by a strict schema', () => {
    const strict = defineRecord({
      name: 'strict',
      schema: z.strictObject({ id: z.string() }),
      key: ({ id }: { id: string }) => ({ pk: id, sk: id }),
    })
    const ours = Object.fromEntries(Object.values(ownAttributes).map((name) => [name, 'x']))
    expect(recordIn(strict, { pk: 'a', sk: 'a', id: 'a', ...ours })).toEqual({ id: 'a' })
  })
})

describe('a key', () => {
  const account = defineRecord({
    name: 'account',
    schema: z.object({ email: z.string().trim().toLowerCase(), name: z.string() }),
    key: ({ email }: { email: string }) => ({ pk: `account#${email}`, sk: 'account' }),
    listed: ({ email }) => `accounts#${email.slice(0, 1)}`,
  })

  it('and a list follow from the value as it is stored', async () => {
    await store.write(recordWrite(create(account, { email: ' Ann@Example.com', name: 'Ann' })))
    expect((await store.write(recordWrite(create(account, { email: 'ann@example.com', name: 'B' })))).kind).toBe(
      'refused',
    )
    const reader = memoryRecords(store)
    expect(await reader.get(account, { email: 'ANN@example.com' })).toMatchObject({ name: 'Ann' })
    expect((await reader.list(account, { listed: 'accounts#a', limit: 9 })).values).toHaveLength(1)
    await store.write(recordWrite(update(account, { email: 'ANN@example.com ' }, { set: { name: 'C' } })))
    expect(store.items('records')).toMatchObject([{ email: 'ann@example.com', name: 'C' }])
    await store.write(recordWrite(remove(account, { email: 'Ann@example.com' })))
    expect(store.items('records')).toEqual([])
  })

  it('may be made of more than the schema has', () => {
    const note = defineRecord({
      name: 'note',
      schema: z.object({ text: z.string() }),
      key: ({ owner }: { owner: string }) => ({ pk: owner, sk: 'note' }),
    })
    expect(recordWrite(create(note, { text: 'x', owner: 'ann' }))).toMatchObject({ item: { pk: 'ann', text: 'x' } })
  })

  const keyed = (pk: unknown, sk: unknown, listed?: string) =>
    defineRecord({
      name: 'keyed',
      schema: z.object({ id: z.string() }),
      key: (_: { id: string }) => ({ pk: pk as string, sk: sk as string }),
      listed: listed === undefined ? undefined : () => listed,
    })
  it.each<[string, RecordType<{ id: string }, { id: string }>, RegExp]>([
    ['without a partition', keyed('', 'x'), /the pk of its key is empty/],
    ['without a sort key', keyed('x', undefined), /the sk of its key is a value of type undefined, not a text/],
    ['with a partition of 3 KB', keyed('x'.repeat(3_000), 'x'), /the pk of its key has 3000 bytes; at most 2048/],
    ['with a sort key of 2 KB', keyed('x', 'é'.repeat(1_000)), /the sk of its key has 2000 bytes; at most 1024/],
    [
      'with a long partition and a list',
      keyed('x'.repeat(2_000), 'x', 'l'),
      /the pk of its key has 2000 bytes; at most 1024/,
    ],
    ['with an empty list', keyed('x', 'x', ''), /its list is empty/],
    ['with half a character', keyed('x\ud800', 'x'), /half of a surrogate pair/],
    ['in a partition of ours', keyed(actionPartition, 'x'), /its pk begins with "outbox-relay#", which is kept/],
    ['in another partition of ours', keyed(lanePausePartition, 'x'), /which is kept/],
  ])('%s is refused', (_, record, message) => {
    for (const write of [create(record, { id: 'a' }), put(record, { id: 'a' })]) {
      expect(() => recordWrite(write)).toThrow(ChangeRefusedError)
      expect(() => recordWrite(write)).toThrow(message)
    }
  })

  it('that throws is refused, not tried again', () => {
    const broken = { ...keyed('x', 'x'), key: () => JSON.parse('{') as never }
    expect(() => recordWrite(create(broken, { id: 'a' }))).toThrow(/record "keyed": key\(\) threw SyntaxError/)
  })
})

describe('a list', () => {
  const jump = { pk: actionPartition, sk: 'a1', _kind: 'move', id: 'a1', title: 'Jump' }

  it('of ours leaves out what something else wrote there', async () => {
    await store.write({ op: 'put', table: 'records', item: jump })
    const entry = { id: 'x', at: '2026-01-01T00:00:00.000Z', by: 'ann', action: 'redrive', detail: '{}' }
    await store.write(recordWrite(create(action, entry)))
    expect((await memoryRecords(store).list(action, { pk: actionPartition, limit: 9 })).values).toEqual([entry])
  })

  it('of one type leaves out records of another that do not fit, and fails for its own that do not', async () => {
    const [line, note] = ['line', 'note'].map((name) =>
      defineRecord({
        name,
        schema: z.object({ id: z.string(), [name]: z.string() }),
        key: ({ id }: { id: string }) => ({ pk: 'shared', sk: id }),
      }),
    ) as [RecordType<{ id: string }, { id: string }>, RecordType<{ id: string }, { id: string }>]
    await store.write(recordWrite(create(line, { id: '1', line: 'x' } as { id: string })))
    await store.write(recordWrite(create(note, { id: '2', note: 'x' } as { id: string })))
    const list = () => memoryRecords(store).list(line, { pk: 'shared', limit: 9 })
    expect((await list()).values).toEqual([{ id: '1', line: 'x' }])
    await store.write({ op: 'put', table: 'records', item: { pk: 'shared', sk: '3', id: '3', _kind: 'line' } })
    await expect(list()).rejects.toThrow(z.ZodError)
  })
})

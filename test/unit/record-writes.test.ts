import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import { ChangeRefusedError } from '../../shared/define/errors.ts'
import { create, defineRecord, put, type RecordWrite, recordWrite, remove, update } from '../../shared/define/record.ts'
import { counter } from '../support/app.ts'
import { memoryStore } from '../support/memory-store.ts'

const store = memoryStore({ now: () => new Date() })
const value = { name: 'a', count: 1, labels: [] }
const write = (record: RecordWrite) => store.write(recordWrite(record))

describe('a record', () => {
  it('is created once; a second creation is refused', async () => {
    expect(await write(create(counter, value))).toMatchObject({ kind: 'written', item: { ...value, _kind: 'counter' } })
    expect((await write(create(counter, { ...value, count: 5 }))).kind).toBe('refused')
  })

  it('is put over what was there', async () => {
    await write(put(counter, value))
    expect(await write(put(counter, { ...value, count: 9 }))).toMatchObject({ kind: 'written', item: { count: 9 } })
  })

  it('is updated without reading, and made if it is missing', async () => {
    const by = { add: { count: 2 }, append: { labels: ['x'] }, set: { note: 'n' } }
    await write(update(counter, { name: 'fresh' }, by))
    expect(await write(update(counter, { name: 'fresh' }, by))).toMatchObject({
      item: { count: 4, labels: ['x', 'x'], note: 'n', name: 'fresh', _kind: 'counter' },
    })
  })

  it('is removed, also when it is not there', async () => {
    expect((await write(remove(counter, { name: 'never' }))).kind).toBe('written')
  })

  it('that does not fit its schema is never written', () => {
    const bad = { ...value, count: 'many' } as unknown as typeof value
    expect(() => recordWrite(create(counter, bad))).toThrow(ChangeRefusedError)
    expect(() => recordWrite(create(counter, bad))).toThrow(
      'record "counter": count: Invalid input: expected number, received string',
    )
  })

  it('lies where its key says, whatever its fields are called', () => {
    const odd = defineRecord({
      name: 'odd',
      schema: z.object({ pk: z.string(), kind: z.string() }),
      key: (_: object) => ({ pk: 'right', sk: 'right' }),
    })
    const written = recordWrite(create(odd, { pk: 'wrong', kind: 'own' }))
    expect(written).toMatchObject({ item: { pk: 'right', sk: 'right', _pk: 'wrong', kind: 'own', _kind: 'odd' } })
  })
})

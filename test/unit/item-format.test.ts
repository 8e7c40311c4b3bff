/** docs/item-format.md promises a format to writers in other languages: its schema and its vectors are what the code says. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it, test } from 'vitest'
import type { Item } from '../../shared/lib/write.ts'
import { decodeItem, placeProblem } from '../../shared/outbox/outbox-item.ts'
import { files } from '../item-format/files.ts'

const read = (path: string) => readFileSync(join(import.meta.dirname, '../..', path), 'utf8')
const made = files()

test.each(Object.entries(made))('%s is what `node test/item-format/write.ts` writes', (path, text) => {
  expect(read(path)).toBe(text)
})

const schema = JSON.parse(made['docs/item-format.schema.json'] ?? '')
const { transactions } = JSON.parse(made['docs/item-format.vectors.json'] ?? '')
const items: Item[] = transactions.flatMap((one: { items: Item[] }) => one.items)

describe('an item of the vectors', () => {
  it.each(items.map((item) => [item.type, item.id, item] as const))(
    '%s %s is one that the relay sends',
    (_, __, item) => {
      const decoded = decodeItem(item)
      if (decoded.kind === 'malformed') throw new Error(decoded.reason)
      expect(placeProblem(item, decoded.envelope)).toBeUndefined()
      expect(Object.keys(item).filter((name) => !Object.hasOwn(schema.properties, name))).toEqual([])
    },
  )

  it.each<string>(schema.required)('is malformed without %s', (name) => {
    const { [name]: _, ...rest } = items[0] as Item
    expect(decodeItem(rest).kind).toBe('malformed')
  })

  it('is among others, so that each attribute of the schema is in one', () => {
    const used = new Set(items.flatMap((item) => Object.keys(item)))
    expect(Object.keys(schema.properties).filter((name) => !used.has(name))).toEqual([])
  })

  it('may leave out every attribute that the schema does not require', () => {
    const needed = (item: Item) =>
      Object.fromEntries(Object.entries(item).filter(([name]) => schema.required.includes(name)))
    for (const item of items.filter(({ group }) => group === undefined))
      expect(decodeItem(needed(item)).kind).toBe('envelope')
  })
})

test('page and schema name the same attributes', () => {
  const page = read('docs/item-format.md')
  const rows = [...page.matchAll(/^\| `(\w+)` \| (yes|no)/gm)].map(([, name, isNeeded]) => [name, isNeeded] as const)
  expect(rows.map(([name]) => name).sort()).toEqual(Object.keys(schema.properties).sort())
  expect(rows.flatMap(([name, isNeeded]) => (isNeeded === 'yes' ? [name] : [])).sort()).toEqual(
    schema.required.toSorted(),
  )
})

import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import type { Started } from './support/mappings.ts'
import { failed, fakeFunction, start, startTables, streamMapping, until } from './support/mappings.ts'

let tables: Awaited<ReturnType<typeof startTables>>
let dataDir: string
let running: Started[] = []

beforeAll(async () => {
  tables = await startTables()
})
afterAll(() => tables.stop())
beforeEach(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'mappings-'))
})
afterEach(async () => {
  await Promise.all(running.map((mappings) => mappings.stop()))
  running = []
  await rm(dataDir, { recursive: true })
})

describe('a stream mapping', () => {
  it('hands records to the function in the shape of AWS', async () => {
    const table = await tables.create()
    const fn = fakeFunction()
    running.push(await start(tables.front.url, [streamMapping(table.streamArn)], fn, { dataDir }))
    await table.put('a', { data: { B: new Uint8Array([1, 2, 3]) } })
    await until(() => fn.events.length === 1, 4000).catch((e) => {
      console.log(running[0]?.lines)
      throw e
    })
    console.log(JSON.stringify(fn.events), running[0]?.lines, failed())
    expect(fn.events[0]?.Records).toHaveLength(1)
  })
})

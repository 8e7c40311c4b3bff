/** What an operator does after a bad night: one kind of many dead letters goes back, the others stay. On a stack of its own. */
import { expect, test } from 'vitest'
import { outbox } from '../../console/test/support/fake-ports.ts'
import { eventually } from '../e2e/support/eventually.ts'
import { ownStack } from '../e2e/support/own-stack.ts'

const kinds = { red: 1_000, green: 700, blue: 300 } as const
const errorOf = (kind: string) => `PermanentError: probe "${kind}" was told to fail for good`

interface Dead {
  readonly deadLetters: { readonly attempts: number }[]
  readonly groups: { readonly error: string; readonly count: number }[]
}

test('of 2,000 dead jobs of three kinds, one kind goes back by filter, with progress; the others stay', async () => {
  await using own = await ownStack()
  const { apiUrl } = await own.start()
  const get = async (query: object) =>
    (await (await fetch(`${apiUrl}/dead-letters?${new URLSearchParams({ ...query })}`)).json()) as Dead
  const counts = async () => Object.fromEntries((await get({ limit: '1' })).groups.map((g) => [g.error, g.count]))
  const all = Object.fromEntries(Object.entries(kinds).map(([kind, count]) => [errorOf(kind), count]))
  const areAll = (seen: Record<string, number>) => Object.entries(all).every(([error, n]) => seen[error] === n)

  for (const [kind, count] of Object.entries(kinds)) {
    const job = {
      type: 'probe',
      payload: { key: kind, permanent: true },
      lane: kind === 'green' ? 'default' : 'urgent',
    }
    const body = JSON.stringify({ jobs: Array.from({ length: 100 }, () => job) })
    for (let sent = 0; sent < count; sent += 100) {
      const answer = await fetch(`${apiUrl}/job-batches`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body,
      })
      expect(answer.status).toBe(202)
    }
  }
  expect(await eventually('all are dead', counts, areAll, { within: 150_000 })).toEqual(all)

  const { code, out, err } = await outbox(
    ['dlq', 'redrive', '--error', errorOf('red'), '--yes', '--output', 'table', '--url', apiUrl],
    { ports: { fetch: globalThis.fetch, now: () => new Date() }, tty: true, env: { NO_COLOR: '1' } },
  )
  expect(code).toBe(0)
  expect(out).toMatch(/1,000 dead jobs .* went back to their lanes\./)
  expect(err).toMatch(/of 1,000/)

  // What went back died again, of its second attempt; the others were not tried.
  const attempts = async (kind: string) =>
    [...new Set((await get({ error: errorOf(kind), limit: '500' })).deadLetters.map((d) => d.attempts))].join()
  const again = await eventually('the red ones died again', counts, areAll, { within: 150_000 })
  expect(again).toEqual(all)
  expect([await attempts('red'), await attempts('green'), await attempts('blue')]).toEqual(['2', '1', '1'])
}, 400_000)

import { expect, test } from 'vitest'
import { bar } from '../cli/commands/batches-ls.ts'
import { fakeApi } from './support/fake-api.ts'
import { outbox } from './support/fake-ports.ts'

const person = { tty: true, env: { NO_COLOR: '1' } }

test.each([
  [[8, 4, 1, 1], '#####x-...'],
  [[10_000, 9_999, 1, 0], '#########x'],
  [[10_000, 9_999, 0, 0], '#########.'],
  [[10_000, 1, 0, 0], '#.........'],
  [[10_000, 0, 1, 1], 'x-........'],
  [[3, 0, 0, 3], '----------'],
  [[0, 0, 0, 0], '..........'],
])('members %j are the bar %s', ([total = 0, succeeded = 0, dead = 0, cancelled = 0], drawn) => {
  expect(bar({ total, succeeded, dead, cancelled }, 10)).toBe(drawn)
})

test('batches ls asks for a status and a page, and shows the counts of each batch', async () => {
  const api = fakeApi()
  const { out } = await outbox('batches ls --status open --limit 5 --cursor c', { api, ...person })
  expect(api.asked[0]).toMatchObject({ path: '/batches', query: { status: 'open', limit: '5', cursor: 'c' } })
  expect(out).toMatch(/^batch-1 +open +#######x-\.{3} +8 +4 +1 +1 +2 +2026-11-30 00:59:00Z$/m)
  expect(out).toContain('There are more: add --cursor page-2')
})

test('batches get shows whether it is sealed, its callbacks, and what to do next', async () => {
  const { out } = await outbox('batches get batch-1', { api: fakeApi(), ...person })
  expect(out).toMatch(/^sealedAt +not sealed$/m)
  expect(out).toMatch(/^finished +caused +mail-summary +job-9$/m)
  expect(out).toMatch(/^succeeded +to come +archive +–$/m)
  expect(out).toContain('outbox batches seal batch-1')
  expect(out).toContain('outbox batches jobs batch-1 --status dead')
  const sealed = await outbox('batches get sealed', { api: fakeApi(), ...person })
  expect(sealed.out).toMatch(/^sealedAt +2026-11-30 01:00:00Z$/m)
  expect(sealed.out).not.toContain('batches seal')
})

test('batches jobs shows the result or the last error of each member', async () => {
  const api = fakeApi()
  const { out } = await outbox('batches jobs batch-1', { api, ...person })
  expect(out).toMatch(/^job-2 .* succeeded +5 of 5 +\{"rows":3\}$/m)
  expect(out).toMatch(/^job-1 .* dead +5 of 5 +SES said/m)
  await outbox('batches jobs batch-1 --status dead', { api })
  expect(api.asked[1]).toMatchObject({ path: '/batches/batch-1/jobs', query: { status: 'dead', limit: '100' } })
})

test('batches seal seals, and says so of a batch that is sealed already or does not exist', async () => {
  const api = fakeApi()
  const sealed = await outbox('batches seal batch-1', { api, ...person })
  expect(sealed.out).toContain('✓ Batch batch-1 is sealed')
  expect(api.acts().map(({ method, path }) => `${method} ${path}`)).toEqual(['POST /batches/batch-1/seal'])
  const again = await outbox('batches seal sealed', { api })
  expect([again.code, again.err]).toEqual([1, expect.stringContaining('was sealed at 2026-11-30T01:00:00.000Z')])
  const unknown = await outbox('batches seal unknown', { api })
  expect([unknown.code, unknown.err]).toEqual([1, expect.stringContaining('There is no batch "unknown"')])
})

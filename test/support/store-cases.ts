/** What every implementation of the `Store` port must do; run against the double and against DynamoDB. */
import { expect, it } from 'vitest'
import { create, put, recordWrite, remove, update } from '../../shared/define/record.ts'
import {
  type Claim,
  claimWrite,
  reclaimWrite,
  restartWrite,
  takeoverWrite,
} from '../../shared/execution/effect/claim-writes.ts'
import {
  completeWrite,
  dieWrite,
  failWrite,
  postponeWrite,
  reportWrite,
} from '../../shared/execution/effect/end-writes.ts'
import { allowedAttempts } from '../../shared/execution/effect/lease.ts'
import { cancelWrite, replaceWrite, reviveWrite, uncancelWrite } from '../../shared/execution/effect/operator-writes.ts'
import type { Effect } from '../../shared/execution/effect.ts'
import { takeSlots } from '../../shared/execution/rate-limit/slots.ts'
import { outboxKey } from '../../shared/lib/id.ts'
import type { Store, WriteResult } from '../../shared/lib/ports.ts'
import { absent, type Expression, type Item, type Write } from '../../shared/lib/write.ts'
import { handOverWrite, releaseWrite } from '../../shared/outbox/release.ts'
import { standsCheck, takeKeyWrite } from '../../shared/outbox/unique/key-item.ts'
import { counter } from './app.ts'

const now = new Date('2026-01-01T00:00:00Z')
const expiresAt = 2_000_000_000
let names = 0
/** A key that no other case uses. */
const fresh = (prefix = 'item') => `${prefix}-${++names}`

const putItem = (item: Item, condition?: Expression): Write => ({
  op: 'put',
  table: 'records',
  item,
  condition,
})
const updateItem = (pk: string, update: Expression, condition?: Expression): Extract<Write, { op: 'update' }> => ({
  op: 'update',
  table: 'records',
  key: { pk, sk: 'x' },
  update,
  condition,
})
const removeItem = (pk: string): Write => ({ op: 'delete', table: 'records', key: { pk, sk: 'x' } })

export function storeCases(storeOf: () => Store): void {
  singleWrites(storeOf)
  expressions(storeOf)
  transactions(storeOf)
  coreWrites(storeOf)
}

function singleWrites(storeOf: () => Store): void {
  it('reads what was put, without what is undefined', async () => {
    const item = {
      pk: fresh(),
      sk: 'x',
      text: 'é\u0000😀',
      n: -1.5,
      list: [1, { a: null }],
      map: { b: true },
      empty: '',
    }
    const write = putItem({ ...item, missing: undefined, nested: { gone: undefined } })
    expect((await storeOf().write(write)).kind).toBe('written')
    expect(await storeOf().get('records', { pk: item.pk, sk: 'x' })).toEqual({ ...item, nested: {} })
  })

  it('knows nothing of an item that is not there', async () => {
    expect(await storeOf().get('records', { pk: fresh(), sk: 'x' })).toBeUndefined()
  })

  it('refuses a put on an item that exists, and shows it', async () => {
    const item = { pk: fresh(), sk: 'x', a: 1 }
    await storeOf().write(putItem(item, absent))
    expect(await storeOf().write(putItem({ ...item, a: 2 }, absent))).toEqual({ kind: 'refused', met: item })
    expect(await storeOf().get('records', { pk: item.pk, sk: 'x' })).toEqual(item)
  })

  it('refuses an update of an item that is not there, and shows none', async () => {
    const write = updateItem(fresh(), set('a = :a', { ':a': 1 }), { text: 'attribute_exists(pk)' })
    expect(await storeOf().write(write)).toEqual({ kind: 'refused', met: undefined })
  })

  it('deletes, also what is not there', async () => {
    const pk = fresh()
    await storeOf().write(putItem({ pk, sk: 'x' }))
    expect(await storeOf().write(removeItem(pk))).toEqual({ kind: 'written', item: {} })
    expect(await storeOf().write(removeItem(pk))).toEqual({ kind: 'written', item: {} })
    expect(await storeOf().get('records', { pk, sk: 'x' })).toBeUndefined()
  })

  it('gives back the whole item after an update, made if it was not there', async () => {
    const pk = fresh()
    expect(await storeOf().write(updateItem(pk, set('a = :a', { ':a': 1 })))).toEqual({
      kind: 'written',
      item: { pk, sk: 'x', a: 1 },
    })
    expect(await storeOf().write({ ...updateItem(pk, set('a = :a', { ':a': 2 })), quiet: true })).toEqual({
      kind: 'written',
      item: {},
    })
    expect(await storeOf().get('records', { pk, sk: 'x' })).toMatchObject({ a: 2 })
  })
}

const set = (text: string, values: Item = {}, named: Record<string, string> = {}): Expression => ({
  text: text.startsWith('SET') || /^(ADD|REMOVE)/.test(text) ? text : `SET ${text}`,
  values: Object.keys(values).length > 0 ? values : undefined,
  names: Object.keys(named).length > 0 ? named : undefined,
})

function expressions(storeOf: () => Store): void {
  const start = { a: 5, word: 'b', things: [1] }
  const cases: [string, Expression, object][] = [
    ['reads the item as it was', set('a = :n, b = a', { ':n': 1 }), { ...start, a: 1, b: 5 }],
    ['adds to an attribute', set('c = a + :n', { ':n': 2 }), { ...start, c: 7 }],
    ['keeps what exists', set('a = if_not_exists(a, :n), d = if_not_exists(d, :n)', { ':n': 0 }), { ...start, d: 0 }],
    ['appends to a list', set('things = list_append(things, :l)', { ':l': [2] }), { ...start, things: [1, 2] }],
    [
      'appends to a list that is missing',
      set('l = list_append(if_not_exists(l, :e), :l)', { ':l': [2], ':e': [] }),
      { ...start, l: [2] },
    ],
    ['removes', set('REMOVE a, gone'), { word: 'b', things: [1] }],
    ['counts up from nothing', set('ADD a :n, c :n', { ':n': 1 }), { ...start, a: 6, c: 1 }],
    ['does all of it at once', set('SET c = a REMOVE word ADD a :n', { ':n': 1 }), { a: 6, things: [1], c: 5 }],
    ['takes names by placeholder', set('#s = :n', { ':n': 1 }, { '#s': 'state' }), { ...start, state: 1 }],
  ]
  it.each(cases)('an update %s', async (_, expression, after) => {
    const pk = fresh()
    await storeOf().write(putItem({ pk, sk: 'x', ...start }))
    const result = await storeOf().write(updateItem(pk, expression))
    expect(result).toEqual({ kind: 'written', item: { pk, sk: 'x', ...after } })
  })

  it.each<[string, Item, boolean]>([
    ['a = :v', { ':v': 5 }, true],
    ['a = :v', { ':v': '5' }, false],
    ['gone = :v', { ':v': 5 }, false],
    ['gone < :v', { ':v': 5 }, false],
    ['a < :v', { ':v': 6 }, true],
    ['a < :v', { ':v': 5 }, false],
    ['a < :v', { ':v': 'z' }, false],
    ['word < :v', { ':v': 'c' }, true],
    ['a < budget', {}, true],
    ['things = :v', { ':v': [1] }, true],
    ['attribute_exists(a) AND attribute_not_exists(gone)', {}, true],
    ['a = :v OR word = :w AND gone = :v', { ':v': 5, ':w': 'b' }, true],
    ['(a = :v OR word = :w) AND gone = :v', { ':v': 5, ':w': 'b' }, false],
    ['a <> :v', { ':v': 5 }, false],
    ['gone <> :v', { ':v': 5 }, true],
  ])('%s with %j holds: %s', async (text, values, holds) => {
    const pk = fresh()
    await storeOf().write(putItem({ pk, sk: 'x', ...start, budget: 9 }))
    const condition = { text, values: Object.keys(values).length > 0 ? values : undefined }
    const { kind } = await storeOf().write(updateItem(pk, set('seen = :true', { ':true': true }), condition))
    expect(kind).toBe(holds ? 'written' : 'refused')
  })

  const wrong: [string, Write][] = [
    ['a value is missing', updateItem(fresh(), set('a = :missing'))],
    ['a value is not used', updateItem(fresh(), set('a = :a', { ':a': 1, ':b': 2 }))],
    ['a name is missing', updateItem(fresh(), set('#n = :a', { ':a': 1 }))],
    ['a name is not used', updateItem(fresh(), set('a = :a', { ':a': 1 }, { '#n': 'n' }))],
    ['a key is updated', updateItem(fresh(), set('pk = :a', { ':a': 'b' }))],
    ['an attribute is updated twice', updateItem(fresh(), set('SET a = :a ADD a :a', { ':a': 1 }))],
    ['a missing attribute is added to', updateItem(fresh(), set('a = gone + :a', { ':a': 1 }))],
    ['a missing list is appended to', updateItem(fresh(), set('a = list_append(gone, :a)', { ':a': [1] }))],
    ['a text is counted up', updateItem(fresh(), set('ADD a :a', { ':a': 'b' }))],
    ['a key is empty', putItem({ pk: '', sk: 'x' })],
    ['half of a key is missing', putItem({ pk: 'a' })],
    ['an item is too large', putItem({ pk: fresh(), sk: 'x', text: 'a'.repeat(400 * 1024) })],
    ['an expression makes no sense', updateItem(fresh(), set('SET a'))],
  ]
  it.each(wrong)('a write is refused as invalid when %s', async (_, write) => {
    await expect(storeOf().write(write)).rejects.toMatchObject({ name: 'ChangeRefusedError' })
  })
}

function transactions(storeOf: () => Store): void {
  const token = () => fresh('token')

  it('writes all or nothing, and tells what each refused write met', async () => {
    const [a, b, c] = [fresh(), fresh(), fresh()]
    const before = { pk: b, sk: 'x', old: true }
    await storeOf().write(putItem(before))
    const never = { text: 'attribute_exists(pk)' }
    const writes = [
      putItem({ pk: a, sk: 'x' }, absent),
      putItem({ pk: b, sk: 'x' }, absent),
      { ...removeItem(c), condition: never },
    ]
    expect(await storeOf().transact(writes, token())).toEqual({ kind: 'refused', met: [undefined, before, {}] })
    expect(await storeOf().get('records', { pk: a, sk: 'x' })).toBeUndefined()
  })

  it('is written once under one token', async () => {
    const pk = fresh()
    const same = token()
    const writes = [updateItem(pk, set('ADD n :one', { ':one': 1 })), putItem({ pk: fresh(), sk: 'x' })]
    expect(await storeOf().transact(writes, same)).toEqual({ kind: 'written' })
    expect(await storeOf().transact(writes, same)).toEqual({ kind: 'written' })
    expect(await storeOf().get('records', { pk, sk: 'x' })).toMatchObject({ n: 1 })
  })

  it('is tried anew under the same token when it was refused before', async () => {
    const pk = fresh()
    const same = token()
    const writes = [putItem({ pk, sk: 'x', a: 1 }, absent)]
    await storeOf().write(putItem({ pk, sk: 'x' }))
    expect((await storeOf().transact(writes, same)).kind).toBe('refused')
    await storeOf().write(removeItem(pk))
    expect(await storeOf().transact(writes, same)).toEqual({ kind: 'written' })
  })

  it('refuses other writes under a known token', async () => {
    const same = token()
    await storeOf().transact([putItem({ pk: fresh(), sk: 'x' })], same)
    const other = storeOf().transact([putItem({ pk: fresh(), sk: 'x' })], same)
    await expect(other).rejects.toMatchObject({ name: 'IdempotentParameterMismatchException' })
  })

  it('refuses one item twice, and more than 100 writes', async () => {
    const item = { pk: fresh(), sk: 'x' }
    const invalid = { name: 'ChangeRefusedError' }
    await expect(storeOf().transact([putItem(item), putItem(item)], token())).rejects.toMatchObject(invalid)
    const many = Array.from({ length: 101 }, () => putItem({ pk: fresh(), sk: 'x' }))
    await expect(storeOf().transact(many, token())).rejects.toMatchObject(invalid)
    expect(await storeOf().transact(many.slice(1), token())).toEqual({ kind: 'written' })
  })

  it('refuses a change that cannot be for what it meets', async () => {
    const pk = fresh()
    await storeOf().write(putItem({ pk, sk: 'x', n: 'text' }))
    const write = updateItem(pk, set('ADD n :one', { ':one': 1 }))
    // AWS names it among the reasons of a cancelled transaction, DynamoDB Local refuses the whole request.
    const name = 'ChangeRefusedError'
    await expect(storeOf().transact([write], token())).rejects.toMatchObject({ name })
  })
}

/** The core's own writes, in the order of a job's life: each is valid, and does what it says. */
function coreWrites(storeOf: () => Store): void {
  const claimOf = (jobId: string, rest: Partial<Claim> = {}): Claim => {
    const { onCrash = 'retry', owner = 'first', maxAttempts = 2 } = rest
    const fixed = { type: 'work', lane: 'default', now, leaseUntil: now.getTime() + 1_000, expiresAt }
    return { jobId, onCrash, owner, maxAttempts, ...fixed, ...rest }
  }
  const effectOf = (result: WriteResult) => (result.kind === 'written' ? result.item : result.met) as unknown as Effect

  it('claims, fails, claims again, dies, is redriven and completes', async () => {
    const store = storeOf()
    const jobId = fresh('job')
    const end = (owner: string) => ({ jobId, owner, now, expiresAt, attempt: 1, error: 'Error: no', failures: [] })
    const first = await store.write(claimWrite(claimOf(jobId)))
    expect(effectOf(first)).toMatchObject({ state: 'running', attempts: 1, budget: 2, deaths: 0, owner: 'first' })
    expect((await store.write(claimWrite(claimOf(jobId, { owner: 'other' })))).kind).toBe('refused')
    expect(effectOf(await store.write(failWrite(end('first'))))).toMatchObject({ state: 'retrying' })
    const second = await store.write(claimWrite(claimOf(jobId, { owner: 'second' })))
    expect(effectOf(second)).toMatchObject({ state: 'running', attempts: 2, lastError: 'Error: no' })
    expect(effectOf(second)).not.toHaveProperty('failing')
    expect((await store.write(completeWrite(end('first')))).kind).toBe('refused')
    const dead = effectOf(await store.write(dieWrite(end('second'))))
    expect(dead).toMatchObject({ state: 'dead', deaths: 1, finishedAt: now.toISOString() })
    expect(effectOf(await store.write(reviveWrite(dead, 3, now, 'redrive')))).toMatchObject({
      state: 'retrying',
      budget: 5,
    })
    expect((await store.write(reclaimWrite(claimOf(jobId), dead))).kind).toBe('refused')
    const third = effectOf(await store.write(claimWrite(claimOf(jobId, { owner: 'third' }))))
    const report = (owner: string) => reportWrite({ effect: third, owner }, { percent: 12.5, message: 'some' }, now)
    expect((await store.write(report('second'))).kind).toBe('refused')
    expect((await store.write(report('third'))).kind).toBe('written')
    expect(await store.get('effects', { pk: jobId })).toMatchObject({
      progress: { percent: 12.5, message: 'some', at: now.toISOString() },
    })
    expect((await store.write(completeWrite(end('third'), '{"rows":3}'))).kind).toBe('written')
    const done = await store.get('effects', { pk: jobId })
    expect(done).toMatchObject({ state: 'succeeded', attempts: 3, budget: 5, deaths: 1, result: '{"rows":3}' })
    expect(done).not.toHaveProperty('leaseUntil')
    expect(done).not.toHaveProperty('progress')
  })

  it('takes a unique key once, and takes it over from what was seen alone', async () => {
    const pk = fresh('unique#work')
    const unique = { until: 'finished' } as const
    const take = (jobId: string, taken: string, seen?: string) =>
      storeOf().write(takeKeyWrite({ pk, jobId, createdAt: now.toISOString(), unique }, now, taken, seen))
    expect((await take('a', 'first')).kind).toBe('written')
    expect(await take('b', 'second')).toMatchObject({ kind: 'refused', met: { jobId: 'a', taken: 'first' } })
    expect((await take('b', 'second', 'other')).kind).toBe('refused')
    expect((await take('b', 'second', 'first')).kind).toBe('written')
    expect((await take('c', 'third', 'first')).kind).toBe('refused')
    expect(await storeOf().get('effects', { pk })).toMatchObject({
      ...{ jobId: 'b', taken: 'second', heldUntil: now.getTime() + 30 * 86_400_000 },
      expiresAt: now.getTime() / 1000 + 30 * 86_400,
    })
  })

  it('writes nothing of a transaction whose check does not hold, and checks without writing', async () => {
    const store = storeOf()
    const [job, pk] = [fresh('job'), fresh()]
    const holder = { jobId: job, createdAt: now.toISOString() }
    const put = { ...putItem({ pk, sk: 'x' }), condition: absent }
    const with_ = (until: 'started' | 'finished') => store.transact([standsCheck(holder, until), put], fresh('token'))
    const isThere = async () => (await store.get('records', { pk, sk: 'x' })) !== undefined
    expect(await with_('started')).toEqual({ kind: 'written' })
    await store.write(removeItem(pk))
    await store.write(claimWrite(claimOf(job, { createdAt: now.toISOString() })))
    expect(await with_('started')).toMatchObject({ kind: 'refused', met: [{}, undefined] })
    expect(await isThere()).toBe(false)
    expect(await with_('finished')).toEqual({ kind: 'written' })
    await store.write(removeItem(pk))
    await store.write(completeWrite({ jobId: job, owner: 'first', now, expiresAt }))
    expect((await with_('finished')).kind).toBe('refused')
    const later = { jobId: job, createdAt: new Date(now.getTime() + 40 * 86_400_000).toISOString() }
    expect(await store.transact([standsCheck(later, 'started'), put], fresh('token'))).toEqual({ kind: 'written' })
  })

  it('takes over from a dead process, once, and gives back an attempt that other jobs shared', async () => {
    const store = storeOf()
    for (const shared of [false, true]) {
      const jobId = fresh('job')
      const met = effectOf(await store.write(claimWrite(claimOf(jobId, { shared }))))
      const later = claimOf(jobId, { owner: 'second', now: new Date(now.getTime() + 1_001) })
      expect((await store.write(claimWrite(later))).kind).toBe('refused')
      expect((await store.write(takeoverWrite(claimOf(jobId, { owner: 'early' }), met))).kind).toBe('refused')
      const taken = effectOf(await store.write(takeoverWrite(later, met)))
      expect(taken).toMatchObject({ state: 'running', owner: 'second', attempts: 2, budget: 2 })
      expect(allowedAttempts(taken)).toBe(shared ? 3 : 2)
      const third = claimOf(jobId, { owner: 'third', now: new Date(now.getTime() + 5_000) })
      expect((await store.write(takeoverWrite(third, met))).kind).toBe('refused')
    }
  })

  it('leaves the budget of a job to code that knows it, also when code that does not has died with it', async () => {
    const store = storeOf()
    const jobId = fresh('job')
    const unknowing = claimOf(jobId, { isUnknown: true, maxAttempts: 5 })
    expect(effectOf(await store.write(claimWrite(unknowing)))).not.toHaveProperty('budget')
    const met = { ...((await store.get('effects', { pk: jobId })) as unknown as Effect) }
    const later = claimOf(jobId, { owner: 'second', now: new Date(now.getTime() + 1_001) })
    expect(effectOf(await store.write(takeoverWrite(later, met)))).toMatchObject({ attempts: 2, budget: 2 })
  })

  it('gives an attempt back for good, also when the job then waits for its code', async () => {
    const store = storeOf()
    const jobId = fresh('job')
    const met = effectOf(await store.write(claimWrite(claimOf(jobId, { shared: true }))))
    const end = { jobId, owner: 'second', now, expiresAt, attempt: 2, error: 'Error: no', failures: [] }
    const later = claimOf(jobId, { owner: 'second', now: new Date(now.getTime() + 1_001) })
    await store.write(takeoverWrite(later, met))
    await store.write(failWrite(end))
    // A rollback: old code does not know the job, and lets it wait.
    await store.write(claimWrite(claimOf(jobId, { owner: 'old', isUnknown: true })))
    const waiting = effectOf(await store.write(postponeWrite({ ...end, owner: 'old' }, 0)))
    expect([waiting.attempts, allowedAttempts(waiting)]).toEqual([2, undefined])
    const claimed = effectOf(await store.write(claimWrite(claimOf(jobId, { owner: 'third' }))))
    expect([claimed.attempts, allowedAttempts(claimed)]).toEqual([3, 3])
    const dead = effectOf(await store.write(dieWrite({ ...end, owner: 'third' })))
    expect(allowedAttempts(effectOf(await store.write(reviveWrite(dead, 2, now, 'redrive'))))).toBe(5)
  })

  it('begins the effect of an id anew that had a life before, and only then', async () => {
    const store = storeOf()
    const jobId = fresh('job')
    const lives = ['2025-10-01T00:00:00.000Z', '2025-12-31T00:00:00.000Z']
    const [first, second] = lives.map((createdAt, i) => claimOf(jobId, { createdAt, owner: String(i) })) as [
      Claim,
      Claim,
    ]
    await store.write(claimWrite(first))
    const end = { jobId, owner: '0', now, expiresAt, attempt: 1, error: 'Error: no', failures: [] }
    const former = effectOf(await store.write(failWrite(end)))
    expect((await store.write(claimWrite(second))).kind).toBe('refused')
    const restart = (claim: Claim) => restartWrite({ ...claim, createdAt: claim.createdAt ?? '' }, former)
    expect((await store.write(restart(first))).kind).toBe('refused')
    const begun = effectOf(await store.write(restart(second)))
    expect(begun).toMatchObject({ state: 'running', attempts: 1, deaths: 0, createdAt: lives[1] })
    for (const gone of ['lastError', 'failures', 'failing', 'notBefore']) expect(begun).not.toHaveProperty(gone)
    expect((await store.write(restart(second))).kind).toBe('refused')
  })

  it('claims no sooner than the wait for a retry is over', async () => {
    const store = storeOf()
    const jobId = fresh('job')
    const end = { jobId, owner: 'first', now, expiresAt, attempt: 1, error: 'Error: no', failures: [] }
    await store.write(claimWrite(claimOf(jobId)))
    await store.write(failWrite({ ...end, notBefore: now.getTime() + 500 }))
    const at = (ms: number) => claimWrite(claimOf(jobId, { owner: 'second', now: new Date(now.getTime() + ms) }))
    expect((await store.write(at(499))).kind).toBe('refused')
    expect(effectOf(await store.write(at(500)))).not.toHaveProperty('notBefore')
  })

  it('reclaims a dead job with a fresh budget', async () => {
    const store = storeOf()
    const jobId = fresh('job')
    await store.write(claimWrite(claimOf(jobId)))
    const dead = effectOf(
      await store.write(
        dieWrite({ jobId, owner: 'first', now, expiresAt, attempt: 1, error: 'Error: no', failures: [] }),
      ),
    )
    const claimed = effectOf(await store.write(reclaimWrite(claimOf(jobId, { owner: 'second' }), dead)))
    expect(claimed).toMatchObject({ state: 'running', attempts: 2, budget: 3, deaths: 1 })
    expect(claimed).not.toHaveProperty('finishedAt')
  })

  it('cancels what nobody has claimed, and takes it back', async () => {
    const store = storeOf()
    const pk = fresh('job')
    const cancel = cancelWrite({ pk, type: 'work', lane: 'default', expiresAt }, now)
    expect((await store.write(cancel)).kind).toBe('written')
    expect((await store.write(claimWrite(claimOf(pk)))).kind).toBe('refused')
    expect(effectOf(await store.write(uncancelWrite(pk, 4, now, 'replay')))).toMatchObject({
      state: 'retrying',
      budget: 4,
    })
    expect((await store.write(cancel)).kind).toBe('written')
    await store.write(uncancelWrite(pk, 4, now, 'replay'))
    expect(effectOf(await store.write(claimWrite(claimOf(pk))))).toMatchObject({ attempts: 1, budget: 4 })
    expect((await store.write(cancel)).kind).toBe('refused')
  })

  it('replaces a dead or cancelled job once, and for good', async () => {
    const store = storeOf()
    const [jobId, pk] = [fresh('job'), fresh('job')]
    await store.write(claimWrite(claimOf(jobId, { maxAttempts: 1 })))
    const failed = { jobId, owner: 'first', now, expiresAt, attempt: 1, error: 'Error: no', failures: [] }
    const dead = effectOf(await store.write(dieWrite(failed)))
    const cancelled = { ...dead, pk, deaths: 0 }
    await store.write(cancelWrite({ pk, type: 'work', lane: 'default', expiresAt }, now))
    for (const effect of [dead, cancelled]) {
      const replaced = effectOf(await store.write(replaceWrite(effect, 'new', now)))
      expect(replaced).toMatchObject({ state: 'cancelled', replayedAs: 'new' })
      expect(replaced).not.toHaveProperty('failing')
      const later = [
        replaceWrite(effect, 'other', now),
        uncancelWrite(effect.pk, 4, now, 'replay'),
        reviveWrite(effect, 4, now, 'redrive'),
        reclaimWrite(claimOf(effect.pk, { owner: 'second' }), effect),
        claimWrite(claimOf(effect.pk)),
      ]
      for (const write of later) expect((await store.write(write)).kind).toBe('refused')
    }
  })

  it('takes back an attempt whose code was not there', async () => {
    const store = storeOf()
    const jobId = fresh('job')
    const end = { jobId, owner: 'first', now, expiresAt, attempt: 1, error: 'Error: no', failures: [] }
    await store.write(claimWrite(claimOf(jobId, { maxAttempts: 5 })))
    const waiting = effectOf(await store.write(postponeWrite(end, 0)))
    expect(waiting).toMatchObject({ state: 'retrying', attempts: 0, lastError: 'Error: no' })
    expect(waiting).not.toHaveProperty('budget')
    const claimed = effectOf(await store.write(claimWrite(claimOf(jobId, { maxAttempts: 1 }))))
    expect(claimed).toMatchObject({ state: 'running', attempts: 1, budget: 1 })
    expect(effectOf(await store.write(postponeWrite(end, 1)))).toMatchObject({ attempts: 0, budget: 1 })
  })

  it('creates, updates, puts and removes records', async () => {
    const store = storeOf()
    const name = fresh('counter')
    const first = { name, count: 1, labels: ['a'] }
    const change = update(counter, { name }, { add: { count: 2 }, append: { labels: ['b'] }, set: { note: null } })
    await store.write(recordWrite(create(counter, first)))
    expect((await store.write(recordWrite(create(counter, first)))).kind).toBe('refused')
    await store.transact([recordWrite(change)], fresh('token'))
    expect(await store.get('records', counter.key({ name }) as unknown as Item)).toMatchObject({
      count: 3,
      labels: ['a', 'b'],
      note: null,
      _kind: 'counter',
    })
    await store.write(recordWrite(put(counter, first)))
    await store.write(recordWrite(remove(counter, { name })))
    expect(await store.get('records', counter.key({ name }) as unknown as Item)).toBeUndefined()
  })

  it('releases a job that waits once, and keeps its turn on an ordered lane only', async () => {
    const now = new Date('2026-01-01T00:00:00Z')
    for (const kind of ['standard', 'ordered'] as const) {
      const id = `00000000-0000-7000-8000-${String(++names).padStart(12, '0')}`
      const item = { ...outboxKey(id), due: 'due#0', runAt: 'x', turn: 'waiting#x' }
      await storeOf().write({ op: 'put', table: 'outbox', item })
      for (const expected of ['written', 'refused'])
        expect((await storeOf().write(releaseWrite({ id }, kind, now))).kind).toBe(expected)
      const turn = kind === 'ordered' ? { turn: `released#${now.toISOString()}` } : {}
      const left = { ...outboxKey(id), runAt: 'x', releasedAt: now.toISOString(), ...turn }
      expect(await storeOf().get('outbox', outboxKey(id))).toEqual(left)
    }
  })

  it('gives each slot of a rate limit once, and its queue behind them', async () => {
    const pk = fresh('limit#type#')
    const wanted = { pk, pace: { step: 100, early: 0, late: 50 }, jobs: 3, hasWaited: false, ahead: 1_000 }
    const at = 1_700_000_000_000
    const first = await takeSlots(storeOf(), wanted, at)
    expect(first.slots.map((slot) => slot.kind === 'start' && slot.at - at)).toEqual([0, 100, 200])
    // What others took meanwhile is seen by the first write that is refused.
    const second = await takeSlots(storeOf(), { ...wanted, jobs: 10 }, at + 50)
    const starts = [250, 350, 450, 550, 650, 750, 850, 950]
    expect(second.slots.map(({ kind }) => kind)).toEqual([...starts.map(() => 'start'), 'wait', 'wait'])
    expect(second.slots.flatMap((slot) => (slot.kind === 'start' ? [slot.at - at - 50] : []))).toEqual(starts)
    expect(second.slots.flatMap((slot) => (slot.kind === 'wait' ? [slot.until - at] : []))).toEqual([1_200, 1_300])
    // While some wait, a new one queues behind them; one that has waited may start.
    const [later] = (await takeSlots(storeOf(), { ...wanted, jobs: 1 }, at + 1_090, second.seen)).slots
    expect(later).toEqual({ kind: 'wait', until: at + 1_400 })
    const [back] = (await takeSlots(storeOf(), { ...wanted, jobs: 1, hasWaited: true }, at + 1_200)).slots
    expect(back).toEqual({ kind: 'start', at: at + 1_200, until: at + 1_250 })
    expect(await storeOf().get('effects', { pk })).toMatchObject({ nextStart: at + 1_300, reserved: at + 1_400 })
  })

  it('takes a job that the reconciler is to see off the indexes, once and without a release', async () => {
    const id = `00000000-0000-7000-8000-${String(++names).padStart(12, '0')}`
    const item = { ...outboxKey(id), due: 'due#0', runAt: 'x', turn: 'waiting#x' }
    await storeOf().write({ op: 'put', table: 'outbox', item })
    for (const expected of ['written', 'refused'])
      expect((await storeOf().write(handOverWrite(id))).kind).toBe(expected)
    expect(await storeOf().get('outbox', outboxKey(id))).toEqual({ ...outboxKey(id), runAt: 'x' })
  })
}

/**
 * The state diagram in docs/maintainers/architecture.md and the writes in shared/execution/effect.ts say the same: each write is tried on an
 * effect in every state and circumstance, by evaluating its real expressions, and takes exactly the arrows that are drawn.
 */
import { describe, expect, it } from 'vitest'
import type { Effect, EffectState } from '../../shared/execution/effect.ts'
import * as effects from '../../shared/execution/effect.ts'
import type { Write } from '../../shared/lib/write.ts'
import { arrowText, effectArrows } from '../support/diagram.ts'
import { compile } from '../support/expression.ts'

const now = new Date('2026-01-01T00:00:00Z')
const arrows = effectArrows()

/** What a guard in the diagram means. */
const guards: Readonly<Record<string, (met: Effect) => boolean>> = {
  '': () => true,
  'by its owner': ({ owner }) => owner === 'me',
  'from the attempt it met, when the lease is over': (met) =>
    met.owner === 'other' && (met.leaseUntil ?? 0) < now.getTime(),
  'when its wait is over, in this life': ({ notBefore = 0, createdAt = written }) =>
    notBefore <= now.getTime() && createdAt === written,
  'when the lease is over': (met) => (met.leaseUntil ?? 0) < now.getTime(),
  'of a former life': ({ createdAt }) => createdAt === former,
  'of a former life, when the lease is over': ({ createdAt, leaseUntil = 0 }) =>
    createdAt === former && leaseUntil < now.getTime(),
  'of its latest death': ({ deaths }) => deaths === 1,
  'if never claimed and never dead, or of a former life': ({ attempts, deaths, createdAt }) =>
    (attempts === 0 && deaths === 0) || createdAt === former,
}

const [former, written] = ['2025-06-01T00:00:00.000Z', '2025-12-31T00:00:00.000Z']
const end = { jobId: 'j', owner: 'me', now, expiresAt: 9, attempt: 1, error: 'Error: no', failures: [] }
const claim = {
  ...{ jobId: 'j', type: 't', lane: 'l', owner: 'me', now, leaseUntil: now.getTime() + 1_000, maxAttempts: 2 },
  ...{ createdAt: written, onCrash: 'retry' as const, expiresAt: 9 },
}
const dead: Effect = {
  ...{ pk: 'j', state: 'dead', type: 't', lane: 'l', attempts: 2, budget: 2, deaths: 1, expiresAt: 9 },
}
const writes: Readonly<Record<string, Write>> = {
  claim: effects.claimWrite(claim),
  takeover: effects.takeoverWrite(claim, { ...dead, owner: 'other' }),
  reclaim: effects.reclaimWrite(claim, dead),
  restart: effects.restartWrite(claim, { ...dead, createdAt: former }),
  complete: effects.completeWrite(end),
  fail: effects.failWrite(end),
  postpone: effects.postponeWrite(end, 0),
  die: effects.dieWrite(end),
  deadLetterSent: effects.deadLetterSentWrite('j', 1, now),
  abandon: effects.abandonWrite(
    { ...{ jobId: 'j', type: 't', lane: 'l', createdAt: written }, now, error: 'no lane', expiresAt: 9 },
    undefined,
  ),
  revive: effects.reviveWrite(dead, 2, now, 'redrive'),
  uncancel: effects.uncancelWrite('j', 2, now, 'replay'),
  cancel: effects.cancelWrite({ ...dead, createdAt: written }, now),
}

/** An effect in every state, and in each state in every circumstance that a condition could ask for. */
const states: readonly EffectState[] = ['running', 'retrying', 'succeeded', 'dead', 'cancelled']
const { budget: _, ...unknown } = dead
const circumstances = [dead, { ...unknown, createdAt: written }, { ...dead, createdAt: former }]
const met: Effect[] = states.flatMap((state) =>
  ['me', 'other'].flatMap((owner) =>
    [-1, 0, 1].flatMap((ms) =>
      [0, 1, 2].flatMap((attempts) =>
        [0, 1, 2].flatMap((deaths) =>
          circumstances.map((of) => ({
            ...{ ...of, state, owner, attempts, deaths },
            ...{ leaseUntil: now.getTime() + ms, notBefore: now.getTime() + ms },
          })),
        ),
      ),
    ),
  ),
)

function stateAfter(write: Write, before: Effect | undefined): string | undefined {
  const { holds, update } = compile(write)
  if (!holds(before as never)) return undefined
  return String((write.op === 'put' ? write.item : update((before ?? { pk: 'j' }) as never)).state)
}

describe('the state diagram', () => {
  it('knows every write of an effect, and no other', () => {
    const names = Object.keys(effects).filter((name) => name.endsWith('Write'))
    expect(names.map((name) => name.slice(0, -'Write'.length)).sort()).toEqual(Object.keys(writes).sort())
    expect([...new Set(arrows.map(({ verb }) => verb))].sort()).toEqual(Object.keys(writes).sort())
  })

  it.each(Object.entries(writes))('%s takes the arrows that are drawn', (verb, write) => {
    const taken = [undefined, ...met].flatMap((before) => {
      const to = stateAfter(write, before)
      return to === undefined ? [] : [arrowText({ from: before?.state ?? 'none', to, verb })]
    })
    const drawn = arrows.filter((arrow) => arrow.verb === verb).map(arrowText)
    expect([...new Set(taken)].sort()).toEqual(drawn.sort())
  })

  it.each(arrows)('$from --> $to: $verb $guard, and otherwise not', ({ from, verb, guard }) => {
    if (from === 'none') return
    const allows = guards[guard]
    if (!allows) throw new Error(`the diagram has the guard "${guard}", which this test does not know`)
    for (const before of met.filter(({ state }) => state === from)) {
      expect(stateAfter(writes[verb] as Write, before) !== undefined, JSON.stringify(before)).toBe(allows(before))
    }
  })
})

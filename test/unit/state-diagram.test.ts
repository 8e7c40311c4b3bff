/**
 * The table of transitions, the writes and the state diagram in docs/maintainers/architecture.md state the same: each write
 * is tried on an effect in every state and circumstance, by evaluating its real expressions, and takes exactly the arrows
 * that are drawn.
 */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { abandonWrite, expireWrite } from '../../shared/execution/effect/abandon-write.ts'
import { claimWrite, reclaimWrite, restartWrite, takeoverWrite } from '../../shared/execution/effect/claim-writes.ts'
import {
  completeWrite,
  dieWrite,
  failWrite,
  noteDeadLetterWrite,
  postponeWrite,
  reportWrite,
  throttleWrite,
} from '../../shared/execution/effect/end-writes.ts'
import { cancelWrite, replaceWrite, reviveWrite, uncancelWrite } from '../../shared/execution/effect/operator-writes.ts'
import { type TransitionName, transitions } from '../../shared/execution/effect/transitions.ts'
import type { Effect, EffectState } from '../../shared/execution/effect.ts'
import type { Write } from '../../shared/lib/write.ts'
import { drawnArrows, withDiagram } from '../../tools/state-diagram/diagram.ts'
import { compile } from '../support/expression.ts'

const now = new Date('2026-01-01T00:00:00Z')
const arrows = drawnArrows()
const arrowText = (arrow: { from: string; to: string }) => `${arrow.from} --> ${arrow.to}`

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
  'of a former life, the one it met': ({ createdAt }) => createdAt === former,
  'of a former life, when the lease is over, the one it met': ({ createdAt, leaseUntil = 0 }) =>
    createdAt === former && leaseUntil < now.getTime(),
  'of its latest death': ({ deaths }) => deaths === 1,
  'if not replaced': ({ replayedAs }) => replayedAs === undefined,
  'of its latest death, or if not replaced': ({ state, deaths, replayedAs }) =>
    state === 'dead' ? deaths === 1 : replayedAs === undefined,
  'in the wait it met': ({ failingAt }) => failingAt === seen,
  'if never claimed and never dead, or of a former life': ({ attempts, deaths, createdAt }) =>
    (attempts === 0 && deaths === 0) || createdAt === former,
}

const seen = '2025-12-31T12:00:00.000Z#j'
const [former, written] = ['2025-06-01T00:00:00.000Z', '2025-12-31T00:00:00.000Z']
const end = { jobId: 'j', owner: 'me', now, expiresAt: 9, attempt: 1, error: 'Error: no', failures: [] }
const claim = {
  ...{ jobId: 'j', type: 't', lane: 'l', owner: 'me', now, leaseUntil: now.getTime() + 1_000, maxAttempts: 2 },
  ...{ createdAt: written, onCrash: 'retry' as const, expiresAt: 9 },
}
const dead: Effect = {
  ...{ pk: 'j', state: 'dead', type: 't', lane: 'l', attempts: 2, budget: 2, deaths: 1, expiresAt: 9 },
}
const writes: Readonly<Record<TransitionName, Write>> = {
  claim: claimWrite(claim),
  takeover: takeoverWrite(claim, { ...dead, owner: 'other' }),
  reclaim: reclaimWrite(claim, dead),
  restart: restartWrite(claim, { ...dead, createdAt: former }),
  complete: completeWrite(end),
  report: reportWrite({ effect: dead, owner: 'me' }, { percent: 1 }, now),
  fail: failWrite(end),
  postpone: postponeWrite(end, 0),
  throttle: throttleWrite(end),
  die: dieWrite(end),
  noteDeadLetter: noteDeadLetterWrite('j', 1, now),
  abandon: abandonWrite(
    { ...{ jobId: 'j', type: 't', lane: 'l', createdAt: written }, now, error: 'no lane', expiresAt: 9 },
    undefined,
  ),
  expire: expireWrite(
    { ...{ jobId: 'j', type: 't', lane: 'l' }, now, error: 'its item expired', expiresAt: 9 },
    { ...dead, state: 'retrying', failingAt: seen },
  ),
  revive: reviveWrite(dead, 2, now, 'redrive'),
  uncancel: uncancelWrite('j', 2, now, 'replay'),
  replace: replaceWrite(dead, 'k', now),
  cancel: cancelWrite({ ...dead, createdAt: written }, now),
}

/** An effect in every state, and in each state in every circumstance that a condition could ask for. */
const states: readonly EffectState[] = ['running', 'retrying', 'succeeded', 'dead', 'cancelled']
const { budget: _, ...unknown } = dead
const circumstances = [
  dead,
  { ...dead, failingAt: seen },
  { ...unknown, createdAt: written },
  { ...dead, createdAt: former },
  { ...dead, replayedAs: 'k' },
]
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

const verbOf = (name: string) => name.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`)
const writeOf = (verb: string) => Object.entries(writes).find(([name]) => verbOf(name) === verb)?.[1] as Write

describe('the state diagram', () => {
  it('is drawn in the docs as the table of transitions has it', () => {
    const page = readFileSync(join(import.meta.dirname, '../../docs/maintainers/architecture.md'), 'utf8')
    expect(withDiagram(page), 'run `node tools/state-diagram/main.ts`').toBe(page)
  })

  it('knows every write of an effect, and no other', () => {
    expect(Object.keys(writes).sort()).toEqual(Object.keys(transitions).sort())
    expect([...new Set(arrows.map(({ verb }) => verb))].sort()).toEqual(Object.keys(writes).map(verbOf).sort())
  })

  it.each(Object.entries(writes))('%s takes the arrows that are drawn', (name, write) => {
    const taken = [undefined, ...met].flatMap((before) => {
      const to = stateAfter(write, before)
      return to === undefined ? [] : [arrowText({ from: before?.state ?? 'none', to })]
    })
    const drawn = arrows.filter(({ verb }) => verb === verbOf(name)).map(arrowText)
    expect([...new Set(taken)].sort()).toEqual(drawn.sort())
  })

  it.each(arrows)('$from --> $to: $verb $guard, and otherwise not', ({ from, verb, guard }) => {
    if (from === 'none') return
    const allows = guards[guard]
    if (!allows) throw new Error(`the diagram has the guard "${guard}", which this test does not know`)
    for (const before of met.filter(({ state }) => state === from)) {
      expect(stateAfter(writeOf(verb), before) !== undefined, JSON.stringify(before)).toBe(allows(before))
    }
  })
})

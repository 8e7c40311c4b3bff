/** What becomes of a call to AWS, in virtual time. */
import { TransactionCanceledException } from '@aws-sdk/client-dynamodb'
import type { Chance, Fate } from './faults.ts'
import type { Timeline } from './timeline.ts'

export interface PlayedCall<R> {
  perform(): Promise<R>
  answer(value: R): void
  fail(error: unknown): void
  die(): void
  freeze(): void
}

/** How long things take. ms. */
export interface Pace {
  readonly latency: () => number
  /** When a client gives up on an answer. */
  readonly answerTimeout: number
  /** How much later a call can still be done. */
  readonly latest: number
  /** How long a process can stand still. */
  readonly longestFreeze: number
}

/** The pace of a network. */
export const realistic = ({ pick }: Chance): Pace => {
  return { latency: () => 2 + pick(8), answerTimeout: 3_000, latest: 9_000, longestFreeze: 60_000 }
}
/** No call takes time: whoever decides on the calls lets time pass between them. */
export const immediate: Pace = { latency: () => 0, answerTimeout: 0, latest: 9_000, longestFreeze: 0 }

interface Around {
  readonly timeline: Timeline
  readonly chance: Chance
  readonly pace: Pace
}

/** Plays the fate of one call. */
export function play<R>(fate: Fate, { timeline, chance, pace }: Around, call: PlayedCall<R>): void {
  const { answerTimeout, latest, longestFreeze } = pace
  const latency = pace.latency()
  const quietly = () => {
    call.perform().catch(() => {})
  }
  const failAfter = (ms: number, name: string, status: number) =>
    timeline.after(ms, () => call.fail(transient(name, status)))
  const ways: Record<Fate, () => void> = {
    done: () => timeline.after(latency, () => call.perform().then(call.answer, call.fail)),
    throttled: () => failAfter(latency, 'ThrottlingException', 400),
    'service error': () => failAfter(latency, 'InternalServerError', 500),
    'transaction conflict': () => timeline.after(latency, () => call.fail(conflicted())),
    'request lost': () => failAfter(answerTimeout, 'TimeoutError', 0),
    'answer lost': () => {
      timeline.after(latency, quietly)
      failAfter(answerTimeout, 'TimeoutError', 0)
    },
    'done late': () => {
      timeline.after(answerTimeout + chance.pick(latest), quietly)
      failAfter(answerTimeout, 'TimeoutError', 0)
    },
    'death before': () => timeline.after(latency, call.die),
    'death after': () =>
      timeline.after(latency, () => {
        quietly()
        call.die()
      }),
    frozen: () => {
      call.freeze()
      const wait = latency + chance.pick(longestFreeze)
      timeline.after(wait, () => call.perform().then(call.answer, call.fail))
    },
  }
  ways[fate]()
}

function transient(name: string, httpStatusCode: number): Error {
  return Object.assign(new Error(name), { name, isTransient: true, $metadata: { httpStatusCode } })
}

/** DynamoDB cancels a transaction that meets another; the SDK does not repeat it by itself. */
function conflicted(): Error {
  const CancellationReasons = [{ Code: 'TransactionConflict' }, { Code: 'None' }]
  return new TransactionCanceledException({ message: 'conflict', $metadata: {}, CancellationReasons })
}

/** What becomes of a call to AWS, in virtual time. */
import { TransactionCanceledException } from '@aws-sdk/client-dynamodb'
import type { Fate, Faults } from './faults.ts'
import type { Timeline } from './timeline.ts'

/** When a client gives up on an answer, and how much later a call can still be done. ms. */
const [answerTimeout, latest] = [3_000, 9_000]

export interface Pending<R> {
  perform(): Promise<R>
  answer(value: R): void
  fail(error: unknown): void
  die(): void
  freeze(): void
}

/** Plays the fate of one call. */
export function play<R>(
  fate: Fate,
  { timeline, faults }: { readonly timeline: Timeline; readonly faults: Faults },
  call: Pending<R>,
): void {
  const latency = 2 + faults.pick(8)
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
      timeline.after(answerTimeout + faults.pick(latest), quietly)
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
      const wait = latency + faults.pick(60_000)
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

/** Lifetimes of messages, items and effects. */
const day = 86_400

/**
 * How long things are kept, in seconds. The order between them is a guarantee: whatever can still bring a job back
 * (a queue, a dead-letter queue, a person who redrives) must find the effect that says whether it already ran.
 */
export const lifetimes = {
  /** A message waits at most this long in a lane's queue. */
  queueRetention: 7 * day,
  /** AWS's maximum. On a standard queue the clock starts at the first send, so it must exceed `queueRetention`. */
  deadLetterRetention: 14 * day,
  /** An outbox item outlives its time to run by this long: until then a dead job can be replayed. */
  outbox: 30 * day,
  /** An effect outlives its last change by this long. */
  effect: 60 * day,
  /** Time that a person may take between finding a dead letter and redriving it. */
  redriveSlack: 7 * day,
} as const

/** The TTL of an item that is kept for some seconds from a time on, in seconds since the epoch. */
export function expiresAfter(from: Date, seconds: number): number {
  return Math.ceil(from.getTime() / 1000) + seconds
}

/** Problems of a set of lifetimes; empty if there are none. Checked at synth. */
export function lifetimeProblems(l: Readonly<Record<keyof typeof lifetimes, number>>): string[] {
  const needed = l.outbox + l.queueRetention + l.deadLetterRetention + l.redriveSlack
  return [
    ...(l.deadLetterRetention > l.queueRetention
      ? []
      : [
          'deadLetterRetention must exceed queueRetention: a message that died late would vanish from the dead-letter queue',
        ]),
    ...(l.deadLetterRetention <= 14 * day ? [] : ['deadLetterRetention exceeds the 14 days that SQS allows']),
    ...(l.outbox > l.deadLetterRetention
      ? []
      : ['outbox must exceed deadLetterRetention: a dead letter could no longer be replayed']),
    ...(l.effect > needed
      ? []
      : [
          `effect is ${l.effect} s but must exceed outbox + queueRetention + deadLetterRetention + redriveSlack = ${needed} s: a late duplicate would run again`,
        ]),
  ]
}

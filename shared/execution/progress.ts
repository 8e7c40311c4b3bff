/** The progress of an attempt: its latest report is written once a second, while the attempt holds the job. */
import type { Progress } from '../define/job-type.ts'
import { shown } from '../define/options.ts'
import { redactedText } from '../define/redact.ts'
import { illFormedText } from '../lib/json-exact.ts'
import type { Attempt, AttemptDeps } from './attempt.ts'
import { reportWrite } from './effect/end-writes.ts'

/** Between two writes, in ms. */
const pause = 1_000
const longestMessage = 200

export interface ProgressReporter {
  readonly report: (progress: Progress) => void
  /** No write of a report is under way after this. */
  end(): Promise<void>
}

/** @param fenced another attempt has taken the job */
export function progressReporter(deps: AttemptDeps, attempt: Attempt, fenced: () => void): ProgressReporter {
  const { clock, store } = deps
  const over = Promise.withResolvers<void>()
  let isOver = false
  let latest: Progress | undefined
  let writing: Promise<void> | undefined
  let lastAt = Number.NEGATIVE_INFINITY

  async function writeReports(): Promise<void> {
    while (latest && !isOver) {
      const wait = lastAt + pause - clock.now().getTime()
      if (wait > 0) {
        await Promise.race([clock.sleep(wait), over.promise])
        continue
      }
      const progress = latest
      latest = undefined
      lastAt = clock.now().getTime()
      // A report that is lost is followed by the next one.
      const result = await store.write(reportWrite(attempt, progress, clock.now())).catch(() => undefined)
      if (result?.kind !== 'refused' || isOver) continue
      isOver = true
      fenced()
    }
    writing = undefined
  }

  return {
    report(progress) {
      const { payload, type } = attempt.envelope
      checkProgress(type, progress)
      if (isOver)
        return deps.observe({ kind: 'progress-dropped', job: attempt.envelope, attempt: attempt.effect.attempts })
      const { percent, message } = progress
      const hidden = message && redactedText(message, payload, deps.registry.jobs.get(type))
      latest = { percent, message: hidden?.slice(0, longestMessage).toWellFormed() }
      writing ??= writeReports()
    },
    async end() {
      isOver = true
      over.resolve()
      await writing
    },
  }
}

function checkProgress(type: string, progress: Progress): void {
  const { percent, message } = progress
  const refuse = (what: string) => {
    throw new TypeError(`progress of "${type}": ${what}`)
  }
  if (percent === undefined && message === undefined) refuse('give percent, message or both')
  if (percent !== undefined && !(typeof percent === 'number' && percent >= 0 && percent <= 100))
    refuse(`percent is ${shown(percent)}; it must be a number from 0 to 100`)
  if (message !== undefined && !(typeof message === 'string' && message !== '' && message.length <= longestMessage))
    refuse(`message is ${shown(message)}; it must be text of 1 to ${longestMessage} characters`)
  if (message?.isWellFormed() === false) refuse(`message ${illFormedText(message)}`)
}

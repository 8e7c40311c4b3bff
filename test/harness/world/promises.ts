/** Every promise that the world judges. A break of one is noted at a write, at an event, or at the end. */
export const promises = [
  // At each write (write-rules.ts).
  'an effect changes along an arrow of the state diagram',
  'an effect belongs to a job that was committed',
  'no attempt beyond the budget',
  'deaths are never forgotten',
  'attempts are never forgotten, and waiting for a deploy or a service is none',
  'a cancelled job never ran',
  'a job that was replayed with another payload never runs again',
  'no attempt begins before the wait for it is over, whichever message asks',
  'a job whose process has died runs alone next',
  'a rate limit is exceeded by no more than its burst',
  'no attempt is taken over while its process may live',
  'a zombie never commits',
  'an effect happens once if the job succeeded, else never',
  'a record can be read under its own key',
  'of the jobs of a key that are unique until finished, one has not finished at a time',
  'of the debounced jobs of a key, one waits at a time',
  'a batch causes each callback once',
  'a callback is caused after every member of its batch has ended, or succeeded',
  'a callback has the counts of its batch',
  'a callback follows its last member at once when nothing goes wrong',
  'a job with another payload is written together with the end of the one that it replaces',
  // At an event (witness.ts, resend.ts).
  'each run is an attempt of its own',
  'no attempt begins while another is at work',
  'no job runs before its time',
  'a debounced job runs with its last payload',
  'a debounced job is not released before its time',
  'on an ordered lane no job is sent before its time',
  'a dead letter is sent only of a job that has died',
  'of operators at the same time, the one that takes a job sends it',
  'a request is merged into a job that stands',
  'no message gets lost on the way',
  'no job is sent again that waits in its lane',
  'what got lost alone is found in time',
  'no function fails by a fault of its own',
  // At the end (verdict.ts), and of a driver.
  'an accepted job is written',
  'a job ends visibly',
  'a sealed batch whose members have ended has caused its callbacks',
  'the reconciler finds a job by the clock, whatever its age',
  'an order and its jobs are written together',
  'one key has one outcome',
  'what asks for a job that is unique until started, or debounced, is followed by a run of its key',
  'a mail was sent if its job succeeded',
  'a change that can never be written is refused once in each life',
  'a dead job has its dead letter',
  'no job dies of a change that a later time made wrong',
  'attempts count when they start',
  'no more runs than attempts in each life',
  'an unrepeatable job runs once in each life, unless it says that nothing has happened',
  'order within a group, by run time and then by writing',
  'on an ordered lane a job is sent at its time when nothing goes wrong',
] as const

export type Promised = (typeof promises)[number]

/** What was promised and not kept, by promise: the jobs, and how it came. */
export type Broken = Readonly<Record<Promised, readonly string[]>>

/** The promises that were broken. */
export function brokenIn(broken: Broken): Partial<Broken> {
  return Object.fromEntries(Object.entries(broken).filter(([, jobs]) => jobs.length > 0))
}

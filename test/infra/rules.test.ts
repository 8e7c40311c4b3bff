import { expect, test } from 'vitest'
import application from '../../app/application.ts'
import { schedules } from '../../app/schedules.ts'
import { brokenRules, checkRules, type RulesInput } from '../../infra/config/rules.ts'
import { registryOf } from '../../shared/define/application.ts'
import { lifetimes } from '../../shared/lib/lifetimes.ts'

const jobs = [...registryOf(application, { probes: false }).jobs.values()]
const sound: RulesInput = { lifetimes, jobs, schedules, functions: [{ name: 'api', bytes: 4_096 }] }
const job = { type: 'a-job', maxAttempts: 5 }
const daily = { name: 'daily', job }

test('this application breaks no rule', () => {
  expect(brokenRules(sound)).toEqual([])
})

const day = 86_400
test.each<[string, Partial<RulesInput>, RegExp]>([
  ['an effect forgotten before its last duplicate', { lifetimes: { ...lifetimes, effect: 55 * day } }, /effect is/],
  [
    'dead letters kept no longer than living ones',
    { lifetimes: { ...lifetimes, deadLetterRetention: 4 * day } },
    /deadLetterRetention must exceed queueRetention/,
  ],
  [
    'an outbox item gone before its dead letter',
    { lifetimes: { ...lifetimes, outbox: 14 * day } },
    /could no longer be replayed/,
  ],
  ['a job with more attempts than SQS deliveries', { jobs: [{ ...job, maxAttempts: 26 }] }, /26 attempts/],
  [
    'an environment that Lambda refuses',
    { functions: [{ name: 'api', bytes: 4_097 }] },
    /the environment of the function "api" has 4097 bytes; Lambda takes at most 4096/,
  ],
  ['a schedule defined twice', { jobs: [job], schedules: [daily, daily] }, /the name "daily" is used twice/],
  [
    'a schedule with a name of the system',
    { jobs: [job], schedules: [{ ...daily, name: 'sweep' }] },
    /the name "sweep" is used by the system itself/,
  ],
  [
    'a schedule of an unknown job',
    { jobs: [], schedules: [daily] },
    /the schedule "daily" creates the job "a-job", which the stage does not have/,
  ],
])('%s is refused', (_, change, message) => {
  expect(brokenRules({ ...sound, ...change }).join('\n')).toMatch(message)
})

test('all problems are reported on one line', () => {
  const broken = () =>
    checkRules({ lifetimes: { ...lifetimes, outbox: 1 }, jobs: [], schedules: [{ name: 'daily', job }], functions: [] })
  expect(broken).toThrow(/^Invalid stack: lifetimes nest: [^\n]*; a schedule creates jobs[^\n]*$/)
})

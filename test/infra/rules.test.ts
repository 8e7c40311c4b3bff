import { expect, test } from 'vitest'
import application from '../../app/application.ts'
import { lanes } from '../../app/lanes.ts'
import { schedules } from '../../app/schedules.ts'
import { brokenRules, checkRules, type RulesInput } from '../../infra/config/rules.ts'
import { visibilitySeconds } from '../../infra/lanes/queues.ts'
import { registryOf } from '../../shared/define/application.ts'
import { lifetimes } from '../../shared/lib/lifetimes.ts'

const jobs = [...registryOf(application, { probes: false }).jobs.values()]
const sound: RulesInput = { lifetimes, lanes, jobs, schedules, visibilitySeconds }
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
  [
    'a message shown again while it is worked on',
    { visibilitySeconds: (l) => 5 * l.timeoutSeconds },
    /6 × its timeout/,
  ],
  ['a job with more attempts than SQS deliveries', { jobs: [{ ...job, maxAttempts: 26 }] }, /26 attempts/],
  ['a schedule defined twice', { jobs: [job], schedules: [daily, daily] }, /schedule daily is defined twice/],
  [
    'a schedule with a name of the system',
    { jobs: [job], schedules: [{ ...daily, name: 'sweep' }] },
    /schedule sweep is the system’s own/,
  ],
  ['a schedule of an unknown job', { jobs: [], schedules: [daily] }, /schedule daily causes a-job, which/],
])('%s is refused', (_, change, message) => {
  expect(brokenRules({ ...sound, ...change }).join('\n')).toMatch(message)
})

test('all that is wrong is told on one line', () => {
  const broken = () =>
    checkRules({ lifetimes: { ...lifetimes, outbox: 1 }, lanes, jobs: [], schedules: [{ name: 'daily', job }] })
  expect(broken).toThrow(/^The stack cannot work: lifetimes nest: [^\n]*; a schedule causes a job[^\n]*$/)
})

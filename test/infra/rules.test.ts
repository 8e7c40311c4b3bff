import { expect, test } from 'vitest'
import { lanes } from '../../app/lanes.ts'
import { diagnosticJobs, jobs } from '../../app/registry.ts'
import { visibilitySeconds } from '../../infra/queues.ts'
import { brokenRules, checkRules, type RulesInput } from '../../infra/rules.ts'
import { lifetimes } from '../../shared/lifetimes.ts'

const sound: RulesInput = { lifetimes, lanes, jobs: [...jobs, ...diagnosticJobs], visibilitySeconds }
const job = { type: 'a-job', lane: 'default', timeLimitSeconds: 5, maxAttempts: 5 }
const lane = lanes[0]

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
  ['a lane defined twice', { lanes: [...lanes, lane] }, /defined twice/],
  ['a job on no lane', { jobs: [{ ...job, lane: 'express' }] }, /express.*does not define/],
  ['a job longer than its consumer', { jobs: [{ ...job, timeLimitSeconds: 14 }] }, /14 s.*ends after 15 s/],
  ['a job with more attempts than SQS deliveries', { jobs: [{ ...job, maxAttempts: 26 }] }, /26 attempts/],
])('%s is refused', (_, change, message) => {
  expect(brokenRules({ ...sound, ...change }).join('\n')).toMatch(message)
})

test('a job may use up what its lane has, less two seconds for the commit', () => {
  expect(brokenRules({ ...sound, jobs: [{ ...job, timeLimitSeconds: 13 }] })).toEqual([])
})

test('all that is wrong is told on one line', () => {
  const broken = () =>
    checkRules({ lifetimes: { ...lifetimes, outbox: 1 }, lanes, jobs: [{ ...job, lane: 'express' }] })
  expect(broken).toThrow(/^The stack cannot work: lifetimes nest: [^\n]*; every job has a lane: [^\n]*$/)
})

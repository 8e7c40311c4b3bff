import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { describe, expect, test } from 'vitest'
import { runApp, temporaryDirectory } from './support/app.ts'

/** Node's arguments to run with other code in place of a file of app/. Relative imports work as in the file itself. */
function withCode(file: string, source: string): string[] {
  const hook = join(temporaryDirectory(), 'hook.mjs')
  writeFileSync(
    hook,
    `import { registerHooks } from 'node:module'
     registerHooks({ load: (url, context, next) => url.endsWith(${JSON.stringify(`/app/${file}`)})
       ? { format: 'module', source: ${JSON.stringify(source)}, shortCircuit: true }
       : next(url, context) })`,
  )
  return ['--import', pathToFileURL(hook).href]
}

const badSchedule = `import { defineSchedule } from '../shared/define/schedule.ts'
  import job from './jobs/daily-digest.ts'
  export const schedules = [defineSchedule({ name: 'daily', expression: 'cron(0 6 * * *)', job, payload: () => ({}) })]`
const slowJob = `import * as z from 'zod'
  import { defineJob } from '../shared/define/job.ts'
  const slow = defineJob({ type: 'slow', schema: z.object({}), timeLimitSeconds: 14, run() {} })
  export const jobs = [slow]
  export const diagnosticJobs = []`
const badLane = `import { defineLane } from '../shared/define/lane.ts'
  export const lanes = [defineLane({ name: 'Express' })]`

describe('what cannot be synthesized is refused in one line, and nothing is written', () => {
  test.concurrent.for([
    [
      'an unknown stage',
      { stage: 'staging' },
      [],
      /^Unknown stage "staging": choose one of local, localstack, dev, prod with -c/,
    ],
    ['a schedule that does not parse', {}, withCode('schedules.ts', badSchedule), /^Schedule "daily": .* has 5 fields/],
    ['a job longer than its consumer', {}, withCode('jobs.ts', slowJob), /^Job type "slow": its time limit of 14 s/],
    [
      'a lane that cannot be',
      {},
      withCode('lanes.ts', badLane),
      /^Lane "Express": name is "Express"; it must be 1 to 20 of .*; kind is missing: it must be/,
    ],
  ] as const)('%s', async ([, context, nodeArguments, message], { expect }) => {
    const { directory, status, stderr } = await runApp({ stage: 'dev', ...context }, nodeArguments)
    expect(stderr.trim()).toMatch(message)
    expect(stderr.trim()).not.toContain('\n')
    expect(status).toBe(1)
    expect(existsSync(join(directory, 'manifest.json'))).toBe(false)
  })

  test('but a bug in app/ shows where it is', async () => {
    const { status, stderr } = await runApp({ stage: 'dev' }, withCode('schedules.ts', 'export const schedules = none'))
    expect(stderr).toMatch(/ReferenceError: none is not defined\n\s+at .*app\/schedules\.ts/)
    expect(status).toBe(1)
  })
})

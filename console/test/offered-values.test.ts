/** What the command line offers, the API takes: both come from the schema of the route. */
import { Command } from 'commander'
import { describe, expect, test } from 'vitest'
import type { ZodObject, ZodType } from 'zod'
import { actionsQuery } from '../../functions/api/routes/actions/schemas.ts'
import { batchesQuery, membersQuery } from '../../functions/api/routes/batches/schemas.ts'
import { deadLettersQuery, redriveBody } from '../../functions/api/routes/dead-letters/schemas.ts'
import { jobsQuery, newJob } from '../../functions/api/routes/jobs/schemas.ts'
import { usageQuery } from '../../functions/api/routes/usage/schemas.ts'
import { commands, leaves } from '../cli/commands.ts'

/** What a command sends with its options. */
const sent: Readonly<Record<string, ZodObject>> = {
  'actions ls': actionsQuery,
  'batches jobs': membersQuery,
  'batches ls': batchesQuery,
  'dlq ls': deadLettersQuery,
  'dlq redrive': redriveBody,
  enqueue: newJob,
  'jobs ls': jobsQuery,
  usage: usageQuery,
}

const program = new Command('outbox')
for (const register of commands) register(program, { ports: {} as never, exit: 0 })
const offering = leaves(program)

const optionsOf = (command: Command) =>
  command.options.map((option) => ({ option, values: [...(option.argChoices ?? []), option.defaultValue] }))

describe.each(offering)('outbox %s', (path, command) => {
  test('offers only values that the API takes', () => {
    const shape: Readonly<Record<string, ZodType>> = sent[path]?.shape ?? {}
    for (const { option, values } of optionsOf(command)) {
      const schema = shape[option.attributeName()]
      for (const value of values.filter((value) => value !== undefined))
        expect(schema?.safeParse(value).success ?? !option.argChoices, `${option.long} ${value}`).toBe(true)
    }
  })
})

test('jobs ls offers every status that the API lists jobs by', () => {
  const [, ls] = offering.find(([path]) => path === 'jobs ls') ?? []
  const status = ls?.options.find(({ long }) => long === '--status')
  expect(status?.argChoices).toEqual(jobsQuery.shape.status.unwrap().options)
})

test('every command that lists or filters is held against its schema', () => {
  const filtering = offering.filter(([, { options }]) =>
    options.some(({ long }) => /^--(limit|since|status|hours)$/.test(long ?? '')),
  )
  expect(filtering.map(([path]) => path).sort()).toEqual(
    Object.keys(sent)
      .filter((path) => path !== 'enqueue')
      .sort(),
  )
})

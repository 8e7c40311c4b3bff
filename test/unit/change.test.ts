import { describe, expect, it } from 'vitest'
import { request } from '../../shared/define/job.ts'
import { create } from '../../shared/define/record.ts'
import { isJobChange } from '../../shared/outbox/change.ts'
import { appWith, counter, jobType } from '../support/app.ts'

const job = request(jobType(appWith(), 'work'), { label: 'a' })
const record = create(counter, { name: 'a', count: 0, labels: [] })

describe('a change', () => {
  it.each([undefined, {}, { records: [] }, { jobs: [job] }, { result: null }, { records: [record], jobs: [job] }])(
    'is %#',
    (value) => {
      expect(isJobChange(value)).toBe(true)
    },
  )

  it.each([
    null,
    'ok',
    [],
    42,
    { rows: [] },
    { records: record },
    { records: [null] },
    { records: [{ kind: 'upsert', record: counter }] },
    { jobs: [{ job: 'work', payload: {} }] },
    { jobs: [{ payload: {} }] },
    { records: [record], status: 'done' },
  ])('is not %j', (value) => {
    expect(isJobChange(value)).toBe(false)
  })
})

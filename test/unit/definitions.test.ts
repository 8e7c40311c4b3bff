/** What an application defines is refused at load when it cannot work. */
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import application from '../../app/application.ts'
import { registryOf } from '../../shared/define/application.ts'
import { defineJob } from '../../shared/define/job.ts'
import { defineRegistry } from '../../shared/define/registry.ts'
import { lifetimeProblems, lifetimes } from '../../shared/lib/lifetimes.ts'
import { lanes } from '../support/app.ts'

const job = (settings: object) => defineJob({ type: 'job', schema: z.unknown(), run: () => undefined, ...settings })

describe('a job type', () => {
  it('has defaults', () => {
    expect(job({})).toMatchObject({
      version: 1,
      lane: 'default',
      maxAttempts: 5,
      timeLimitSeconds: 10,
      onCrash: 'retry',
    })
  })
})

describe('a registry', () => {
  it('finds what it was given by name', () => {
    const registry = defineRegistry([job({})], lanes)
    expect(registry.jobs.get('job')?.type).toBe('job')
    expect(registry.lanes.get('ordered')?.kind).toBe('ordered')
    expect(registry.jobs.get('constructor')).toBeUndefined()
  })

  it.each<[object, RegExp]>([
    [{ lane: 'express' }, /its lane "express" is not among the lanes of the application: /],
    [{ group: () => 'g' }, /needs an ordered lane; "default" is standard/],
    [{ timeLimitSeconds: 14 }, /its time limit of 14 s does not fit into lane "default", which ends after 15 s/],
  ])('refuses a type of %o', (settings, message) => {
    expect(() => defineRegistry([job(settings)], lanes)).toThrow(message)
  })

  it('refuses two of one name', () => {
    expect(() => defineRegistry([job({}), job({})], lanes)).toThrow(/Two of jobs have the same type "job"/)
    expect(() => defineRegistry([], [...lanes, ...lanes])).toThrow(/Two of lanes have the same name "default"/)
  })

  it('of the application has its diagnostic jobs only where they are asked for', () => {
    expect(registryOf(application, { probes: false }).jobs.has('probe')).toBe(false)
    expect(registryOf(application, { probes: true }).jobs.has('probe')).toBe(true)
  })
})

describe('lifetimes', () => {
  it('nest', () => {
    expect(lifetimeProblems(lifetimes)).toEqual([])
  })

  const day = 86_400
  it.each<[Partial<Record<keyof typeof lifetimes, number>>, RegExp]>([
    [{ deadLetterRetention: lifetimes.queueRetention }, /deadLetterRetention must exceed queueRetention/],
    [{ deadLetterRetention: 15 * day }, /exceeds the 14 days/],
    [{ outbox: 14 * day }, /outbox must exceed deadLetterRetention/],
    [{ effect: lifetimes.deadLetterRetention }, /a late duplicate would run again/],
    [{ redriveSlack: 30 * day }, /a late duplicate would run again/],
  ])('that do not nest are told: %j', (change, message) => {
    expect(lifetimeProblems({ ...lifetimes, ...change }).join()).toMatch(message)
  })
})

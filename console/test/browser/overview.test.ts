import { expect, it } from 'vitest'
import { describeConsole, sees, textOf } from './support/console.ts'
import { badNight, quiet } from './support/states.ts'

describeConsole('the overview', (open) => {
  it('says in one sentence that all is well', async () => {
    const { page } = await open(quiet())
    await sees(page, 'All is well.')
    expect(await page.locator('.lane').count()).toBe(4)
  })

  it('tells what is wrong, how much, and of what', async () => {
    const { page } = await open(badNight())
    await sees(page, '2,000 jobs are dead and need you.')
    expect(await textOf(page, '.figures')).toBe(
      'Waiting 19,551 In flight 62 Delayed 12 Retrying 1 Dead 2,000 Done per minute 364',
    )
    await sees(page, 'TooManyRequestsException: Maximum sending rate exceeded')
    expect(await textOf(page, '.lane:nth-child(3)')).toMatch(
      /^bulk running.* 18,311 10 0 484 1 h 26 min 65 910 ms \/ 3 min Pause …/,
    )
    await page.locator('.group-link').first().click()
    await page.getByRole('heading', { name: 'Letters of this error' }).waitFor()
  })

  it('shows alarms in ALARM on top: which, since when, and what to do about it', async () => {
    const { page } = await open(badNight())
    await sees(page, 'bulk-dead-letters is in ALARM')
    const told = await page.locator('.finding strong').allInnerTexts()
    expect(told).toEqual([
      'bulk-dead-letters is in ALARM',
      'default-dead-letters is in ALARM',
      '2,000 jobs are dead and need you.',
      '1 job is being retried.',
    ])
    expect(await textOf(page, '.finding')).toBe(
      'bulk-dead-letters is in ALARM for 24 min Jobs of the lane bulk failed permanently. They do not run again until an operator redrives them. What to do about OutboxRelay-prod-bulk-dead-letters',
    )
    await page.getByRole('link', { name: /^What to do about .*-bulk-dead-letters/ }).click()
    await page.getByRole('region', { name: 'Dead letters' }).getByText('Redrive to a custom destination').waitFor()
  })

  it('shows each rate limit with its lag, and nothing where there is none', async () => {
    const { page, state } = await open(badNight())
    const limits = page.getByRole('region', { name: 'Rate limits' })
    await limits.waitFor()
    expect((await limits.locator('tbody tr').allInnerTexts()).map((text) => text.replace(/\s+/g, ' '))).toEqual([
      'send-receipt default 14 starts in 1 s the last job waits 12 min',
      'publish-event default 1 start in 1 min for each key each key has its own; see a job of the key',
    ])
    state.lanes = state.lanes.map((lane) => ({
      ...lane,
      limits: lane.limits?.map((limit) => ({ ...limit, lagSeconds: 0 })),
    }))
    await limits.getByText('none').waitFor()
    state.lanes = state.lanes.map(({ limits: _, ...lane }) => lane)
    await limits.waitFor({ state: 'detached' })
  })

  it('pauses a lane after a question, and resumes it', async () => {
    const { page, state } = await open(quiet())
    await page.getByRole('button', { name: 'Pause … lane bulk' }).click()
    await page.getByRole('dialog', { name: 'Pause the lane bulk?' }).waitFor()
    expect(state.requests).toEqual([])
    await page.getByRole('button', { name: 'Pause', exact: true }).click()
    await sees(page, 'The lane bulk is paused.')
    await sees(page, 'by kim (operator)')
    expect(state.lanes.map(({ state }) => state)).toEqual(['running', 'running', 'paused', 'running'])
    await page.locator('.finding').getByRole('button', { name: 'Resume … lane bulk' }).click()
    await page.getByRole('button', { name: 'Resume', exact: true }).click()
    await sees(page, 'All is well.')
    expect(state.requests).toEqual(['POST /lanes/bulk/pause {}', 'POST /lanes/bulk/resume {}'])
  })

  it('tells of a circuit breaker: where there is one, and why it paused its lane', async () => {
    const state = quiet()
    const circuitBreaker = { failures: 20, withinSeconds: 60 }
    state.lanes = state.lanes.map((lane) => (lane.name === 'bulk' ? { ...lane, circuitBreaker } : lane))
    const { page } = await open(state)
    await sees(page, 'pauses itself at 20 failures in 1 min')
    const pausedAt = new Date(state.now - 180_000).toISOString()
    const paused = {
      state: 'paused',
      pausedBy: 'circuit breaker',
      pausedAt,
      pauseReason: '31 attempts failed.',
    } as const
    state.lanes = state.lanes.map((lane) => (lane.name === 'bulk' ? { ...lane, ...paused } : lane))
    await sees(page, 'The lane bulk is paused.')
    expect(await textOf(page, '.finding-why')).toBe(
      'By circuit breaker, 3 min ago: 31 attempts failed. 0 jobs wait there; none is lost.',
    )
    await page
      .locator('.finding')
      .getByRole('button', { name: /^Resume/ })
      .click()
    await sees(page, /Its circuit breaker pauses it again only after its alarm bulk-circuit-breaker has been OK/)
  })

  it('draws how the lanes went, and says the latest numbers as text', async () => {
    const { page, state } = await open(badNight())
    await page.locator('.plot canvas').first().waitFor()
    expect(await textOf(page, '.chart figcaption')).toBe('urgent 17 default 292 bulk 67 ordered 0')
    await page.getByRole('button', { name: 'Accepted' }).click()
    await expect.poll(() => textOf(page, '.chart figcaption')).toBe('urgent 17 default 584 bulk 134 ordered 0')
    await page.getByRole('button', { name: 'Backlog' }).click()
    await expect.poll(() => textOf(page, '.chart figcaption')).toBe('urgent 2 default 1,302 bulk 18,321 ordered 0')
    state.depths = state.depths.map((lane) => (lane.name === 'default' ? { ...lane, visible: 1_000 } : lane))
    state.now += 4_000
    await page.locator('.lane', { hasText: 'default' }).getByText('1,000').waitFor()
    await expect.poll(() => textOf(page, '.chart figcaption')).toContain('default 1,062')
    await sees(page, /running, ▼ drains \d+\/s, empty in/)
  })

  it('leaves out what an API cannot tell', async () => {
    const { page } = await open({ ...quiet(), lanes: [] })
    await sees(page, 'All is well.')
    expect(await page.getByText('Done per min').count()).toBe(0)
    expect(await page.getByRole('button', { name: /Pause/ }).count()).toBe(0)
  })
})

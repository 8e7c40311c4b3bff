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
    expect(await textOf(page, '.figures')).toBe('Waiting 19,551 In flight 62 Delayed 12 Retrying 1 Dead 2,000')
    await sees(page, 'TooManyRequestsException: Maximum sending rate exceeded')
    expect(await textOf(page, '.lane:nth-child(3)')).toContain('bulk running')
    expect(await textOf(page, '.lane:nth-child(3)')).toContain('1 h 26 min')
    await page.locator('.group-link').first().click()
    await page.getByRole('heading', { name: 'Letters of this error' }).waitFor()
  })

  it('pauses a lane after a question, and resumes it', async () => {
    const { page, state } = await open(quiet())
    await page.getByRole('button', { name: 'Pause … lane bulk' }).click()
    await page.getByRole('dialog', { name: 'Pause the lane bulk?' }).waitFor()
    expect(state.requests).toEqual([])
    await page.getByRole('button', { name: 'Pause', exact: true }).click()
    await sees(page, 'The lane bulk is paused.')
    expect(state.lanes.map(({ state }) => state)).toEqual(['running', 'running', 'paused', 'running'])
    await page.getByRole('button', { name: 'Resume … lane bulk' }).click()
    await page.getByRole('button', { name: 'Resume', exact: true }).click()
    await sees(page, 'All is well.')
    expect(state.requests).toEqual(['POST /lanes/bulk/pause {}', 'POST /lanes/bulk/resume {}'])
  })

  it('draws how the lanes went, and says the latest numbers as text', async () => {
    const { page, state } = await open(badNight())
    await page.locator('.plot canvas').first().waitFor()
    expect(await textOf(page, '.chart figcaption')).toBe('urgent 2 default 1,302 bulk 18,321 ordered 0')
    state.depths = state.depths.map((lane) => (lane.name === 'default' ? { ...lane, visible: 1_000 } : lane))
    state.now += 4_000
    await page.locator('.lane', { hasText: 'default' }).getByText('1,000').waitFor()
    await page.getByRole('button', { name: 'Change per second' }).click()
    await page.locator('figcaption', { hasText: 'default −' }).waitFor()
  })

  it('leaves out what an API cannot tell', async () => {
    const { page } = await open({ ...quiet(), lanes: [] })
    await sees(page, 'All is well.')
    expect(await page.getByRole('button', { name: /Pause/ }).count()).toBe(0)
  })
})

import { expect, it } from 'vitest'
import { describeConsole, sees, textOf } from './support/console.ts'
import { kinds } from './support/fake-data.ts'
import { badNight, quiet } from './support/states.ts'

describeConsole('dead letters', (open) => {
  it('are grouped by error, the most frequent first', async () => {
    const { page } = await open(badNight(), '#/dead-letters')
    await page.locator('.group').first().waitFor()
    const groups = await page.locator('.group .group-link').allInnerTexts()
    expect(groups.map((text) => text.split(/\s+/).slice(0, 2))).toEqual([
      ['1,204', 'send-receipt'],
      ['484', 'deliver-webhook'],
      ['312', 'send-receipt'],
    ])
    expect(groups[2]).toContain('Email address is not verified: <address>')
    expect(await page.locator('table.list tbody tr').count()).toBe(50)
    expect(await textOf(page, '.pager span')).toBe('1–50 of 2,000')
  })

  it('of one error are redriven with progress, and the others stay untouched', async () => {
    const { page, state } = await open(badNight(), '#/dead-letters')
    await page
      .locator('.group', { hasText: 'not verified' })
      .getByRole('button', { name: /^Redrive 312/ })
      .click()
    await sees(page, '312 dead jobs')
    const act = page.getByRole('button', { name: 'Redrive 312', exact: true })
    expect(await act.isDisabled()).toBe(true)
    await page.getByLabel(/type the number/).fill('311')
    expect(await act.isDisabled()).toBe(true)
    expect(state.redriven).toEqual([])
    await page.getByLabel(/type the number/).fill('312')
    await act.click()
    await sees(page, '312 jobs are on their lanes again.')
    expect(state.redriven).toHaveLength(312)
    expect(state.letters).toHaveLength(1_688)
    expect(state.letters.some(({ error }) => error.startsWith('MessageRejected'))).toBe(false)
    // By the error, which the API knows: no id had to be collected.
    const error = 'MessageRejected: Email address is not verified: <address>'
    const until = expect.stringContaining('2026-11-03T03:1')
    expect(state.requests.map((request) => JSON.parse(request.replace('POST /dead-letters/redrive ', '')))).toEqual([
      { type: 'send-receipt', error, until, dryRun: true },
      { type: 'send-receipt', error, until },
    ])
    await page.getByRole('dialog').getByRole('button', { name: 'Close' }).click()
    await page.getByRole('heading', { name: 'Dead letters', exact: true }).waitFor()
    await expect.poll(() => page.locator('.group').count()).toBe(2)
  })

  it('that left no error are a group that is redriven alone', async () => {
    const night = badNight()
    const letters = night.letters.map((letter, i) => (i < 2 ? { ...letter, type: 'sync-crm', error: '' } : letter))
    const { page, state } = await open({ ...night, letters }, '#/dead-letters')
    const group = page.locator('.group', { hasText: '(no error was written)' })
    await group.locator('.group-link').click()
    await sees(page, 'Letters of this error')
    await expect.poll(() => page.locator('table.list tbody tr').count()).toBe(2)
    await group.getByRole('button', { name: /^Redrive 2/ }).click()
    await page.getByLabel(/type the number/).fill('2')
    await page.keyboard.press('Enter')
    await sees(page, '2 jobs are on their lanes again.')
    expect(state.letters).toHaveLength(1_998)
  })

  it('that match a filter are redriven call by call until complete', async () => {
    const { page, state } = await open(badNight(), '#/dead-letters?type=send-receipt')
    await page.getByRole('button', { name: 'Redrive all 1,516 that match …' }).click()
    await page.getByLabel(/type the number/).fill('1,516')
    await page.keyboard.press('Enter')
    await sees(page, '1,516 jobs are on their lanes again.')
    expect(await page.locator('progress').getAttribute('value')).toBe('1516')
    const calls = state.requests.map((request) => JSON.parse(request.replace('POST /dead-letters/redrive ', '')))
    expect(calls).toHaveLength(5)
    expect(calls[0]).toMatchObject({ type: 'send-receipt', dryRun: true })
    // Each ends at the time of the count: what dies again meanwhile is not sent a second time.
    expect(new Set(calls.map(({ until }) => until)).size).toBe(1)
    expect(state.letters.every(({ type }) => type === 'deliver-webhook')).toBe(true)
    expect(state.letters).toHaveLength(484)
  })

  it('can be stopped half-way, and gone on with', async () => {
    const { page, state } = await open({ ...badNight(), perCall: 50 }, '#/dead-letters')
    await page.route('**/dead-letters/redrive', async (route) => {
      if (!route.request().postData()?.includes('dryRun')) await new Promise((done) => setTimeout(done, 60))
      await route.continue()
    })
    await page
      .locator('.group', { hasText: '503' })
      .getByRole('button', { name: /^Redrive 484/ })
      .click()
    await page.getByLabel(/type the number/).fill('484')
    await page.keyboard.press('Enter')
    await page.getByRole('button', { name: 'Stop' }).click()
    await sees(page, /^Stopped: \d+ moved/)
    const moved = state.redriven.length
    expect(moved).toBeLessThan(484)
    await page.getByRole('button', { name: 'Go on' }).click()
    await sees(page, '484 jobs are on their lanes again.')
    expect(new Set(state.redriven).size).toBe(484)
  })

  it('are narrowed to one error, also where a filter by type cannot', async () => {
    const { page } = await open(badNight({ mailbox: 120, throttled: 700, webhook: 10 }), '#/dead-letters')
    await page.locator('.group-link', { hasText: 'not verified' }).click()
    await page.getByRole('heading', { name: 'Letters of this error' }).waitFor()
    await expect.poll(() => page.locator('table.list tbody tr').count()).toBeGreaterThanOrEqual(50)
    const errors = await page.locator('td.error').allInnerTexts()
    expect(errors.every((error) => error.startsWith('MessageRejected'))).toBe(true)
    await page.getByRole('button', { name: 'Redrive all 120 that match …' }).waitFor()
    await page.locator('.group-link', { hasText: 'not verified' }).click()
    await page.getByRole('button', { name: 'Redrive all 830 that match …' }).waitFor()
  })

  it('are one page at a time, also when there are 10,000', async () => {
    const { page } = await open(badNight({ mailbox: 4_000, throttled: 4_000, webhook: 2_000 }), '#/dead-letters')
    await sees(page, '1–50 of 10,000')
    await page.getByRole('button', { name: 'Next →' }).click()
    await sees(page, '51–100 of 10,000')
    expect(await page.locator('table.list tbody tr').count()).toBe(50)
    await page.getByRole('button', { name: '← Back' }).click()
    await sees(page, '1–50 of 10,000')
    expect(await page.locator('#app *').count()).toBeLessThan(1_500)
  })

  it('are filtered by type and time, and the filter is in the address', async () => {
    const { page, state } = await open(badNight(), '#/dead-letters')
    const hourAgo = new Date(state.now - 3_600_000).toISOString()
    const lately = state.letters.filter(({ type, diedAt }) => type === 'deliver-webhook' && diedAt >= hourAgo).length
    await page.getByLabel('Type').fill('deliver-webhook')
    await page.keyboard.press('Tab')
    await page.getByRole('button', { name: 'Redrive all 484 that match …' }).waitFor()
    await page.getByRole('button', { name: 'The last 1 h' }).click()
    await page.getByRole('button', { name: `Redrive all ${lately} that match …` }).waitFor()
    expect(page.url()).toContain('type=deliver-webhook&since=2026-11-03T02')
    await page.getByLabel('Type').fill('no-such-type')
    await page.keyboard.press('Tab')
    await sees(page, 'No dead letter matches this filter.')
    await page.getByRole('button', { name: 'Clear' }).click()
    await page.getByRole('button', { name: 'Redrive all 2,000 that match …' }).waitFor()
  })

  it('are replayed one by one', async () => {
    const { page, state } = await open(badNight(), '#/dead-letters')
    const first = state.letters[0]?.id ?? ''
    await page.getByRole('button', { name: `Replay … ${first}` }).click()
    await page.getByRole('dialog').getByText(kinds.throttled.error()).waitFor()
    await page.getByRole('button', { name: 'Replay', exact: true }).click()
    await sees(page, 'The job is on its lane again.')
    expect(state.redriven).toEqual([first])
    await sees(page, 'of 1,999')
  })

  it('of 10,000 are redriven by filter, and the page stays at hand meanwhile', async () => {
    const state = { ...badNight({ mailbox: 4_000, throttled: 4_000, webhook: 2_000 }), perCall: 1_000 }
    const { page } = await open(state, '#/dead-letters')
    await page
      .locator('.group', { hasText: 'sending rate' })
      .getByRole('button', { name: /^Redrive 4,000/ })
      .click()
    await page.getByLabel(/type the number/).fill('4000')
    await page.keyboard.press('Enter')
    await sees(page, '4,000 jobs are on their lanes again.')
    await page.getByRole('dialog').getByRole('button', { name: 'Close' }).click()
    await sees(page, 'of 6,000')
    // The keys turn the pages, and nothing is on the screen that is not on the page.
    await page.locator('main h1').click()
    await page.keyboard.press('n')
    await sees(page, '51–100 of 6,000')
    expect(await page.locator('table.list tbody tr').count()).toBe(50)
  })

  it('say so when there are too many to count', async () => {
    const { page } = await open({ ...badNight(), groupsComplete: false }, '#/dead-letters')
    await sees(page, '1–50 of more than 2,000')
    await sees(page, 'the oldest dead letters only: there are too many to count them all')
    await page.getByRole('button', { name: 'Redrive all that match …' }).waitFor()
  })

  it('are only to be looked at for who may not act: one is told so in place, and nothing is asked for', async () => {
    const { page, state } = await open(badNight(), '#/dead-letters')
    state.refuseActs = { status: 403, detail: 'Your identity may not act on this stack.' }
    await page.getByRole('button', { name: /^Redrive all/ }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByText('You may look, but not do this').waitFor()
    await dialog.getByText('Your identity may not act on this stack.').waitFor()
    expect(await dialog.getByLabel(/type the number/).count()).toBe(0)
    await page.keyboard.press('Escape')
    await page
      .getByRole('button', { name: /^Replay …/ })
      .first()
      .click()
    await page.getByRole('button', { name: 'Replay', exact: true }).click()
    await dialog.getByText('You may look, but not do this').waitFor()
    expect(state.redriven).toEqual([])
    await sees(page, '1–50 of 2,000')
  })

  it('that can no longer be redriven half-way stay as they are, in the words of the API', async () => {
    const { page, state } = await open(badNight(), '#/dead-letters')
    await page.getByRole('button', { name: /^Redrive all/ }).click()
    await page.getByLabel(/type the number/).fill('2000')
    state.refuseActs = { status: 401, detail: 'The security token included in the request is expired.' }
    await page.keyboard.press('Enter')
    await page.getByRole('dialog').getByText('Your credentials were not accepted').waitFor()
    await sees(page, 'Stopped: 0 moved, 2,000 left as they were.')
  })

  it('that the API does not finish are not called done, and can be gone on with', async () => {
    const { page, state } = await open(badNight(), '#/dead-letters')
    const never = { status: 202, json: { matched: 0, moved: 0, complete: false } }
    const isAct = (data: string | null) => !data?.includes('dryRun')
    await page.route('**/dead-letters/redrive', (route) =>
      isAct(route.request().postData()) ? route.fulfill(never) : route.continue(),
    )
    await page.getByRole('button', { name: /^Redrive all/ }).click()
    await page.getByLabel(/type the number/).fill('2000')
    await page.keyboard.press('Enter')
    await page.getByRole('dialog').getByText('The last calls moved nothing.').waitFor()
    await sees(page, 'Stopped: 0 moved, 2,000 left as they were.')
    await page.unroute('**/dead-letters/redrive')
    await page.getByRole('button', { name: 'Go on' }).click()
    await sees(page, '2,000 jobs are on their lanes again.')
    expect(state.letters).toEqual([])
  })

  it('say what to do when there are none', async () => {
    const { page } = await open(quiet(), '#/dead-letters')
    await sees(page, 'No job is dead.')
    expect(await page.getByRole('button', { name: /Redrive/ }).count()).toBe(0)
  })
})

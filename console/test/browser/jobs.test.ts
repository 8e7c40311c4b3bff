import { expect, it } from 'vitest'
import { listedStatuses } from '../../web/src/api/listed-statuses.ts'
import { describeConsole, sees, textOf } from './support/console.ts'
import { idOf, orderId } from './support/fake-data.ts'
import { badNight, quiet } from './support/states.ts'

describeConsole('jobs', (open) => {
  it('that fail are listed, and narrowed by state and type', async () => {
    const { page } = await open(badNight(), '#/jobs')
    await sees(page, '1–50')
    await page.getByLabel('State').selectOption('retrying')
    await expect.poll(() => page.locator('tbody tr').count()).toBe(1)
    expect(await textOf(page, 'tbody tr')).toMatch(/^retrying sync-crm .* bulk 2 of 5 .* connect ETIMEDOUT$/)
    await page.getByLabel('State').selectOption('dead')
    await page.getByLabel('Type').fill('deliver-webhook')
    await page.keyboard.press('Tab')
    await expect.poll(() => page.locator('tbody tr', { hasText: 'send-receipt' }).count()).toBe(0)
    await page.getByRole('button', { name: 'Next →' }).click()
    await sees(page, '51–100')
  })

  it('are found by their id, with a group in it too', async () => {
    const { page } = await open(badNight())
    await sees(page, '2,000 jobs are dead')
    await page.keyboard.press('/')
    await page.keyboard.type(`order-7~${idOf(90_005)}`)
    await page.keyboard.press('Enter')
    await page.getByRole('heading', { name: 'publish-event' }).waitFor()
    await sees(page, 'in attempt 1')
    expect(await textOf(page, '.screen-head')).toBe('publish-event succeeded')
  })

  it('that do not exist are told so, with what to do', async () => {
    const { page } = await open(badNight(), `#/jobs/${idOf(77_777)}`)
    await page.getByRole('heading', { name: 'No such job' }).waitFor()
    await sees(page, /There is no job/)
    await sees(page, /See that the whole id was copied/)
  })

  it('tell their life: accepted, each failed attempt with its error, the end', async () => {
    const state = badNight()
    const { page } = await open(state, `#/jobs/${state.letters[1]?.id}`)
    await page.getByRole('heading', { name: 'deliver-webhook' }).waitFor()
    const events = await page.locator('.time-line li strong').allInnerTexts()
    expect(events).toEqual([
      'Accepted',
      'Forwarded',
      ...[1, 2, 3, 4, 5, 6, 7, 8].map((n) => `Attempt ${n} failed`),
      'Dead',
    ])
    expect(await textOf(page, '.time-line li:nth-child(3)')).toMatch(
      /^Attempt 1 failed 2026-11-03 \d\d:\d\d:\d\d .* ago \+1 s The receiver answered 503/,
    )
    expect(await textOf(page, '.time-line li:nth-child(4)')).toContain('the same error')
    expect(await textOf(page, '.payload')).toContain('"email": redacted')
    await sees(page, '4bf92f3577b34da6a3ce929d0e0e4736')
    await sees(page, /^filter job = /)
  })

  it('of a record are found by it, and lead to each other', async () => {
    const { page, state } = await open(badNight())
    await sees(page, '2,000 jobs are dead')
    await page.keyboard.press('/')
    await page.keyboard.type(`order/${orderId}`)
    await page.keyboard.press('Enter')
    await page.getByRole('heading', { name: 'Jobs of a record' }).waitFor()
    await expect.poll(() => page.locator('tbody tr').count()).toBe(20)
    // The second line, by the keyboard alone.
    for (const key of ['j', 'j', 'j', 'k', 'Enter']) await page.keyboard.press(key)
    await page.getByRole('heading', { name: state.letters[1]?.type ?? '' }).waitFor()
    await sees(page, `written to the outbox, in one transaction with order/${orderId}`)
    await page.getByRole('link', { name: `order/${orderId}` }).click()
    await page.getByRole('heading', { name: 'Jobs of a record' }).waitFor()
    await page.goto(page.url().replace(orderId, 'no-such'))
    await sees(page, /see that the whole id was copied/)
  })

  it('that died can be replayed with another payload, and lead to the job that replaces them', async () => {
    const state = badNight()
    const { id } = state.letters[1] ?? { id: '' }
    const { page } = await open(state, `#/jobs/${id}`)
    await page.getByRole('button', { name: 'Edit payload …' }).click()
    const text = page.getByLabel('Payload, as JSON')
    const before = await text.inputValue()
    expect(JSON.parse(before)).toMatchObject({ email: '[redacted]', total: 1900 })
    const submit = page.getByRole('button', { name: 'Replay as a new job' })
    await text.fill('{"total": ')
    await submit.click()
    await page.getByRole('alert').getByText('This is not JSON').waitFor()
    await text.fill(before.replace('1900', '"many"'))
    await submit.click()
    await page.getByRole('alert').getByText('payload.total must be a number').waitFor()
    await text.fill(before.replace('1900', '2000'))
    await submit.click()
    await page.locator('.screen-head .state', { hasText: 'pending' }).waitFor()
    await sees(page, 'Replay of')
    expect(await textOf(page, '.payload')).toContain('"total": 2000')
    await page.getByRole('link', { name: id }).click()
    await page.locator('.screen-head .state', { hasText: 'cancelled' }).waitFor()
    await sees(page, 'Replayed as')
    expect(await page.getByRole('button', { name: /Replay|Edit/ }).count()).toBe(0)
  })

  it('that wait can be cancelled', async () => {
    const id = idOf(90_002)
    const { page, state } = await open(badNight(), `#/jobs/${id}`)
    await page.getByRole('button', { name: 'Cancel job …' }).click()
    await page.getByRole('button', { name: 'Cancel the job' }).click()
    await page.locator('.screen-head .state', { hasText: 'cancelled' }).waitFor()
    expect(state.requests).toEqual([`POST /jobs/${id}/cancel {}`])
  })

  it('that started meanwhile are not cancelled, and one is told why', async () => {
    const id = idOf(90_002)
    const { page, state } = await open(badNight(), `#/jobs/${id}`)
    await page.getByRole('button', { name: 'Cancel job …' }).click()
    state.jobs = state.jobs.map((job) => (job.id === id ? { ...job, status: 'running', attempts: 1 } : job))
    await page.getByRole('button', { name: 'Cancel the job' }).click()
    await page
      .getByRole('alert')
      .getByText(/is running: only a job that has not started/)
      .waitFor()
  })

  it.each([
    [90_001, 'scheduled', 'Will start'],
    [90_003, 'running', 'Attempt 1 runs'],
    [90_004, 'retrying', 'It told no error: its process died, or it ran out of time.'],
  ])('%i: a %s one says what comes next or what is not known', async (number, status, words) => {
    const { page } = await open(badNight(), `#/jobs/${idOf(number)}`)
    await page.locator('.screen-head .state', { hasText: status }).waitFor()
    await sees(page, words)
    expect(await page.getByRole('button', { name: 'Replay …' }).count()).toBe(0)
  })

  it('that wait for their rate limit say so, and until when', async () => {
    const { page } = await open(badNight(), `#/jobs/${idOf(90_007)}`)
    await page.getByRole('heading', { name: 'send-receipt' }).waitFor()
    expect(await textOf(page, '.time-line li:last-child')).toBe(
      'Waits for its rate limit 2026-11-03 03:24:34 in 12 min +13 min It starts about then at the latest. Waiting uses up no attempt.',
    )
  })

  it.each([
    [
      { waitingFor: 'paused-lane', waitingOn: { lane: 'bulk', pausedBy: 'kim', pausedAt: '2026-11-03T03:00:00.000Z' } },
      /^Waits for its lane 2026-11-03 03:00:00 .* bulk is paused, by kim, since:$/,
    ],
    [
      { waitingFor: 'group', waitingOn: { job: 'order-7~0198' } },
      /^Waits for its group .*Job order-7~0198 comes first.$/,
    ],
  ] as const)('that wait say for what: %j', async (wait, words) => {
    const state = badNight()
    state.jobs = state.jobs.map((job) => (job.id === idOf(90_002) ? { ...job, ...wait } : job))
    const { page } = await open(state, `#/jobs/${idOf(90_002)}`)
    await page.getByRole('heading', { name: 'publish-event' }).waitFor()
    expect(await textOf(page, '.time-line li:last-child')).toMatch(words)
  })

  it('that wait for a retry say when it comes', async () => {
    const { page } = await open(badNight(), `#/jobs/${idOf(90_004)}`)
    await page.getByRole('heading', { name: 'sync-crm' }).waitFor()
    expect(await textOf(page, '.time-line li:last-child')).toMatch(
      /^Will be retried automatically 2026-11-03 03:12:30 in \d+ s/,
    )
  })

  it('say what to do when none is failing', async () => {
    const { page } = await open({ ...quiet(), hasJobIndex: false }, '#/jobs')
    await sees(page, 'No job is retrying or dead.')
    await sees(page, 'Only failing jobs are listed')
  })

  it.each(listedStatuses)('are listed that are %s, and no others', async (status) => {
    const { page, state } = await open(badNight(), '#/jobs')
    await sees(page, '1–50')
    await page.getByLabel('State').selectOption(status)
    const expected = status === 'dead' ? 50 : state.jobs.filter((job) => job.status === status).length
    await expect.poll(() => page.locator('tbody tr').count()).toBe(expected)
    expect(new Set(await page.locator('tbody .state').allInnerTexts())).toEqual(new Set([status]))
    await page.getByRole('button', { name: 'Clear' }).click()
    await sees(page, '1–50')
    expect(await page.getByLabel('State').inputValue()).toBe('')
  })

  it('are narrowed by lane and the beginning of the id, together with the rest of the filter', async () => {
    const { page } = await open(badNight(), '#/jobs')
    await sees(page, '1–50')
    await page.getByLabel('Lane').selectOption('ordered')
    await expect.poll(() => page.locator('tbody tr').count()).toBe(1)
    await page.getByLabel('Id begins with').fill('no-such')
    await page.keyboard.press('Tab')
    await sees(page, 'No job matches this filter.')
    await page.getByLabel('Id begins with').fill('order-7')
    await page.keyboard.press('Tab')
    await expect.poll(() => page.locator('tbody tr').count()).toBe(1)
  })

  it('of other states say which setting lists them, where the stage has no index of all jobs', async () => {
    const { page } = await open({ ...badNight(), hasJobIndex: false }, '#/jobs')
    await sees(page, 'Only failing jobs are listed')
    await page.getByLabel('State').selectOption('succeeded')
    await page.getByRole('alert').getByText('set jobIndex to true').waitFor()
    await page.getByLabel('State').selectOption('scheduled')
    await expect.poll(() => page.locator('tbody tr').count()).toBe(1)
  })

  it('are looked for in the next part of the list, where this part has none', async () => {
    const { page, state } = await open(badNight(), '#/jobs')
    await sees(page, '1–50')
    state.emptyPages = 1
    await page.getByLabel('State').selectOption('running')
    await sees(page, 'No job in this part of the list matches.')
    state.emptyPages = 0
    await page.getByRole('button', { name: 'Next →' }).click()
    await expect.poll(() => page.locator('tbody tr').count()).toBe(1)
    await sees(page, '1–1')
  })
})

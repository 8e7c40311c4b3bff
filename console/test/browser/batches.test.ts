import { expect, it } from 'vitest'
import { describeConsole, sees, textOf } from './support/console.ts'
import { batchIds } from './support/fake-batches.ts'
import { idOf } from './support/fake-data.ts'
import { badNight, quiet } from './support/states.ts'

describeConsole('batches', (open) => {
  it('are listed newest first with their members in words, and narrowed by state', async () => {
    const { page } = await open(badNight(), '#/batches')
    await expect.poll(() => page.locator('tbody tr').count()).toBe(25)
    expect(await textOf(page, 'tbody tr:nth-child(2)')).toMatch(
      /^running 10,000 members .* 6,200 succeeded, 3 dead, 12 cancelled, 3,785 pending mail-statement-summary, archive-statements 10 min ago$/,
    )
    await page.getByRole('button', { name: 'Next →' }).click()
    await expect.poll(() => page.locator('tbody tr').count()).toBe(19)
    await page.getByLabel('State').selectOption('open')
    await expect.poll(() => page.locator('tbody tr').count()).toBe(1)
    expect(await textOf(page, 'tbody tr')).toContain('40 succeeded, 60 pending')
    expect(page.url()).toContain('status=open')
  })

  it('move on while one looks', async () => {
    const { page, state } = await open(badNight(), `#/batches/${batchIds.running}`)
    await sees(page, '6,200 succeeded, 3 dead, 12 cancelled, 3,785 pending')
    const width = () => page.locator('.members-bar .succeeded').evaluate((part) => part.getBoundingClientRect().width)
    const before = await width()
    state.batches = state.batches.map((one) =>
      one.id === batchIds.running ? { ...one, succeeded: 9_985, pending: 0, status: 'finished' } : one,
    )
    await sees(page, '9,985 succeeded, 3 dead, 12 cancelled')
    expect(await width()).toBeGreaterThan(before)
    await page.locator('.screen-head .state', { hasText: 'finished' }).waitFor()
  })

  it('lead to the jobs that they have caused, and say which are to come', async () => {
    const { page } = await open(badNight(), `#/batches/${batchIds.finished}`)
    const callbacks = page.getByRole('region', { name: 'Callbacks' })
    await callbacks.getByRole('row', { name: /archive-statements every member has succeeded to come/ }).waitFor()
    await callbacks.getByRole('link', { name: /mail-statement-summary/ }).click()
    await expect.poll(() => page.url()).toContain(`#/jobs/${idOf(90_002)}`)
  })

  it('list their members, which lead to their jobs', async () => {
    const { page, state } = await open(badNight(), `#/batches/${batchIds.finished}`)
    const members = page.getByRole('region', { name: 'Members' })
    await members.getByText('page 1').waitFor()
    expect(await members.locator('tbody tr').count()).toBe(25)
    await members.getByText('"total":4200').first().waitFor()
    await page.getByLabel('State').selectOption('dead')
    await expect.poll(() => members.locator('tbody tr').count()).toBe(3)
    await members.getByText('MessageRejected').first().waitFor()
    state.jobs = [...state.members(batchIds.finished)]
    await members.getByRole('link').first().click()
    await page.getByRole('link', { name: batchIds.finished }).click()
    await page.getByRole('heading', { name: 'Batch', exact: true }).waitFor()
  })

  it('that are open are sealed after a question', async () => {
    const { page, state } = await open(badNight(), `#/batches/${batchIds.open}`)
    await sees(page, 'no, it may get more members')
    await page.getByRole('button', { name: 'Seal …' }).click()
    await sees(page, /It has 100 members, and gets no more/)
    await page.getByRole('button', { name: 'Seal the batch' }).click()
    await page.locator('.screen-head .state', { hasText: 'running' }).waitFor()
    expect(state.requests).toEqual([`POST /batches/${batchIds.open}/seal {}`])
    expect(await page.getByRole('button', { name: 'Seal …' }).count()).toBe(0)
  })

  it('are not sealed by a viewer, who is told so', async () => {
    const { page, state } = await open(badNight(), `#/batches/${batchIds.open}`)
    state.refuseActs = { status: 403, detail: 'Only operators.' }
    await page.getByRole('button', { name: 'Seal …' }).click()
    await page.getByRole('button', { name: 'Seal the batch' }).click()
    await page.getByRole('alert').getByText('Only operators.').waitFor()
  })

  it('redrive their dead members, and no others', async () => {
    const { page, state } = await open(badNight(), `#/batches/${batchIds.finished}`)
    await page.getByRole('button', { name: 'Redrive dead members …' }).click()
    await sees(page, 'Redrive 3 dead members?')
    await page.getByRole('button', { name: 'Redrive them' }).click()
    await page.getByRole('dialog').waitFor({ state: 'detached' })
    const dead = [0, 1, 2].map((n) => idOf(70_000 + n))
    expect(state.requests).toEqual([`POST /dead-letters/redrive ${JSON.stringify({ ids: dead })}`])
  })

  it('that do not exist are told so; where there are none, one learns what they are', async () => {
    const { page } = await open(quiet(), `#/batches/${idOf(77_777)}`)
    await page.getByRole('heading', { name: 'No such batch' }).waitFor()
    await page.getByRole('link', { name: 'the list' }).click()
    await sees(page, 'There are no batches.')
  })
})

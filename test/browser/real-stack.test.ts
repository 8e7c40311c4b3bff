import { mkdtemp, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { hasBrowser, openPage, sharedBrowser } from '../../console/test/browser/support/browser.ts'
import { runStack, type StackProcess } from '../../local/run-stack.ts'
import { dataRoot } from '../../local/test/support/data-root.ts'

describe.skipIf(!hasBrowser)('the console of a stack that runs', () => {
  let stack: StackProcess
  let dataDir: string
  beforeAll(async () => {
    dataDir = await mkdtemp(join(dataRoot(), 'console-stack-'))
    stack = await runStack({ dataDir, serve: '/console=console/web/dist' })
  }, 300_000)
  afterAll(async () => {
    await stack?.stop()
    await rm(dataDir, { recursive: true, force: true })
  })

  const post = async <T>(path: string, body: object) => {
    const headers = { 'content-type': 'application/json' }
    const response = await fetch(stack.apiUrl + path, { method: 'POST', headers, body: JSON.stringify(body) })
    return (await response.json()) as T
  }

  it('shows dead jobs and their alarm, redrives the jobs of one error, and shows who did it', async () => {
    const { page, faults } = await openPage(await sharedBrowser(), `${stack.apiUrl}/console`)
    page.setDefaultTimeout(60_000)
    await page.getByText('All is well.').waitFor()
    expect(await page.locator('.lane-name strong').allInnerTexts()).toEqual(['urgent', 'default', 'bulk', 'ordered'])

    // Two errors of one type: only their text tells them apart.
    const order = await post<{ id: string }>('/orders', {
      email: 'ann@example.com',
      items: [{ sku: 'mug', quantity: 1, unitPrice: 950 }],
    })
    for (let i = 0; i < 2; i++) await post('/jobs', { type: 'probe', payload: { key: 'a', permanent: true } })
    await post('/jobs', { type: 'probe', payload: { key: 'c', failAttempts: 5 } })
    await page.getByText('3 jobs are dead and need you.').waitFor()
    await page.getByText('default-dead-letters is in ALARM').waitFor()
    await page
      .getByRole('link', { name: /^What to do/ })
      .first()
      .click()
    await page.getByRole('region', { name: 'Dead letters' }).getByText('Redrive to a custom destination').waitFor()

    await page.keyboard.press('g')
    await page.keyboard.press('d')
    const once = page.locator('.group', { has: page.locator('.group-count', { hasText: /^1$/ }) })
    await once.getByRole('button', { name: /^Redrive 1/ }).click()
    await page.getByLabel(/type the number/).fill('1')
    await page.keyboard.press('Enter')
    await page.getByText('1 job is on its lane again.').waitFor()
    await page.keyboard.press('Escape')
    await page.getByRole('button', { name: 'Redrive all 2 that match …' }).waitFor()

    await page.locator('.identity a').first().click()
    await page.getByText('Attempt 1 failed').waitFor()
    await page.getByRole('button', { name: 'Replay …' }).click()
    await page.getByRole('button', { name: 'Replay', exact: true }).click()
    await page.getByText('Attempt 2 failed').waitFor()

    await page.keyboard.press('/')
    await page.keyboard.type(`order/${order.id}`)
    await page.keyboard.press('Enter')
    await page.locator('tr', { hasText: 'send-receipt' }).getByText('succeeded').waitFor()
    await page.locator('.identity a', { hasText: 'send-receipt' }).click()
    await page.getByText(`in one transaction with order/${order.id}`).waitFor()

    await post('/jobs', { type: 'probe', payload: { key: 'later' }, delaySeconds: 3_600 })
    await page.goto(page.url().replace(/#.*/, '#/jobs'))
    for (const [status, type] of Object.entries({ scheduled: 'probe', succeeded: 'send-receipt', dead: 'probe' })) {
      await page.getByLabel('State').selectOption(status)
      await page.locator('tbody tr', { hasText: type }).first().waitFor()
      await expect.poll(async () => [...new Set(await page.locator('tbody .state').allInnerTexts())]).toEqual([status])
    }
    await page.getByRole('button', { name: 'Clear' }).click()
    await page.locator('tbody tr', { hasText: 'scheduled' }).first().waitFor()

    for (const [key, seen] of Object.entries({ s: 'daily-digest', u: 'DynamoDB', w: 'replay job', a: 'in ALARM' })) {
      await page.keyboard.press('g')
      await page.keyboard.press(key)
      await page.locator('tbody tr', { hasText: seen }).first().waitFor()
    }
    await page.keyboard.press('g')
    await page.keyboard.press('o')
    await page.locator('.lanes .latency', { hasText: / \/ / }).first().waitFor()
    await page.context().close()
    expect(faults).toEqual([])
  }, 300_000)

  it('shows each rate limit, and until when a job waits for its own', async () => {
    const { page, faults } = await openPage(await sharedBrowser(), `${stack.apiUrl}/console`)
    page.setDefaultTimeout(60_000)
    const limits = page.getByRole('region', { name: 'Rate limits' })
    await limits.getByRole('row', { name: 'probe default 20 starts in 1 s for each key' }).waitFor()

    // They take 25 seconds.
    const job = { type: 'probe', payload: { key: 'limited', limit: 'limited' } }
    const batches = Array.from({ length: 5 }, () =>
      post<{ jobs: { id: string }[] }>('/job-batches', { jobs: Array(100).fill(job) }),
    )
    const last = (await Promise.all(batches)).at(-1)?.jobs.at(-1)?.id
    await page.goto(`${stack.apiUrl}/console#/jobs/${last}`)
    await page.locator('.time-line li', { hasText: /Waits for its rate limit.* in \d+ s/ }).waitFor()
    await page.locator('.screen-head .state', { hasText: 'succeeded' }).waitFor()
    expect(await page.locator('.time-line li').last().innerText()).toContain('in attempt 1')
    await page.context().close()
    expect(faults).toEqual([])
  }, 300_000)

  it('follows a batch from its members to its seal and its callback, and redrives a dead member', async () => {
    const { page, faults } = await openPage(await sharedBrowser(), `${stack.apiUrl}/console`)
    page.setDefaultTimeout(60_000)
    const probe = (payload: object) => ({ type: 'probe', payload: { key: 'member', ...payload } })
    const jobs = [...Array(9).fill(probe({ workMs: 500 })), probe({ failAttempts: 5 })]
    const callback = probe({ key: 'callback' })
    const batch = { open: true, jobs, onFinished: callback, onSucceeded: callback }
    const { id } = await post<{ id: string }>('/batches', batch)

    await page.keyboard.press('g')
    await page.keyboard.press('b')
    await page.getByLabel('State').selectOption('open')
    await page.locator('.identity a', { hasText: id }).click()
    await page.getByText('9 succeeded, 1 pending').waitFor()
    await page.getByRole('button', { name: 'Seal …' }).click()
    await page.getByRole('button', { name: 'Seal the batch' }).click()
    const state = (status: string) => page.locator('.screen-head .state', { hasText: status })
    await state('running').or(state('finished')).waitFor()
    await page.getByText('9 succeeded, 1 dead').waitFor()
    await state('finished').waitFor()
    const callbacks = page.getByRole('region', { name: 'Callbacks' })
    await callbacks.getByRole('row', { name: /every member has ended caused/ }).waitFor()
    await callbacks.getByRole('row', { name: /every member has succeeded to come/ }).waitFor()

    await page.getByRole('button', { name: 'Redrive dead members …' }).click()
    await page.getByRole('button', { name: 'Redrive them' }).click()
    await state('succeeded').waitFor()
    await page.getByText('10 succeeded').waitFor()
    await callbacks.getByRole('link').last().click()
    await page.getByRole('heading', { name: 'probe' }).waitFor()
    await page.context().close()
    expect(faults).toEqual([])
  }, 300_000)
})

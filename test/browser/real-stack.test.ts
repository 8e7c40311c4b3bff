import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { runStack, type StackProcess } from '../../console/run-stack.ts'
import { hasBrowser, openPage, startBrowser } from './support/browser.ts'

describe.skipIf(!hasBrowser)('the console of a stack that runs', () => {
  let stack: StackProcess
  let dataDir: string
  beforeAll(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'console-stack-'))
    stack = await runStack({ dataDir, serve: '/console=console/web/dist' })
  }, 120_000)
  afterAll(async () => {
    await stack?.stop()
    await rm(dataDir, { recursive: true, force: true })
  })

  it('shows a job die, and brings it back', async () => {
    const browser = await startBrowser()
    const { page, faults } = await openPage(browser, `${stack.apiUrl}/console`)
    await page.getByText('All is well.').waitFor()
    expect(await page.locator('.lane-name strong').allInnerTexts()).toEqual(['urgent', 'default', 'bulk', 'ordered'])

    const job = { type: 'probe', payload: { key: 'console', permanent: true } }
    await fetch(`${stack.apiUrl}/jobs`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(job),
    })
    await page.getByText('1 job is dead and needs you.').waitFor({ timeout: 20_000 })
    await page.keyboard.press('g')
    await page.keyboard.press('d')
    await page.locator('.identity a').click()
    await page.getByText('Attempt 1 failed').waitFor()
    await page.getByRole('button', { name: 'Replay …' }).click()
    await page.getByRole('button', { name: 'Replay', exact: true }).click()
    await page.getByText('Attempt 2 failed').waitFor({ timeout: 20_000 })
    await page.keyboard.press('g')
    await page.keyboard.press('s')
    await page.locator('tbody tr').first().waitFor()
    await browser.close()
    expect(faults).toEqual([])
  }, 60_000)
})

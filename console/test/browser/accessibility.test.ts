import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import type { Page } from 'playwright-core'
import { expect, it } from 'vitest'
import { describeConsole } from './support/console.ts'
import { batchIds } from './support/fake-batches.ts'
import { idOf, orderId } from './support/fake-data.ts'
import { badNight, quiet } from './support/states.ts'

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

interface Finding {
  readonly id: string
  readonly impact: string
  readonly nodes: readonly { readonly html: string }[]
}

/** What axe holds for serious or critical. */
async function findings(page: Page): Promise<string[]> {
  await page.evaluate(axe)
  const { violations } = await page.evaluate<{ violations: Finding[] }>('axe.run()')
  return violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`)
}

const places: Readonly<Record<string, string>> = {
  overview: '#/',
  alarms: '#/alarms',
  runbook: '#/runbook/dead-letters',
  usage: '#/usage',
  'jobs of a record': `#/jobs?record=order/${orderId}`,
  jobs: '#/jobs',
  batches: '#/batches',
  'an open batch': `#/batches/${batchIds.open}`,
  'a batch that runs': `#/batches/${batchIds.running}`,
  'dead letters': '#/dead-letters',
  schedules: '#/schedules',
  actions: '#/actions',
  'a dead job': `#/jobs/${idOf(3)}`,
  'a job that waits for its rate limit': `#/jobs/${idOf(90_007)}`,
}

/** A few rows say as much about a table as fifty, and axe looks at every one. */
const fewLetters = () => badNight({ mailbox: 3, throttled: 5, webhook: 4 })

describeConsole('accessibility', (open) => {
  it.each(['light', 'dark'] as const)(
    'no serious finding on any screen, %s',
    async (colorScheme) => {
      const { page } = await open(fewLetters(), '#/', { colorScheme })
      for (const [name, place] of Object.entries(places)) {
        await page.goto(page.url().replace(/#.*/, place))
        await page.locator('main .panel').first().waitFor()
        await page.locator('main .loading').waitFor({ state: 'detached' })
        expect(await findings(page), name).toEqual([])
      }
    },
    60_000,
  )

  it.each(['light', 'dark'] as const)(
    'none with nothing to show, with a dialog, or with the API down, %s',
    async (colorScheme) => {
      const { page, api, state } = await open(quiet(), '#/dead-letters', { colorScheme })
      await page.getByText('No job is dead.').waitFor()
      expect(await findings(page), 'empty').toEqual([])
      Object.assign(state, fewLetters())
      await page.getByRole('button', { name: /^Redrive all/ }).click()
      await page.getByLabel(/type the number/).waitFor()
      expect(await findings(page), 'dialog').toEqual([])
      await page.keyboard.press('Escape')
      await page.keyboard.press('?')
      await page.getByRole('dialog', { name: 'Help' }).waitFor()
      expect(await findings(page), 'help').toEqual([])
      await page.keyboard.press('Escape')
      await api.down()
      await page.getByRole('alert').waitFor()
      expect(await findings(page), 'down').toEqual([])
    },
  )

  it('is readable on a phone: nothing is wider than 360 pixels, and nothing serious is found', async () => {
    const { page } = await open(fewLetters(), '#/', { viewport: { width: 360, height: 760 } })
    for (const [name, place] of Object.entries(places)) {
      await page.goto(page.url().replace(/#.*/, place))
      await page.locator('main .panel').first().waitFor()
      await page.locator('main .loading').waitFor({ state: 'detached' })
      expect(await page.evaluate('document.documentElement.scrollWidth'), name).toBeLessThanOrEqual(360)
      expect(await findings(page), name).toEqual([])
    }
  })
})

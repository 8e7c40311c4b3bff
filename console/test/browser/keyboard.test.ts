import { expect, it } from 'vitest'
import { describeConsole, sees } from './support/console.ts'
import { badNight, quiet } from './support/states.ts'

const focused = "document.activeElement.getAttribute('aria-label') ?? document.activeElement.innerText"

describeConsole('the keyboard', (open) => {
  it('reaches every screen', async () => {
    const { page } = await open(quiet())
    await sees(page, 'All is well.')
    for (const [key, title] of Object.entries({
      a: 'Alarms',
      d: 'Dead letters',
      j: 'Jobs',
      b: 'Batches',
      s: 'Schedules',
      u: 'Usage and cost',
      w: 'Actions',
      r: 'Runbook',
      o: 'Overview',
    })) {
      await page.keyboard.press('g')
      await page.keyboard.press(key)
      await page.getByRole('heading', { name: title, level: 1 }).waitFor()
      // As after loading a page, one is at its start.
      await expect.poll(() => page.evaluate(focused)).toBe(title)
    }
  })

  it('goes through the page in reading order, with the focus in sight', async () => {
    const { page } = await open(quiet())
    await sees(page, 'All is well.')
    const order: unknown[] = []
    for (let i = 0; i < 12; i++) {
      await page.keyboard.press('Tab')
      order.push(await page.evaluate(focused))
      expect(await page.evaluate('getComputedStyle(document.activeElement).outlineStyle')).toBe('solid')
    }
    expect(order.slice(0, 3)).toEqual([
      'Skip to the content',
      'Find a job by its id or its record',
      '?\nHelp and shortcuts',
    ])
    expect(order.slice(3, 11)).toEqual([
      'Overview',
      'Alarms',
      'Dead letters',
      'Jobs',
      'Batches',
      'Schedules',
      'Usage and cost',
      'Actions',
    ])
    expect(order[11]).toContain('Pause …')
  })

  it('opens the help, which lists the keys; Esc closes it', async () => {
    const { page } = await open(quiet())
    await sees(page, 'All is well.')
    await page.keyboard.press('?')
    await page.getByRole('dialog', { name: 'Help' }).getByText('Go to dead letters').waitFor()
    await page.keyboard.press('Escape')
    await page.getByRole('dialog').waitFor({ state: 'detached' })
  })

  it('leaves a redrive undone with Esc, and the focus where it was', async () => {
    const { page, state } = await open(badNight(), '#/dead-letters')
    await page.getByRole('button', { name: /^Redrive all/ }).focus()
    await page.keyboard.press('Enter')
    await sees(page, '2,000 dead jobs')
    await page.keyboard.type('g d 2000')
    await page.keyboard.press('Escape')
    await page.getByRole('dialog').waitFor({ state: 'detached' })
    await expect.poll(() => page.evaluate(focused)).toMatch(/^Redrive all/)
    expect(state.redriven).toEqual([])
  })
})

import { expect, it } from 'vitest'
import { describeConsole, sees, textOf } from './support/console.ts'
import { badNight, quiet } from './support/states.ts'

describeConsole('schedules and actions', (open) => {
  it('schedules tell their next run', async () => {
    const { page } = await open(badNight(), '#/schedules')
    await page.locator('tbody tr').first().waitFor()
    await expect
      .poll(() => textOf(page, 'tbody tr'))
      .toMatch(
        /^daily-digest 2026-11-03 06:00:00 in 2 h 4[78] min cron\(0 7 \* \* \? \*\) Europe\/Berlin daily-digest$/,
      )
    expect(await textOf(page, 'tbody tr:nth-child(2)')).toContain('counted by AWS from its making')
  })

  it('actions tell who did what, and an act shows there', async () => {
    const { page, state } = await open(badNight(), '#/actions')
    await sees(page, 'pause lane')
    expect(await textOf(page, 'tbody tr')).toContain('kim (operator) pause lane bulk')
    state.actions = Array.from({ length: 120 }, (_, i) => ({
      id: `b${i}`,
      at: new Date(state.now - i * 1000).toISOString(),
      by: 'kim',
      action: 'pause lane',
      detail: `job ${i}`,
    }))
    await page.keyboard.press('r')
    await sees(page, 'job 49')
    await page.getByRole('button', { name: 'Next →' }).click()
    await sees(page, 'job 99')
    expect(await page.getByText('job 49', { exact: true }).count()).toBe(0)
  })

  it('the outbox is searched for lost jobs on demand', async () => {
    const { page, state } = await open(quiet(), '#/actions')
    await page.getByRole('button', { name: 'Look for lost jobs …' }).click()
    await page.getByRole('button', { name: 'Look now' }).click()
    await sees(page, 'The reconciler is at work.')
    await page.locator('tbody tr', { hasText: 'reconcile' }).waitFor()
    expect(state.requests).toEqual(['POST /reconcile {}'])
  })

  it('say so when there are none', async () => {
    const { page } = await open(quiet(), '#/schedules')
    await sees(page, 'This stack has no schedules.')
    await page.getByRole('link', { name: 'Actions' }).click()
    await sees(page, 'Nobody has done anything yet.')
  })
})

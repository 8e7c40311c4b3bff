import { expect, it } from 'vitest'
import { describeConsole, sees, textOf } from './support/console.ts'
import { alarms } from './support/fake-aws.ts'
import { badNight, quiet } from './support/states.ts'

describeConsole('alarms, usage and the runbook', (open) => {
  it('alarms in ALARM come first, the latest on top, each with its runbook', async () => {
    const { page, state } = await open(badNight(), '#/alarms')
    await sees(page, 'bulk-dead-letters')
    expect(await page.locator('.panel:first-of-type .identity strong').allInnerTexts()).toEqual([
      'bulk-dead-letters',
      'default-dead-letters',
    ])
    expect(await textOf(page, 'tbody tr')).toMatch(
      /^in ALARM bulk-dead-letters Jobs of the lane bulk failed permanently\. They do not run again until an operator redrives them\. Threshold Crossed.* 2[45] min ago What to do/,
    )
    await page.getByRole('link', { name: 'Alarms 2' }).waitFor()
    state.alarms = [...alarms]
    await page.keyboard.press('r')
    await sees(page, 'No alarm is in ALARM.')
    await page.getByRole('link', { name: /^What to do about .*-sweep-silent/ }).click()
    await page.getByRole('region', { name: 'Sweep silent' }).getByText('no sweep for five minutes').waitFor()
  })

  it('every alarm that the stack has is in the runbook that the console carries', async () => {
    const { page } = await open(quiet(), '#/runbook')
    const chapters = await page.getByRole('navigation', { name: 'Chapters' }).getByRole('link').allInnerTexts()
    expect(chapters).toEqual(expect.arrayContaining(['Dead letters', 'Lane late', 'Relay behind', 'Unrelayed']))
    // What the page says of itself is made into HTML, not shown as it was written.
    expect(await page.locator('.prose').innerText()).not.toMatch(/\*\*|```/)
  })

  it('usage tells what it cost, of what, and what a million jobs cost', async () => {
    const { page, state } = await open(badNight(), '#/usage')
    await sees(page, '$3.25')
    expect(await textOf(page, '.figures')).toBe(
      'Cost in this time $0.66 A month at this pace $20.18 Jobs done 204,311 Cost of a million jobs $3.25',
    )
    expect(await textOf(page, '.service-bar figcaption')).toBe(
      'DynamoDB $0.52 78 % Lambda $0.059 9 % API Gateway $0.051 8 % SQS $0.039 6 %',
    )
    expect(await textOf(page, 'tbody tr')).toBe('DynamoDB write units of the outbox 412,004 write units $0.26')
    await sees(page, 'list prices of us-east-1, 2026-11-01; no free tier, no taxes')
    const asked = page.waitForRequest(/usage\?hours=168/)
    await page.getByRole('button', { name: '7 days' }).click()
    await asked
    if (state.usage) state.usage = { ...state.usage, items: [], usdTotal: 0, jobs: 0 }
    await page.keyboard.press('r')
    await sees(page, 'Nothing was used in this time.')
  })

  it('say so where an API cannot tell', async () => {
    const { page } = await open({ ...quiet(), alarms: [] }, '#/usage')
    await page.getByRole('alert').getByText('There is no /usage.').waitFor()
    await page.getByRole('link', { name: 'Alarms' }).click()
    await sees(page, 'This stack has no alarms.')
  })
})

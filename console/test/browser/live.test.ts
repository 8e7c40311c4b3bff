import { setTimeout as sleep } from 'node:timers/promises'
import { expect, it } from 'vitest'
import { describeConsole, sees, textOf } from './support/console.ts'
import { badNight, quiet } from './support/states.ts'

const setHidden = (hidden: boolean) =>
  `Object.defineProperty(document, 'hidden', { configurable: true, get: () => ${hidden} });
   document.dispatchEvent(new Event('visibilitychange'))`

describeConsole('what one sees', (open) => {
  it('follows the API without a reload', async () => {
    const { page, state } = await open(quiet())
    await sees(page, 'All is well.')
    state.letters = badNight({ mailbox: 1, throttled: 2, webhook: 0 }).letters
    await sees(page, '3 jobs are dead and need you.')
    await sees(page, 'Maximum sending rate exceeded')
  })

  it('is not asked for while nobody looks', async () => {
    const { page, state } = await open(quiet())
    await sees(page, 'All is well.')
    await page.evaluate(setHidden(true))
    await sleep(300)
    const before = state.looks
    await sleep(2_600)
    expect(state.looks).toBe(before)
    await page.evaluate(setHidden(false))
    await expect.poll(() => state.looks).toBeGreaterThan(before)
  })

  it('says that it is old when the API is down, and goes on when it is back', async () => {
    const { page, api, state } = await open(badNight())
    await sees(page, '2,000 jobs are dead')
    await api.down()
    await page.getByRole('alert').getByText('The API cannot be reached.').waitFor()
    await sees(page, /^What you see is from/)
    expect(await textOf(page, '.health')).toContain('No connection')
    await sees(page, '2,000 jobs are dead')
    await page.getByRole('button', { name: 'Try now' }).click()
    await page.getByRole('alert').getByText('The API cannot be reached.').waitFor()
    state.letters = []
    await api.up()
    // Not the button: the console may have found the API again by itself, and then it is gone.
    await page.keyboard.press('r')
    await sees(page, '1 job is being retried.')
    // What is on the screen is asked for in several calls; each takes its own message away.
    await expect.poll(() => page.getByRole('alert').count()).toBe(0)
    expect(await textOf(page, '.health')).toBe('Live')
  })

  it('says that the API was never there', async () => {
    const state = quiet()
    state.refuse = { status: 503, detail: 'The service is busy.' }
    const { page } = await open(state)
    await page.getByRole('alert').first().getByText('The service is busy.').waitFor()
    await sees(page, /Nothing has been loaded yet/)
    state.refuse = undefined
    await sees(page, 'All is well.')
  })

  it('says what credentials do not allow', async () => {
    const state = quiet()
    state.refuse = { status: 403, detail: 'Your role may not read this stack.' }
    const { page } = await open(state)
    await page.getByRole('alert').getByText('Your role may not read this stack.').waitFor()
  })
})

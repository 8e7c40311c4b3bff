import type { BrowserContextOptions, Page } from 'playwright-core'
import { afterEach, beforeAll, describe, expect } from 'vitest'
import { hasBrowser, openPage, sharedBrowser } from './browser.ts'
import { type FakeApi, startFakeApi } from './fake-api.ts'
import type { FakeState } from './fake-state.ts'

export interface Opened {
  readonly page: Page
  readonly api: FakeApi
  readonly state: FakeState
}

/** Opens the console at a place, over an API in a state. */
export type Open = (state: FakeState, place?: string, options?: BrowserContextOptions) => Promise<Opened>

/** Tests in a real browser: each opens its own page over its own API, and none may leave an error in the browser's console. */
export function describeConsole(name: string, tests: (open: Open) => void): void {
  describe.skipIf(!hasBrowser)(name, () => {
    let opened: { page: Page; api: FakeApi; faults: string[] }[] = []
    // A browser that starts takes seconds, which no test's time limit pays.
    beforeAll(async () => void (await sharedBrowser()))
    afterEach(async () => {
      const faults = opened.flatMap((one) => one.faults)
      await Promise.all(opened.map(({ page }) => page.context().close()))
      await Promise.all(opened.map(({ api }) => api.stop()))
      opened = []
      expect(faults).toEqual([])
    })
    tests(async (state, place = '#/', options = {}) => {
      const api = await startFakeApi(state)
      const page = await openPage(await sharedBrowser(), api.url + place, options)
      opened.push({ ...page, api })
      return { page: page.page, api, state }
    })
  })
}

/** Waits until a text is on the screen. */
export async function sees(page: Page, text: string | RegExp): Promise<void> {
  await page.getByText(text).first().waitFor()
}

/** The text of an element, on one line. */
export async function textOf(page: Page, selector: string): Promise<string> {
  return (await page.locator(selector).first().innerText()).replace(/\s+/g, ' ').trim()
}

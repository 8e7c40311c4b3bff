import { existsSync } from 'node:fs'
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core'

const executablePath = [
  process.env.CHROMIUM,
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
].find((path): path is string => Boolean(path) && existsSync(path as string))

/** Whether these tests can run here. */
export const hasBrowser = executablePath !== undefined

const flags =
  '--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking --disable-component-update --disable-sync'

export function startBrowser(): Promise<Browser> {
  return chromium.launch({ executablePath: executablePath ?? '', headless: true, args: flags.split(' ') })
}

let shared: Promise<Browser> | undefined

/** The browser of this process, which ends with it. Each test opens pages of its own, which share nothing, and closes them. */
export function sharedBrowser(): Promise<Browser> {
  shared ??= startBrowser()
  return shared
}

/** A page whose errors and refused loads fail the test through `faults`. */
export async function openPage(
  browser: Browser,
  url: string,
  options: BrowserContextOptions = {},
): Promise<{ page: Page; faults: string[] }> {
  const context = await browser.newContext({
    viewport: { width: 1280, height: 860 },
    locale: 'en-GB',
    timezoneId: 'UTC',
    ...options,
  })
  const page = await context.newPage()
  page.setDefaultTimeout(20_000)
  const faults: string[] = []
  page.on('pageerror', (error) => faults.push(String(error)))
  page.on('console', (message) => {
    // The browser itself reports answers of 4xx and 5xx, which tests ask for.
    if (message.type() === 'error' && !/Failed to load resource/.test(message.text())) faults.push(message.text())
  })
  await page.goto(url)
  return { page, faults }
}

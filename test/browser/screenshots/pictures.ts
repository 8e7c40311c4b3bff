import { join } from 'node:path'
import type { Browser, BrowserContextOptions, Page } from 'playwright-core'
import { openPage, startBrowser } from '../../../console/test/browser/support/browser.ts'

interface Picture {
  readonly name: string
  readonly place: string
  readonly options?: BrowserContextOptions
  /** What to wait for, and to do, before the picture is taken. */
  readonly ready: (page: Page) => Promise<unknown>
}

const dark: BrowserContextOptions = { colorScheme: 'dark' }
const phone: BrowserContextOptions = { viewport: { width: 390, height: 844 }, deviceScaleFactor: 2 }
const tall: BrowserContextOptions = { viewport: { width: 1280, height: 1240 } }

const rows = (page: Page) => page.locator('main tbody tr').first().waitFor()

/** The backlog of a minute, so that the lanes say whether they grow or drain. */
async function lanesAreKnown(page: Page): Promise<void> {
  await page.getByText('is paused.').waitFor()
  await page.locator('.causes .group').first().waitFor()
  await page.locator('.plot canvas').first().waitFor()
  await page
    .getByText(/is in ALARM/)
    .first()
    .waitFor()
  await page.waitForTimeout(6_000)
}

async function askToRedrive(page: Page): Promise<void> {
  await page
    .getByRole('button', { name: /^Redrive \d/ })
    .first()
    .click()
  await page.getByLabel(/type the number/).waitFor()
}

const pictures = (order: string, job: string, batch: string): readonly Picture[] => [
  { name: 'overview', place: '#/', options: tall, ready: lanesAreKnown },
  { name: 'overview-dark', place: '#/', options: { ...tall, ...dark }, ready: lanesAreKnown },
  { name: 'overview-phone', place: '#/', options: phone, ready: lanesAreKnown },
  { name: 'alarms', place: '#/alarms', ready: rows },
  { name: 'dead-letters', place: '#/dead-letters', ready: rows },
  { name: 'redrive', place: '#/dead-letters', options: dark, ready: askToRedrive },
  { name: 'jobs', place: '#/jobs', ready: rows },
  { name: 'record', place: `#/jobs?record=order/${order}`, ready: rows },
  { name: 'job', place: `#/jobs/${job}`, ready: (page) => page.locator('.time-line .dead').waitFor() },
  { name: 'batches', place: '#/batches', ready: rows },
  {
    name: 'batch',
    place: `#/batches/${batch}`,
    ready: (page) => page.getByRole('region', { name: 'Members' }).locator('tbody tr').first().waitFor(),
  },
  { name: 'schedules', place: '#/schedules', ready: rows },
  { name: 'usage', place: '#/usage', ready: rows },
  { name: 'actions', place: '#/actions', ready: rows },
  { name: 'runbook', place: '#/runbook/dead-letters', ready: (page) => page.locator('.prose h2').first().waitFor() },
]

/** @returns the files that were written */
export async function takePictures(url: string, order: string, directory: string): Promise<string[]> {
  const browser = await startBrowser()
  try {
    const api = new URL('..', url)
    const read = async <T>(path: string) => (await (await fetch(new URL(path, api))).json()) as T
    const { jobs } = await read<{ jobs: { id: string; type: string }[] }>(`orders/${order}`)
    const { batches } = await read<{ batches: { id: string }[] }>('batches?limit=1')
    const job = jobs.find(({ type }) => type === 'send-receipt')?.id ?? ''
    const files: string[] = []
    for (const picture of pictures(order, job, batches[0]?.id ?? ''))
      files.push(await take(browser, url, picture, directory))
    return files
  } finally {
    await browser.close()
  }
}

async function take(browser: Browser, url: string, picture: Picture, directory: string): Promise<string> {
  const { name, place, options, ready } = picture
  const { page, faults } = await openPage(browser, url + place, options)
  page.setDefaultTimeout(60_000)
  await ready(page)
  await page.evaluate('document.fonts.ready')
  const path = join(directory, `console-${name}.png`)
  await page.screenshot({ path, animations: 'disabled', caret: 'hide' })
  await page.context().close()
  if (faults.length > 0) throw new Error(`The page of ${name} had faults: ${faults.join('; ')}`)
  return path
}

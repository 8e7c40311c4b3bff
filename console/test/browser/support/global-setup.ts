import { builtConsole } from '../../../build-web.ts'
import { hasBrowser } from './browser.ts'

/** Builds the console once for all; or says why its tests do not run. */
export default async function setup(): Promise<void> {
  if (hasBrowser) await builtConsole()
  else
    console.log(
      'SKIPPED: the browser tests need Chromium. Install it (apt-get install chromium) or set CHROMIUM to its path.',
    )
}

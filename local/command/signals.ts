/** npm passes a terminal's Ctrl-C on although the terminal has sent it to us already: within this time it is the same one. */
const SAME_SIGNAL_MS = 1_000
const PARENT_CHECK_MS = 250

/**
 * Aborts on the first Ctrl-C, SIGTERM, or hang-up of the terminal; a second one ends the process at once (its engines
 * and functions notice and end too). Under npm it also aborts when npm is gone, `kill -9` included: nobody could stop
 * the stack any more.
 */
export function stopSignal(): AbortSignal {
  const controller = new AbortController()
  let firstAt = 0
  const onSignal = () => {
    if (firstAt === 0) {
      firstAt = Date.now()
      controller.abort(new Stopped())
    } else if (Date.now() - firstAt > SAME_SIGNAL_MS) process.exit(130)
  }
  process.on('SIGINT', onSignal)
  process.on('SIGTERM', onSignal)
  // Without a terminal the default stays as it is: that is what `nohup` counts on.
  if (process.stdout.isTTY) process.on('SIGHUP', onSignal)
  const parent = process.ppid
  if (process.env.npm_lifecycle_event) {
    setInterval(() => process.ppid !== parent && onSignal(), PARENT_CHECK_MS).unref()
  }
  return controller.signal
}

/** Why a start that was under way did not end in a running stack: somebody wanted it to stop. */
export class Stopped extends Error {
  override readonly name = 'Stopped'
}

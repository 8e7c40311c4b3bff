import type { Log, Running } from './types.ts'

export interface Parts extends Running {
  /** Starts a part, unless the start was given up meanwhile, and remembers it for `stop`. */
  start<P extends Running>(part: () => P | Promise<P>): Promise<P>
}

/** Parts that are stopped in the reverse order of their start. One that fails to stop does not keep the others running. */
export function createParts(log: Log, signal?: AbortSignal): Parts {
  const running: Running[] = []
  let stopped: Promise<void> | undefined

  async function stopAll(): Promise<void> {
    for (let part = running.pop(); part; part = running.pop()) {
      await part.stop().catch((error) => log('local', `a part did not stop: ${error?.stack ?? error}`))
    }
  }

  return {
    async start(part) {
      signal?.throwIfAborted()
      const started = await part()
      running.push(started)
      return started
    },
    stop() {
      stopped ??= stopAll()
      return stopped
    },
  }
}

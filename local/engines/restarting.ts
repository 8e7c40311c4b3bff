import type { Engine, Log } from '../types.ts'
import type { EngineProcess } from './child.ts'

/** More deaths than this within a minute, and the engine will not recover. */
const MAX_DEATHS = 10
const MINUTE_MS = 60_000

/** An engine that is restarted when it dies. Where it listens changes with each start. */
export interface RestartingEngine extends Engine {
  /** Resolves with the reason when the engine is down for good. Never rejects. */
  readonly failed: Promise<string>
}

/**
 * Starts an engine, and starts it again on its data whenever it dies: to the stack that is what an outage of the service is
 * on AWS. Meanwhile calls are answered with 503.
 */
export async function startRestarting(
  name: string,
  start: () => Promise<EngineProcess>,
  log: Log,
): Promise<RestartingEngine> {
  let current = await start()
  let stopping = false
  const watching = watch()

  /** Resolves with the reason when it gives up; `undefined` once it was stopped. */
  async function watch(): Promise<string | undefined> {
    let deaths: number[] = []
    for (;;) {
      const words = await current.exited
      if (stopping) return undefined
      const now = Date.now()
      deaths = [...deaths.filter((at) => now - at < MINUTE_MS), now]
      if (deaths.length > MAX_DEATHS) return `it died ${deaths.length} times within a minute, at last so: ${words}`
      log('local', `${name} died (${words}); starting it again`)
      const problem = await restart()
      if (problem !== undefined) return problem
    }
  }

  async function restart(): Promise<string | undefined> {
    try {
      current = await start()
      // Told to stop meanwhile: nobody else knows of this process yet.
      if (stopping) await current.stop()
      return undefined
    } catch (error) {
      return error instanceof Error ? error.message : String(error)
    }
  }

  return {
    get endpoint() {
      return current.endpoint
    },
    failed: watching.then((reason) => reason ?? new Promise<never>(() => {})),
    async stop() {
      stopping = true
      await current.stop()
      await watching
    },
  }
}

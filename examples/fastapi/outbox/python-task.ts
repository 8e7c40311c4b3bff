import { defineJob, PermanentError } from 'outbox-relay'
import type { ZodType } from 'zod'

/** Answers after which another attempt may succeed, besides those of a server that fails. */
const worthARetry = [408, 425, 429]

/**
 * A job whose code is Python: it posts its payload to `/tasks/<type>` of the service. The key is the same on every attempt, so
 * that the service can do the work once.
 */
export function pythonTask<S extends ZodType>(type: string, schema: S) {
  return defineJob<S>({
    type,
    schema,
    async run(payload, { effectKey, signal }) {
      const response = await fetch(`${process.env.SERVICE_URL}/tasks/${type}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'idempotency-key': effectKey },
        body: JSON.stringify(payload),
        signal,
      })
      if (response.ok) return
      const problem = `the service answered ${response.status}: ${(await response.text()).slice(0, 200)}`
      const isFinal = response.status < 500 && !worthARetry.includes(response.status)
      throw isFinal ? new PermanentError(problem) : new Error(problem)
    },
  })
}

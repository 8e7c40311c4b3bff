import type { ApiEndpoint } from '../api-client/client.ts'
import { jsonText, type Result } from './output.ts'

/** What a command would send. */
export function dryRun(method: string, path: string, { url }: ApiEndpoint, body?: unknown): Result {
  return {
    json: { dryRun: true, request: { method, url: url + path, ...(body === undefined ? {} : { body }) } },
    text: () =>
      `Would send ${method} ${url}${path}${body === undefined ? '' : ` ${jsonText(body)}`}\nNothing was changed.`,
  }
}

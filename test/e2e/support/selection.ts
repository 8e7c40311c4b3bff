/** Which files of the suite say something about the stack that API_URL or STACK names. */
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

const root = join(import.meta.dirname, '../../..')

/** Whether an API is on this machine, so that its jobs reach receivers here. */
export const isOnThisMachine = (apiUrl: string | undefined) =>
  apiUrl !== undefined && ['localhost', '127.0.0.1', '[::1]'].includes(new URL(apiUrl).hostname)

/** Whether API Gateway answers, AWS's or the one of this repository's local stack. Other emulators let some things through to the function. */
export function isApiGateway({ API_URL, E2E_DATA_DIR }: NodeJS.ProcessEnv): boolean {
  if (E2E_DATA_DIR || !API_URL) return true
  return !isOnThisMachine(API_URL) || !new URL(API_URL).pathname.startsWith('/_aws/')
}

/** Files that are not run, by path from the root, each with the reason. */
export function leftOut({ API_URL, STACK }: NodeJS.ProcessEnv): Record<string, string> {
  if (!API_URL && !STACK) return {}
  const files = globSync('test/e2e/*.test.ts', { cwd: root }).sort()
  const importing = (pattern: RegExp) => files.filter((file) => pattern.test(readFileSync(join(root, file), 'utf8')))
  const reasons = (found: readonly string[], why: string) => found.map((file) => [file, why] as const)
  return Object.fromEntries([
    ...reasons(importing(/\/(own-stack|run-stack)\.ts'/), 'starts a stack of its own, on this machine'),
    ...(isOnThisMachine(API_URL)
      ? []
      : reasons(importing(/\/receiver\.ts'/), 'receives webhooks on this machine, which the stack cannot reach')),
  ])
}

import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { runStack } from '../../../console/run-stack.ts'
import { refusals, unusedGrants } from './permissions.ts'

/**
 * Runs the suite against the stack at API_URL, or else against one of its own, which it stops in any case.
 * FRONT=rest puts a REST API in front of that one.
 */
export default async function setup(): Promise<(() => Promise<void>) | undefined> {
  if (process.env.API_URL) return undefined
  const dataDir = await mkdtemp(join(tmpdir(), 'outbox-e2e-'))
  const { FRONT } = process.env
  const stack = await runStack({ dataDir, ...(FRONT ? { context: { front: FRONT } } : {}) })
  process.env.API_URL = stack.apiUrl
  process.env.AWS_ENDPOINT_URL = stack.awsUrl
  process.env.E2E_DATA_DIR = dataDir
  // Whoever starts a further stack need not synthesize again.
  process.env.E2E_ASSEMBLY = join(dataDir, 'cdk.out')
  return async () => {
    const refused = await refusals(stack.awsUrl)
    const unused = await unusedGrants(stack.awsUrl)
    await stack.stop()
    await rm(dataDir, { recursive: true, force: true })
    // A run of one file alone uses little; only the whole suite says something about what a role could lose.
    if (process.env.REPORT_GRANTS)
      console.log(`Granted and never used:\n${unused.map((line) => `  ${line}`).join('\n')}`)
    if (refused.length > 0) throw new Error(`Functions were refused what they asked for:\n${refused.join('\n')}`)
  }
}

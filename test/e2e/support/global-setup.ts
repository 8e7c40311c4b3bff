import { randomUUID } from 'node:crypto'
import { globSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import type { TestProject } from 'vitest/node'
import { findStack } from '../../../console/api-client/stack.ts'
import { runStack } from '../../../local/run-stack.ts'
import { dataRoot } from '../../../local/test/support/data-root.ts'
import startSharedDynamoDb from '../../../local/test/support/shared-dynamodb.ts'
import { apiAt } from './api.ts'
import { identityFor } from './identity.ts'
import { jobIs, postJob, probeJob } from './jobs.ts'
import { sesIdentities } from './own-stack.ts'
import { notedPermissions, permissionsOf, refusals, unusedOnAll } from './permissions.ts'
import { leftOut } from './selection.ts'
import { grantProblems } from './unused-grants.ts'

/**
 * Runs the suite against the stack at API_URL, or the deployed one that STACK names, or else against one of its own, which it stops in any case.
 * API_TYPE=rest gives that one a REST API.
 */
export default async function setup(project: TestProject): Promise<(() => Promise<void>) | undefined> {
  if (process.env.STACK) process.env.API_URL ||= await apiOf(process.env.STACK)
  if (process.env.API_URL) return await aboutAnother(process.env.API_URL)
  const dataDir = await mkdtemp(join(dataRoot(), 'outbox-e2e-'))
  const { API_TYPE } = process.env
  const context = API_TYPE ? { apiType: API_TYPE } : undefined
  const stopDynamoDb = await startSharedDynamoDb()
  const stack = await runStack({ dataDir, context, sesIdentities })
  process.env.API_URL = stack.apiUrl
  process.env.AWS_ENDPOINT_URL = stack.awsUrl
  process.env.E2E_DATA_DIR = dataDir
  // Whoever starts a further stack need not synthesize again.
  process.env.E2E_ASSEMBLY = join(dataDir, 'cdk.out')
  return async () => {
    const permissions = await permissionsOf(stack.awsUrl)
    const refused = await refusals(stack.awsUrl)
    const problems = hasRunWhole(project) ? grantProblems(unusedOnAll([permissions, ...notedPermissions(dataDir)])) : []
    await stack.stop()
    await stopDynamoDb?.()
    await rm(dataDir, { recursive: true, force: true })
    if (refused.length > 0) throw new Error(`Functions were refused what they asked for:\n${refused.join('\n')}`)
    if (problems.length > 0) throw new Error(`Grants that do not fit what is used:\n${problems.join('\n')}`)
  }
}

/** A run of one file, or one in which a test failed, uses less: only the whole suite says what a role could lose. */
function hasRunWhole({ name, vitest }: TestProject): boolean {
  if (vitest.config.testNamePattern) return false
  const modules = vitest.state.getTestModules().filter(({ project }) => project.name === name)
  const passed = new Set(modules.filter((module) => module.ok()).map(({ moduleId }) => moduleId))
  return globSync('test/e2e/*.test.ts', { cwd: vitest.config.root }).every((file) =>
    passed.has(resolve(vitest.config.root, file)),
  )
}

/** A deployed stack's API, asked of CloudFormation. The SDK takes a region from the environment or the profile. */
async function apiOf(name: string): Promise<string> {
  return (await findStack({ name }, () => new Date(), `--stack ${name}`)).url
}

async function aboutAnother(url: string): Promise<undefined> {
  console.log(`The suite runs against ${url}`)
  if (!process.env.AWS_ENDPOINT_URL)
    console.log('What looks behind the API is skipped: that needs the AWS_ENDPOINT_URL of a local stack')
  for (const [file, why] of Object.entries(leftOut(process.env))) console.log(`Left out: ${file} ${why}`)
  if (process.env.STACK) await firstProbe(url)
}

/** After the first deploy of a stack, its stream mapping may take minutes to read. The tests wait for less. */
async function firstProbe(url: string): Promise<void> {
  const deployed = apiAt(url, identityFor(url, process.env))
  const id = await postJob(probeJob({ key: `first-${randomUUID()}` }), deployed)
  await jobIs(id, 'succeeded', { within: 600_000 }, deployed)
}

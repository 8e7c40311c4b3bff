/**
 * One DynamoDB Local for all tests of a run. A JVM costs seconds of the processor until it has started and is warm. Only tests
 * of the engine itself, and of what outlives a stack, start their own.
 */
import { randomUUID } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { runningDynamoDb, startDynamoDb } from '../../engines/dynamodb.ts'
import { dataRoot } from './data-root.ts'

/** Starts it, unless another project of the run has; vitest calls what this returns at the end of the run. */
export default async function setup(): Promise<(() => Promise<void>) | undefined> {
  if (process.env.TEST_DYNAMODB_URL) return undefined
  const dataDir = await mkdtemp(join(dataRoot(), 'shared-dynamodb-'))
  const engine = await startDynamoDb({ dataDir, log: () => undefined, apart: true })
  process.env.TEST_DYNAMODB_URL = engine.endpoint
  return async () => {
    await engine.stop()
    await rm(dataDir, { recursive: true, force: true })
  }
}

/** Tables that nobody else sees, none at first. A caller of the engine signs with the access key. */
export function sharedDynamoDb(): ReturnType<typeof runningDynamoDb> {
  const { TEST_DYNAMODB_URL } = process.env
  if (!TEST_DYNAMODB_URL) throw new Error('DynamoDB Local does not run: list shared-dynamodb.ts in globalSetup')
  return runningDynamoDb(TEST_DYNAMODB_URL, randomUUID())
}

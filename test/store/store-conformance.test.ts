/** The in-memory tables do what DynamoDB does, so that what is proven on them holds. */
import { afterAll, beforeAll, describe } from 'vitest'
import { dynamoStore } from '../../functions/aws/store.ts'
import type { Store } from '../../shared/lib/ports.ts'
import { startDynamoLocal, tableNames } from '../support/dynamo-local.ts'
import { memoryStore } from '../support/memory-store.ts'
import { storeCases } from '../support/store-cases.ts'

describe('tables in memory', () => {
  const store = memoryStore({ now: () => new Date() })
  storeCases(() => store)
})

describe('tables on DynamoDB', () => {
  let engine: Awaited<ReturnType<typeof startDynamoLocal>>
  let store: Store
  beforeAll(async () => {
    engine = await startDynamoLocal()
    store = dynamoStore(engine.documents, tableNames)
  })
  afterAll(() => engine?.stop())
  storeCases(() => store)
})

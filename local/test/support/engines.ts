import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { SQSClient } from '@aws-sdk/client-sqs'
import { onTestFinished } from 'vitest'
import type { EngineProcess } from '../../engines/child.ts'
import { startDynamoDb } from '../../engines/dynamodb.ts'
import { startSqs } from '../../engines/sqs.ts'

const log = () => {}
const config = (endpoint: string) => ({
  endpoint,
  region: 'us-east-1',
  credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
})

/** Stopped after the test. */
export async function sqsOn(dataDir: string) {
  const engine = await startSqs({ dataDir, log })
  onTestFinished(() => engine.stop())
  return { engine, client: sqsClient(engine.endpoint) }
}

/** Stopped after the test. */
export async function dynamoDbOn(dataDir: string) {
  const engine = await startDynamoDb({ dataDir, log })
  onTestFinished(() => engine.stop())
  return { engine, client: dynamoDbClient(engine.endpoint) }
}

export function sqsClient(endpoint: string): SQSClient {
  const client = new SQSClient({ ...config(endpoint), useQueueUrlAsEndpoint: false })
  onTestFinished(() => client.destroy())
  return client
}

export function dynamoDbClient(endpoint: string, accessKeyId = 'test'): DynamoDBClient {
  const client = new DynamoDBClient({ ...config(endpoint), credentials: { accessKeyId, secretAccessKey: 'test' } })
  onTestFinished(() => client.destroy())
  return client
}

/** Both engines as children of a process of its own, which a test may kill. */
export async function enginesInAProcess(dataDir: string) {
  const script = fileURLToPath(new URL('./engines-process.ts', import.meta.url))
  const parent = spawn(process.execPath, [script, dataDir], { stdio: ['ignore', 'pipe', 'inherit'] })
  onTestFinished(() => {
    parent.kill('SIGKILL')
  })
  const [line] = await once(parent.stdout, 'data')
  return {
    parent,
    ...(JSON.parse(String(line)) as Record<'dynamodb' | 'sqs', Pick<EngineProcess, 'endpoint' | 'pid'>>),
  }
}

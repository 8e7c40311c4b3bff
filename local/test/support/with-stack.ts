import { mkdtempSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { type Stack, startStack } from '../../stack.ts'
import { dataRoot } from './data-root.ts'
import { type TestAssembly, type TestTemplate, writeAssembly } from './template.ts'

export interface TestStack extends Stack {
  readonly dataDir: string
  /** `source: line` of all that was logged so far. */
  readonly lines: readonly string[]
}

/**
 * Runs a template, or an assembly, on free ports and a data directory of its own. Stopped and gone after the test.
 *
 * @param settings `ownDynamoDb`: an engine that the test may kill
 */
export async function withStack(
  from: TestTemplate | TestAssembly,
  settings: { readonly dataDir?: string; readonly ownDynamoDb?: true } = {},
): Promise<TestStack> {
  const assembly = 'assemblyDir' in from ? from : writeAssembly(from)
  const dataDir = settings.dataDir ?? temporaryDir()
  const lines: string[] = []
  const log = (source: string, line: string) => lines.push(`${source}: ${line}`)
  const dynamoDbUrl = settings.ownDynamoDb ? undefined : process.env.TEST_DYNAMODB_URL
  const stack = await startStack({ ...assembly, dataDir, dynamoDbUrl, port: 0, awsPort: 0, log })
  onTestFinished(() => stack.stop())
  return { ...stack, dataDir, lines }
}

/** An empty directory that is gone after the test. Hooks run in reverse: what uses it is stopped before. */
export function temporaryDir(): string {
  const dir = mkdtempSync(join(dataRoot(), 'stack-'))
  onTestFinished(() => rmSync(dir, { recursive: true, force: true, maxRetries: 3 }))
  return dir
}

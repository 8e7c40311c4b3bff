import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { createFunctions, type FunctionSettings } from '../../lambda/functions.ts'
import type { LambdaFunction, StackModel } from '../../model.ts'
import type { Functions, Metrics, Usage } from '../../types.ts'

export const ACCOUNT = '000000000000'
export const REGION = 'us-east-1'

/** A stack without anything in it. */
export const emptyModel: StackModel = {
  stackName: 'Test',
  accountId: ACCOUNT,
  region: REGION,
  tables: [],
  queues: [],
  topics: [],
  keys: [],
  functions: [],
  roles: [],
  mappings: [],
  apis: [],
  schedules: [],
  alarms: [],
  outputs: {},
}

/** A function whose index.mjs (or `file`) is `source`, in a directory that lives as long as the test. */
export function functionOf(
  name: string,
  source: string,
  options: Partial<LambdaFunction> & { file?: string } = {},
): LambdaFunction {
  const { file = 'index.mjs', ...rest } = options
  const codeDir = mkdtempSync(join(tmpdir(), 'function-'))
  onTestFinished(() => rmSync(codeDir, { recursive: true, force: true }))
  mkdirSync(codeDir, { recursive: true })
  writeFileSync(join(codeDir, file), source)
  return {
    logicalId: name,
    name,
    arn: `arn:aws:lambda:${REGION}:${ACCOUNT}:function:${name}`,
    codeDir,
    handler: 'index.handler',
    runtime: 'nodejs24.x',
    timeoutSeconds: 20,
    memoryMb: 256,
    environment: {},
    roleArn: `arn:aws:iam::${ACCOUNT}:role/${name}`,
    permissions: [],
    ...rest,
  }
}

export type Point = Parameters<Metrics['put']>[0]

/** Functions that run until the test ends, with all they logged, measured and used. */
export function startFunctions(
  functions: readonly LambdaFunction[],
  settings: Partial<FunctionSettings> = {},
): Functions & {
  model: StackModel
  lines: { name: string; line: string }[]
  points: Point[]
  usages: { name: string; durationMs: number }[]
} {
  const lines: { name: string; line: string }[] = []
  const points: Point[] = []
  const usages: { name: string; durationMs: number }[] = []
  const usage: Usage = {
    invocation: (name, durationMs) => void usages.push({ name, durationMs }),
    call: () => undefined,
  }
  const model = { ...emptyModel, functions }
  const running = createFunctions({
    model,
    gatewayUrl: 'http://127.0.0.1:9',
    log: (name, line) => void lines.push({ name, line }),
    metrics: { put: (point) => void points.push(point) },
    usage,
    runtimeClient: process.env.LAMBDA_RUNTIME_CLIENT,
    ...settings,
  })
  onTestFinished(() => running.stop())
  return { ...running, model, lines, points, usages }
}

/** Whether a process with this id is running. */
export function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}

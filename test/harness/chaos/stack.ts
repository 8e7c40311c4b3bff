/** A stack under chaos: through its deaths it stays one thing to those who use it, and what happened to it is added up. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { kill } from 'node:process'
import type { StackProcess } from '../../../local/run-stack.ts'
import { local } from '../../e2e/support/aws.ts'
import type { OwnStack } from '../../e2e/support/own-stack.ts'
import type { Rule } from './faults.ts'
import { jobMetrics } from './metrics.ts'

export type Counts = Readonly<Record<string, number>>

export interface ChaosStack {
  apiUrl(): string
  awsUrl(): string
  /** `kill -9` of the whole stack, now, or at the next call that a rule names; then it is started again with its faults. */
  killAll(rule?: Rule): Promise<void>
  /** `kill -9` of DynamoDB Local or of the SQS engine, which the stack starts again. False while there is none. */
  killEngine(engine: 'dynamodb' | 'sqs'): boolean
  /** Takes note of what was played and measured so far; a death of the stack loses what came since the last time. */
  note(): Promise<void>
  /** Ends all faults. */
  calm(): Promise<void>
  /** Faults by name, and events of jobs by metric, over all lives. */
  faults(): Counts
  events(): Counts
}

/** Starts it. `latency` is added to each call of an AWS service, ms. */
export async function startChaosStack(own: OwnStack, rules: readonly Rule[], latency: number): Promise<ChaosStack> {
  let process: StackProcess
  let present = [...rules]
  let earlier: readonly Counts[] = [{}, {}]
  let life: readonly Counts[] = [{}, {}]

  const send = (method: string, path: string, body?: unknown) => local(method, path, body, process.awsUrl)
  const begin = async () => {
    earlier = earlier.map((counts, i) => sum(counts, life[i] ?? {}))
    life = [{}, {}]
    process = await own.start()
    await send('POST', '/_localstack/chaos/faults', present)
    await send('POST', '/_localstack/chaos/effects', { latency })
  }
  await begin()

  const stack: ChaosStack = {
    apiUrl: () => process.apiUrl,
    awsUrl: () => process.awsUrl,
    async killAll(rule) {
      await stack.note()
      const { ended } = process
      if (rule) {
        await send('POST', '/_localstack/chaos/faults', [rule, ...present])
        await ended
      } else await process.kill()
      await begin()
    },
    killEngine(engine) {
      try {
        return kill(Number(readFileSync(join(own.dataDir, engine, 'engine.pid'), 'utf8')), 'SIGKILL')
      } catch {
        return false
      }
    },
    async note() {
      const played = local<{ played: Counts }>('GET', '/_local/faults', undefined, process.awsUrl)
      life = await Promise.all([played.then((answer) => answer.played), jobMetrics(process.awsUrl)])
    },
    async calm() {
      await stack.note()
      present = []
      await send('DELETE', '/_localstack/chaos/faults')
      await send('POST', '/_localstack/chaos/effects', { latency: 0 })
    },
    faults: () => sum(earlier[0] ?? {}, life[0] ?? {}),
    events: () => sum(earlier[1] ?? {}, life[1] ?? {}),
  }
  return stack
}

function sum(a: Counts, b: Counts): Counts {
  return Object.fromEntries(
    [...new Set([...Object.keys(a), ...Object.keys(b)])].map((key) => [key, (a[key] ?? 0) + (b[key] ?? 0)]),
  )
}

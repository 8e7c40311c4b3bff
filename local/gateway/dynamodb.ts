import { crc32 } from 'node:zlib'
import type { StackModel } from '../model.ts'
import type { Engine, Metrics, Usage } from '../types.ts'
import type { Answer } from './answer.ts'
import type { Call } from './call.ts'
import { type Consumption, consumedBy, isMetered, unitsOf } from './capacity.ts'
import { committedOnly } from './committed.ts'
import { connectEngine } from './engine.ts'
import { translateArns } from './stream-arns.ts'
import { trimmable } from './stream-trim.ts'

/** DynamoDB and its streams: the engine's, with the template's ARNs, metered for the functions of the stack. */
export function createDynamoDb(settings: { model: StackModel; engine: Engine; usage: Usage; metrics: Metrics }) {
  const { model, engine, usage, metrics } = settings
  const connection = connectEngine(engine, 'dynamodb', model.region)
  const tables = committedOnly(connection)
  const streamConnection = connectEngine(engine, 'streams', model.region)
  const { streams, routes: trimRoutes } = trimmable(streamConnection)
  const arns = translateArns(model, tables)

  const plain = async (call: Call, body: string): Promise<Answer> => {
    const forward = call.service === 'dynamodb' ? tables : streams
    const answer = await forward(call.operation, body)
    return withBody(answer, arns.fromEngine(call.operation, answer.body))
  }

  const metered = async (call: Call, body: string): Promise<{ answer: Answer; consumed: Consumption[] }> => {
    const answer = await tables(call.operation, askForCapacity(call, body))
    const output = JSON.parse(answer.body) as Record<string, unknown>
    const consumed = consumedBy(call, answer.status, output, model)
    return { answer: wantsCapacity(call) ? answer : withBody(answer, withoutCapacity(answer.body, output)), consumed }
  }

  const perform = async (call: Call): Promise<Answer> => {
    const body = await arns.toEngine(call)
    if (call.caller.kind === 'operator') return plain(call, body)
    // Reading streams is free for Lambda, and nobody pays for describing a table.
    const { answer, consumed } = isMetered(call)
      ? await metered(call, body)
      : { answer: await plain(call, body), consumed: [] }
    usage.call(call.caller.functionName, `${call.service}.${call.operation}`, unitsOf(consumed))
    for (const part of consumed) putConsumption(part, metrics)
    return answer
  }

  return {
    perform,
    trimRoutes,
    close() {
      connection.close()
      streamConnection.close()
    },
  }
}

/** As CloudWatch has it: a table's metrics leave its indexes out, which have their own. */
function putConsumption({ table, index, readUnits, writeUnits }: Consumption, metrics: Metrics): void {
  const dimensions = { TableName: table, ...(index ? { GlobalSecondaryIndexName: index } : {}) }
  const put = (name: string, value = 0) => {
    if (value > 0) metrics.put({ namespace: 'AWS/DynamoDB', name, dimensions, value })
  }
  put('ConsumedReadCapacityUnits', readUnits)
  put('ConsumedWriteCapacityUnits', writeUnits)
}

function wantsCapacity({ input }: Call): boolean {
  return input.ReturnConsumedCapacity !== undefined && input.ReturnConsumedCapacity !== 'NONE'
}

/** The usual request says nothing of capacity, and is not serialized again only to ask for it. */
function askForCapacity(call: Call, body: string): string {
  if (wantsCapacity(call)) return body
  if (call.input.ReturnConsumedCapacity !== undefined || Object.keys(call.input).length === 0) {
    return JSON.stringify({ ...call.input, ReturnConsumedCapacity: 'TOTAL' })
  }
  return body.replace('{', '{"ReturnConsumedCapacity":"TOTAL",')
}

function withoutCapacity(body: string, output: Record<string, unknown>): string {
  if (!('ConsumedCapacity' in output)) return body
  const { ConsumedCapacity: _, ...rest } = output
  return JSON.stringify(rest)
}

/** Some SDKs compare the checksum with the body. */
function withBody(answer: Exclude<Answer, 'reset'>, body: string): Answer {
  if (body === answer.body) return answer
  return { ...answer, body, headers: { ...answer.headers, 'x-amz-crc32': String(crc32(body)) } }
}

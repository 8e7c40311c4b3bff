import type { StackModel } from '../model.ts'
import type { Call } from './call.ts'
import type { Forward } from './engine.ts'

const ENGINE = 'arn:aws:dynamodb:ddblocal:000000000000:'
const ENGINE_TABLE = /arn:aws:dynamodb:ddblocal:000000000000:table\/([\w.-]+)(?:\/stream\/([\dT:.-]+))?/g

const WITH_ARNS = /^(DescribeTable|CreateTable|UpdateTable|DeleteTable|ListStreams|DescribeStream)$/

export interface StreamArns {
  /** The request with the engine's names for tables and streams. */
  toEngine(call: Call): Promise<string>
  /** The answer with the template's. */
  fromEngine(operation: string, body: string): string
}

/**
 * DynamoDB Local lives in a region of its own ("ddblocal") and labels each stream with its time of creation. Callers see
 * the template's ARNs instead. Shard iterators are opaque and keep the engine's ARN inside.
 */
export function translateArns(model: StackModel, dynamodb: Forward): StreamArns {
  const tables = new Map(model.tables.map((table) => [table.name, table]))
  const labels = new Map<string, string>()
  const own = `arn:aws:dynamodb:${model.region}:${model.accountId}:`

  const fromEngine = (operation: string, body: string): string => {
    if (operation === 'GetRecords') return body.replaceAll('"awsRegion":"ddblocal"', `"awsRegion":"${model.region}"`)
    if (!WITH_ARNS.test(operation)) return body
    const renamed = body.replace(ENGINE_TABLE, (_, name: string, label?: string) => {
      const table = tables.get(name)
      if (!label) return table?.arn ?? `${own}table/${name}`
      if (!table?.streamArn) return `${own}table/${name}/stream/${label}`
      labels.set(name, label)
      return table.streamArn
    })
    return renamed.replace(/("(?:Latest)?StreamLabel":)"([^"]+)"/g, (whole, key: string, label: string) =>
      [...labels.values()].includes(label) ? `${key}"${labelOfTemplate(model)}"` : whole,
    )
  }

  const engineArn = async (arn: string): Promise<string> => {
    const table = model.tables.find(({ streamArn }) => streamArn === arn)
    if (!table) return arn.replace(own, ENGINE)
    if (!labels.has(table.name)) {
      const { body } = await dynamodb('DescribeTable', JSON.stringify({ TableName: table.name }))
      fromEngine('DescribeTable', body)
    }
    return `${ENGINE}table/${table.name}/stream/${labels.get(table.name) ?? 'unknown'}`
  }

  return {
    fromEngine,
    async toEngine({ input, text }) {
      if (typeof input.StreamArn === 'string') {
        return JSON.stringify({ ...input, StreamArn: await engineArn(input.StreamArn) })
      }
      // A table may be named by its ARN on AWS, but not in the engine.
      return text.includes(own) ? text.replace(TABLE_BY_ARN, '$1"$2"') : text
    },
  }
}

const TABLE_BY_ARN = /("TableName"\s*:\s*)"arn:aws:dynamodb:[\w-]+:\d+:table\/([\w.-]+)"/g

/** All streams of a template carry the same label. */
function labelOfTemplate(model: StackModel): string {
  const arn = model.tables.find(({ streamArn }) => streamArn)?.streamArn ?? ''
  return arn.slice(arn.lastIndexOf('/') + 1)
}

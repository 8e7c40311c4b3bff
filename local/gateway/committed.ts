import type { Forward } from './engine.ts'

interface Transaction {
  readonly TransactItems: readonly Readonly<Record<string, { readonly TableName: string }>>[]
}

/**
 * DynamoDB Local answers a transaction a moment before it commits it: killed between the two, it forgets what it said it
 * had done. It works on its database one request after the other, so once it has answered a read that came later, the
 * transaction is on disk; only then is its answer passed on.
 */
export function committedOnly(forward: Forward): Forward {
  return async (operation, body) => {
    const answer = await forward(operation, body)
    if (operation === 'TransactWriteItems' && answer.status === 200) {
      await forward('Scan', JSON.stringify({ TableName: tableOf(JSON.parse(body)), Limit: 1 }))
    }
    return answer
  }
}

function tableOf({ TransactItems: [first = {}] }: Transaction): string | undefined {
  return Object.values(first)[0]?.TableName
}

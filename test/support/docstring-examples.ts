/** The examples of docstrings as one module, so that the compiler can check them. */
import { join } from 'node:path'
import { type Entry, examplesIn } from './docstrings.ts'

/**
 * Returns a module with a function for each example. An example may use every export of the package, and the names of
 * docstring-context.ts; `this` is a construct.
 */
export function moduleOf(entries: readonly Entry[]): string {
  const examples = new Map(
    entries.flatMap(({ documented }) =>
      documented.flatMap(({ name, text }) =>
        examplesIn(text).map((code, index) => [`${name} ${index}`, code] as const),
      ),
    ),
  )
  return [...importsOf(entries), ...[...examples].map(([title, code]) => functionOf(title, code))].join('\n')
}

/** Each name once: two entry points may export the same type. */
function importsOf(entries: readonly Entry[]): string[] {
  const taken = new Set<string>()
  const own = entries.map(({ module, documented }) => {
    const names = documented.filter(({ name, kind }) => kind !== 'member' && !taken.has(name))
    for (const { name } of names) taken.add(name)
    return `import { ${names.map(({ name, kind }) => (kind === 'type' ? `type ${name}` : name)).join(', ')} } from '${module}'`
  })
  const context = join(import.meta.dirname, 'docstring-context.ts')
  return [
    ...own,
    "import { TransactWriteCommand } from '@aws-sdk/lib-dynamodb'",
    "import type { Construct } from 'constructs'",
    "import * as z from 'zod'",
    `import { ${contextNames.join(', ')}, type NewOrder } from '${context}'`,
  ]
}

const contextNames = [
  ...['order', 'sendReceipt', 'createOrder', 'application', 'orders', 'execute', 'result', 'body'],
  ...['id', 'orderId', 'email', 'userId', 'idempotencyKey', 'total', 'now', 'tomorrow'],
  ...['documents', 'recordsTable', 'httpApi', 'ordersFunction'],
  ...['makeStatement', 'mailStatementReport', 'users', 'lastJobs', 'batchId', 'month', 'members'],
]

/** In a function an example may return, wait and use `this`; but it cannot export. */
function functionOf(title: string, code: string): string {
  const local = code.replace(/^export default /gm, 'const exported = ').replace(/^export /gm, '')
  return `\n/** ${title} */\nexport const ${title.replace(/\W/g, '_')} = async function (this: Construct) {\n${local}\n}`
}

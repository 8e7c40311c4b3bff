/** `npx node test/harness/fuzz/main.ts [--requests 20000] [--seed n]`: against a stack of its own. Exit 0 only if every answer was as documented. */
import { parseArgs } from 'node:util'
import { disposeOnSignal, ownStack } from '../../e2e/support/own-stack.ts'
import { fuzz } from './run.ts'

const { values } = parseArgs({
  options: {
    requests: { type: 'string', default: '20000' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
  },
})
const began = performance.now()
const progress = (line: string) =>
  console.log(`${((performance.now() - began) / 1000).toFixed(0).padStart(5)} s  ${line}`)

console.log(`Fuzz with ${values.requests} requests, seed ${values.seed} …`)
await using own = await ownStack()
disposeOnSignal(own)
const { apiUrl, awsUrl } = await own.start()
const { requests, statuses, failures } = await fuzz({
  apiUrl,
  awsUrl,
  requests: Number(values.requests),
  seed: Number(values.seed),
  progress,
})
console.log(
  `\n${requests} requests: ${Object.entries(statuses)
    .map(([status, count]) => `${count} × ${status}`)
    .join(', ')}; ${failures.length} failures`,
)
process.exitCode = failures.length > 0 ? 1 : 0

/** The benchmarks: `npm run bench`, or `npm run bench -- --json results.json`. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { availableParallelism, cpus, tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import Table from 'cli-table3'
import { runStack } from '../../console/run-stack.ts'
import { type EndToEnd, endToEnd } from './end-to-end.ts'

const { values } = parseArgs({ options: { json: { type: 'string' } } })

async function main(): Promise<void> {
  const dataDir = await mkdtemp(join(tmpdir(), 'outbox-bench-'))
  console.log('A stack of its own is started …')
  const stack = await runStack({ dataDir })
  try {
    console.log('end-to-end: orders one after the other, and the floor …')
    const result = await endToEnd(stack)
    print(result)
    if (values.json) await writeFile(values.json, `${JSON.stringify({ machine, 'end-to-end': result }, null, 2)}\n`)
  } finally {
    await stack.stop()
    await rm(dataDir, { recursive: true, force: true })
  }
}

const machine = {
  cores: availableParallelism(),
  cpu: cpus()[0]?.model ?? 'unknown',
  node: process.version,
  at: new Date().toISOString(),
}

function print({ orders, floor, ratio, idleCpu }: EndToEnd): void {
  const table = new Table({
    head: ['end-to-end', 'n', 'p50', 'p99', 'max'],
    colAligns: ['left', 'right', 'right', 'right', 'right'],
    style: { head: [], border: [] },
  })
  const row = (name: string, { count, p50, p99, max }: EndToEnd['orders']) =>
    table.push([name, count, `${p50} ms`, `${p99} ms`, `${max} ms`])
  row('201 → mail sent', orders)
  row('floor: put → stream → queue → receive', floor)
  console.log(table.toString())
  console.log(`ratio of the medians: ${ratio.toFixed(1)}; goal: p50 under 1,000 ms`)
  console.log(`idle CPU of the whole stack: ${(idleCpu * 100).toFixed(1)} % of one core; goal: under 5 %`)
  console.log(`on ${machine.cores} cores of ${machine.cpu}, Node.js ${machine.node}`)
}

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error)
  process.exitCode = 1
})

/**
 * The benchmarks: `npm run bench`, or some of them: `npm run bench -- relay api`.
 * `--json <file>` writes the figures, `--write` the tables and charts in docs/, `--quick` does a few rounds of each.
 */
import { writeFile } from 'node:fs/promises'
import { availableParallelism, cpus } from 'node:os'
import { parseArgs } from 'node:util'
import * as benches from './benches.ts'
import { printGoals, printResult } from './print.ts'
import type { Result } from './result.ts'
import { startWorld, synthesizeWorld, type World } from './world.ts'
import { writeDocs } from './write-docs.ts'

const names: Readonly<Record<string, benches.Bench>> = {
  api: benches.api,
  relay: benches.relay,
  consumer: benches.consumer,
  'rate-limit': benches.rateLimit,
  batches: benches.batches,
  'cold-start': benches.coldStart,
  growth: benches.growth,
  memory: benches.memory,
  'end-to-end': benches.endToEnd,
  cost: benches.cost,
}

/** These read whole tables, so they begin with empty ones: what another bench left there would be measured with them. */
const readsTables: ReadonlySet<string> = new Set(['growth', 'cost'])

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { json: { type: 'string' }, write: { type: 'boolean' }, quick: { type: 'boolean' } },
})

async function main(): Promise<void> {
  const chosen = positionals.length > 0 ? positionals : Object.keys(names)
  const unknown = chosen.find((name) => !Object.hasOwn(names, name))
  if (unknown) throw new Error(`"${unknown}" is not a bench (known: ${[...Object.keys(names), 'bill'].join(', ')})`)
  console.log('The app is synthesized and the engines are started …')
  const assembly = await synthesizeWorld()
  const start = () => startWorld(assembly, (line) => console.error(line))
  let world = await start()
  const results: Record<string, Result> = {}
  try {
    for (const name of chosen) {
      if (readsTables.has(name) && name !== chosen[0]) {
        await world.stop()
        world = await start()
      }
      results[name] = await run(name, world)
      // After each, so that a run that is broken off has not measured in vain.
      if (values.write)
        await writeDocs(
          results,
          machine,
          Object.keys(names).every((name) => results[name]),
        )
      if (values.json) await writeFile(values.json, `${JSON.stringify({ machine, results }, null, 2)}\n`)
    }
  } finally {
    await world.stop()
    await assembly.remove()
  }
  console.log('')
  for (const [name, result] of Object.entries(results)) printResult(name, result)
  printGoals(results)
  console.log(`on ${machine.cores} cores of ${machine.cpu}, Node.js ${machine.node}`)
}

async function run(name: string, world: World): Promise<Result> {
  const began = performance.now()
  const say = (line: string) => console.log(`  ${name}: ${line}`)
  console.log(`${name} …`)
  const result = await (names[name] as benches.Bench)({ world, quick: values.quick ?? false, say })
  console.log(`  ${name}: ${((performance.now() - began) / 1000).toFixed(0)} s`)
  return result
}

const machine = {
  cores: availableParallelism(),
  cpu: cpus()[0]?.model ?? 'unknown',
  node: process.version,
  at: new Date().toISOString(),
}

main().then(
  () => process.exit(0),
  (error: unknown) => {
    console.error(error instanceof Error ? error.message : error)
    process.exit(1)
  },
)
